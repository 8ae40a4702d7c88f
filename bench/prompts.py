"""Real questions for benchmarks: clustered as people ask them, from the labelled sets in ../shared/data."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
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
MOST_WORDS_ASKED = 14  # The judge wants longer ones word by word.
# How a stored question is asked again. None of them is an opening of a stored one.
AGAIN = (
    "one question: ",
    "I wonder, ",
    "tell me, ",
    "would you know, ",
    "hello, ",
    "explain: ",
    "well, ",
    "so, ",
    "excuse me, ",
    "now, ",
    "alright, ",
    "say, ",
    "next question: ",
    "look, ",
    "actually, ",
    "my question: ",
)


def stored_prompts(count: int) -> list[str]:
    """`count` different prompts, the same ones at every run."""
    prompts = list(islice(_prompts(), count))
    if len(prompts) < count:
        raise ValueError(f"The sets give {len(prompts)} prompts; {count} are needed.")
    return prompts


def asked_again(stored: Sequence[str], count: int) -> list[str]:
    """`count` rewordings, spread over all of `stored`. None of them is stored, and none stands twice."""
    short = [prompt for prompt in stored if len(prompt.split()) <= MOST_WORDS_ASKED]
    again = [opening + prompt for opening in AGAIN for prompt in short]
    if len(again) < count:
        raise ValueError(f"{len(stored)} prompts give {len(again)} rewordings; {count} are needed.")
    stride = len(again) / count
    return [again[int(place * stride)] for place in range(count)]


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
