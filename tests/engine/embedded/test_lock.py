"""One process on a data directory at a time."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.contract.samples import NOW_MS

from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.errors import DataInUse

HOLDER = """
import sys
from pathlib import Path
from askonce.engine.embedded.engine import EmbeddedEngine
engine = EmbeddedEngine.open(Path(sys.argv[1]), now_ms=0)
print("open", flush=True)
sys.stdin.readline()
engine.close()
"""


@contextmanager
def another_process(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that has the directory open."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


def test_a_second_process_is_told_which_directory_and_who_holds_it(
    start: Callable[[], EmbeddedEngine], directory: Path
) -> None:
    with another_process(directory) as holder:
        with pytest.raises(DataInUse) as refused:
            start()

        assert str(directory) in str(refused.value)
        assert str(holder.pid) in str(refused.value)


def test_a_killed_holder_leaves_nothing_to_clean_up(
    start: Callable[[], EmbeddedEngine], directory: Path
) -> None:
    with another_process(directory) as holder:
        holder.kill()
        holder.wait()

        start()


def test_a_refused_process_does_not_disturb_the_holder(directory: Path) -> None:
    with another_process(directory) as holder:
        for _ in range(2):
            with pytest.raises(DataInUse, match=str(holder.pid)):
                EmbeddedEngine.open(directory, now_ms=NOW_MS)


def test_one_process_can_not_open_a_directory_twice_either(start: Callable[[], EmbeddedEngine]) -> None:
    engine = start()
    with pytest.raises(DataInUse, match=str(os.getpid())):
        start()
    engine.close()

    start()
