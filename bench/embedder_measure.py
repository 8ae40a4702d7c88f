"""What `docs/decisions/0005-reading-and-windows.md` rests on: threads, hop, reading, windows, memo.

    python -m bench.embedder_measure

Variants are taken in turns, round by round, and the table gives medians: machines are noisy and shared.
"""

import argparse
import asyncio
import statistics
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import uvloop

from askonce.embed import windows as windows_module
from askonce.embed.bundled import FOLDER, BundledEmbedder
from askonce.embed.memo import Memo
from askonce.embed.vectors import unit
from askonce.inference.model_files import read_checked
from askonce.inference.reading import Reader
from askonce.inference.workers import Workers
from askonce.model.cache import Fingerprint
from askonce.ports import Vector

PROMPT = "How do I reset the password of my account without my phone?"  # 12 words, 13 tokens.
MIXED = "“How do I reset the password of my account” — at 5 °C, with π…"
SENTENCE = "Sentence number {} is about the weather in the mountains and what to wear there. "
CALLERS = 32

figures: defaultdict[str, list[float]] = defaultdict(list)


def note(name: str, value: float) -> None:
    figures[name].append(value)


def p50_us(work: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e6


def session(model: bytes, intra: int, *, spins: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spins else "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Variant:
    """The bundled embedder's way through threads, with a session of the measurement's own."""

    def __init__(self, reader: Reader, running: onnxruntime.InferenceSession, threads: int) -> None:
        self._reader = reader
        self._session = running
        self.workers = Workers(threads, CALLERS * 2)

    def steps(self, text: str) -> Generator[None, None, Vector]:
        ids = self._reader.read(text) or []
        tokens = np.array([self._reader.framed(ids)], dtype=np.int64)
        return unit(self._session.run(None, {"input_ids": tokens})[0][0])
        yield

    def alone(self) -> None:
        for _ in self.steps(PROMPT):
            pass

    async def embed(self, text: str) -> Vector | None:
        return await self.workers.run(self.steps(text))


async def p50_of_one_caller_us(variant: Variant, times: int) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        await variant.embed(PROMPT)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e6


async def rate_of_many_callers(variant: Variant, texts: int) -> float:
    left = iter(range(texts))

    async def caller() -> None:
        for _ in left:
            await variant.embed(PROMPT)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return texts / (time.perf_counter() - started)


def measure_the_pool(folder: Path, rounds: int) -> None:
    files = read_checked(folder)
    reader = Reader(files.tokenizer)
    variants = {
        f"intra {intra}{', spinning' if spins else ''}, {threads} threads": Variant(
            reader, session(files.model, intra, spins=spins), threads
        )
        for intra, spins, threads in [
            *product([1], [False], [1, 2, 3, 4]),
            *product([2], [False, True], [1, 2]),
        ]
    }
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _, (name, variant) in product(range(rounds), variants.items()):
            direct = p50_us(variant.alone, 60)
            through = runner.run(p50_of_one_caller_us(variant, 60))
            note(f"{name}: one caller, p50 µs", through)
            note(f"{name}: the same in the caller's thread, p50 µs", direct)
            note(f"{name}: {CALLERS} callers, texts/s", runner.run(rate_of_many_callers(variant, 300)))
    for variant in variants.values():
        variant.workers.close()


def measure_the_hop(rounds: int) -> None:
    workers = Workers(2, CALLERS)

    def nothing() -> Generator[None, None, None]:
        return None
        yield

    async def hops(times: int) -> float:
        started = time.perf_counter()
        for _ in range(times):
            await workers.run(nothing())
        return (time.perf_counter() - started) / times * 1e6

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(rounds):
            note("hop to a thread and back, µs", runner.run(hops(500)))
    workers.close()


def measure_reading(folder: Path, rounds: int) -> None:
    reader = Reader(read_checked(folder).tokenizer)
    long_ascii = "".join(SENTENCE.format(number) for number in range(800))[:65_536]
    long_mixed = long_ascii[:-1] + "’"
    for _ in range(rounds):
        note("reading 12 words, µs", p50_us(lambda: reader.read(PROMPT), 500))
        note("reading 12 words with “—” and π, µs", p50_us(lambda: reader.read(MIXED), 500))
        note("reading 65,536 characters of ASCII, ms", p50_us(lambda: reader.read(long_ascii), 5) / 1e3)
        note("reading 65,536 characters with a ’, ms", p50_us(lambda: reader.read(long_mixed), 5) / 1e3)


def measure_windows(folder: Path, rounds: int) -> None:
    """Times of long texts, and how near a text stays to itself when 40 words come before it."""
    embedder = BundledEmbedder(Workers(), folder=folder)

    def vector(text: str) -> Vector:
        found = asyncio.run(embedder.embed(text))
        assert found is not None
        return found

    texts = {sentences: "".join(map(SENTENCE.format, range(sentences))) for sentences in (15, 60, 600)}
    shift = "Before anything else, here is a greeting to everybody who reads this. " * 3
    chosen = windows_module.OVERLAP
    for _, overlap, (sentences, text) in product(range(rounds), (0, 32, 64, 128), texts.items()):
        windows_module.OVERLAP = overlap
        started = time.perf_counter()
        first = vector(text)
        note(f"overlap {overlap}, {sentences * 17} tokens: ms", (time.perf_counter() - started) * 1e3)
        near = (1 + float(first @ vector(shift + text))) / 2
        note(f"overlap {overlap}, {sentences * 17} tokens: similarity when shifted", near)
    windows_module.OVERLAP = chosen


def measure_drowning(folder: Path) -> None:
    """How much of a question is left in the vector when the same words stand before it and before another."""
    embedder = BundledEmbedder(Workers(), folder=folder)

    def vector(text: str) -> Vector:
        found = asyncio.run(embedder.embed(text))
        assert found is not None
        return found

    words = "".join(map(SENTENCE.format, range(200))).split()
    for count in (0, 20, 100, 250, 500, 2_000):
        before = " ".join([*words[:count], "Question: "])
        enable = vector(before + "how do I enable 2FA?")
        for other in ("how do I disable 2FA?", "what is on the lunch menu?"):
            near = (1 + float(enable @ vector(before + other))) / 2
            note(f"after {count} words: enabling 2FA and {other[:22]!r}", near)


class Toy:
    fingerprint = Fingerprint("toy", 384, "0")

    async def embed(self, text: str) -> Vector | None:
        return np.full(384, len(text), dtype=np.float32)


def measure_the_memo() -> None:
    entries = 10_000
    texts = [f"What is the capital of the country number {number:6}?" for number in range(entries)]

    async def fill(memo: Memo) -> None:
        for text in texts:
            await memo.embed("".join([text, " "]))

    async def hits(memo: Memo) -> float:
        started = time.perf_counter()
        for text in texts:
            await memo.embed(text + " ")
        return (time.perf_counter() - started) / entries * 1e6

    memo = Memo(Toy(), entries=entries)
    tracemalloc.start()
    asyncio.run(fill(memo))
    used = tracemalloc.get_traced_memory()[0] / entries
    tracemalloc.stop()
    text_and_vector = sys.getsizeof(texts[0] + " ") + 384 * 4
    note("memo: bytes an entry beside text and vector", used - text_and_vector)
    note("memo: a hit, µs", asyncio.run(hits(memo)))


def measure_the_start(folder: Path, rounds: int) -> None:
    for _ in range(rounds):
        started = time.perf_counter()
        BundledEmbedder(Workers(), folder=folder)
        note("start, digests checked and one text embedded, ms", (time.perf_counter() - started) * 1e3)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.embedder_measure")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="Another model's files.")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    measure_the_start(given.folder, given.rounds)
    measure_the_pool(given.folder, given.rounds)
    measure_the_hop(given.rounds)
    measure_reading(given.folder, given.rounds)
    measure_windows(given.folder, 3)
    measure_drowning(given.folder)
    measure_the_memo()
    for name, values in figures.items():
        print(f"{name:62} {statistics.median(values):10.4g}   [{min(values):.4g}, {max(values):.4g}]")


if __name__ == "__main__":
    main()
