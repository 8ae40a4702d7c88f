"""Real questions for benchmarks: clustered as people ask them, from the labelled sets in ../shared/data."""

import json
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
# Questions and requests that come in groups of near repeats, as a cache meets them.
FILES = (
    "qqp.dev.jsonl",
    "banking77.train.jsonl",
    "banking77.test.jsonl",
    "clinc150.val.jsonl",
    "opposite_actions.train.jsonl",
    "opposite_actions.val.jsonl",
    "schema2qa_human.jsonl",
    "spider_same_sql.jsonl",
    "squad_near_miss.jsonl",
    "text2sql_slots.dev.jsonl",
    "tatoeba_pivot.jsonl",
    "rqe_medical.train.jsonl",
    "canard.dev.jsonl",
)
TEXT_FIELDS = ("a", "b", "text", "question", "rewrite")
# How one customer's question becomes another's: the same cluster in other words, so that 100,000 different
# prompts lie as close together as those of a real cache.
OPENINGS = ("", "please tell me, ", "hi, ", "quick question: ", "I would like to know ", "can you help? ")
MAX_WORDS = 40


def stored_and_asked(stored: int, asked: int) -> tuple[list[str], list[str]]:
    """`stored` prompts for a cache, and `asked` others to search it with. No prompt is in both."""
    prompts = list(_prompts())
    if len(prompts) < stored + asked:
        raise ValueError(f"The sets give {len(prompts)} prompts; {stored + asked} are needed.")
    # Spread over all files and openings, the same ones at every run.
    step = len(prompts) // asked
    asked_at = set(range(0, step * asked, step))
    held_out = [prompt for place, prompt in enumerate(prompts) if place in asked_at]
    kept = [prompt for place, prompt in enumerate(prompts) if place not in asked_at]
    stride = len(kept) / stored
    return [kept[int(place * stride)] for place in range(stored)], held_out


def _prompts() -> Iterator[str]:
    base = list(dict.fromkeys(_texts()))
    for opening in OPENINGS:
        for text in base:
            yield opening + text


def _texts() -> Iterator[str]:
    for name in FILES:
        with (DATA / name).open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                for field in TEXT_FIELDS:
                    text = row.get(field)
                    if isinstance(text, str) and text.isascii() and 0 < len(text.split()) <= MAX_WORDS:
                        yield text
