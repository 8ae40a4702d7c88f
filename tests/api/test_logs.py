"""The log: one line a request with what an operator needs, and never a word of what users said."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.live import serving
from tests.api.world import World, open_world
from tests.support.failing_engine import FailingEngine

from askonce.errors import EngineUnavailable
from askonce.telemetry import logs
from askonce.telemetry.logs import LogFormat

Configure = Callable[..., io.StringIO]
SECRETS = ("opensesame", "thehiddenanswer", "attributesecret", "querysecret", "contextsecret")


@pytest.fixture
def configure() -> Iterator[Configure]:
    """`logs.configure` into a text; everything is as before after the test."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.logThreads, logging.logProcesses, logging._srcfile)
    levels = {name: logging.getLogger(name).level for name in ("askonce", "uvicorn", "uvicorn.error")}

    def configured(format: LogFormat = "json", level: str = "info") -> io.StringIO:
        stream = io.StringIO()
        logs.configure(format, level, stream)
        return stream

    yield configured
    root.handlers[:], root.level = before[:2]
    logging.logThreads, logging.logProcesses, logging._srcfile = before[2:]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_a_request_leaves_one_line(world: World, configure: Configure) -> None:
    stream = configure()

    answer = await world.call("POST", "/entries/search?q=querysecret", {"prompt": "opensesame"})

    (line,) = lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert 0 <= line.pop("duration_ms") < 10_000
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "route": "/v1/caches/{cacheId}/entries/search",
        "status": 200,
        "cache_id": world.cache_id,
    }


async def test_a_path_that_leads_nowhere_is_not_repeated(world: World, configure: Configure) -> None:
    stream = configure()

    await world.call("GET", "//opensesame")
    await world.call("POST", "/search", {}, cache_id="opensesame")

    assert [(line["status"], line["route"]) for line in lines(stream)] == [
        (404, None),
        (403, "/v1/caches/{cacheId}/search"),
    ]
    assert "opensesame" not in stream.getvalue()


async def test_probes_are_logged_at_debug_only(world: World, configure: Configure) -> None:
    quiet = configure(level="info")
    await world.call("GET", "//health")
    loud = configure(level="debug")
    await world.call("GET", "//health/liveness")

    assert quiet.getvalue() == ""
    assert [line["route"] for line in lines(loud)] == ["/health/liveness"]


@pytest.mark.parametrize("level", ["warning", "error"])
async def test_a_higher_level_silences_requests(world: World, configure: Configure, level: str) -> None:
    stream = configure(level=level)

    await world.call("POST", "/search", {"prompt": "x"})

    assert stream.getvalue() == ""


async def provoke_everything(world: World) -> None:
    """Calls that succeed and calls that fail, each full of secrets."""
    attributes = {"attributesecret": "attributesecret"}
    body = {
        "prompt": "opensesame",
        "response": "thehiddenanswer",
        "attributes": attributes,
        "context": ["contextsecret"],
    }
    wrong = {**body, "ttlMillis": "opensesame", "searchStrategies": ["opensesame"]}
    for path in ("/entries", "/entries/search", "/search", "/conversations/search", "/flush"):
        for sent in (body, wrong, b'{"prompt": "opensesame', b"\xffopensesame", None):
            await world.call("POST", f"{path}?querysecret", sent)
            await world.call("POST", path, sent, key="ask_opensesame")
    for sent in (body, wrong, b"opensesame"):
        await world.call("DELETE", "/entries", sent)
    await world.call("DELETE", "/entries/opensesame")
    await world.call("GET", "/opensesame", headers={"User-Agent": "opensesame", "Cookie": "opensesame"})
    await world.call("POST", "/search", b"opensesame" * 30_000)


@pytest.mark.parametrize("format", ["json", "console"])
async def test_nothing_that_a_user_said_is_in_the_log(
    tmp_path: Path, configure: Configure, format: LogFormat
) -> None:
    stream = configure(format, "debug")
    failing = FailingEngine(ValueError("choked on opensesame"))
    for engine in (None, failing):
        async with open_world(tmp_path / str(engine is None), engine=engine) as world:
            await provoke_everything(world)
            logged = stream.getvalue()

            assert len(logged.splitlines()) >= len(world.answers)
            assert not [secret for secret in (*SECRETS, world.key) if secret in logged]


async def test_an_unexpected_failure_is_logged_with_where_it_arose(
    tmp_path: Path, configure: Configure
) -> None:
    engine = FailingEngine(ValueError("choked on opensesame"))
    async with open_world(tmp_path / "data", engine=engine) as world:
        stream = configure("json")
        answer = await world.call("POST", "/search", {"prompt": "x"})

    failure, request = lines(stream)
    assert failure["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert (failure["level"], failure["error"]) == ("error", "ValueError")
    assert "failing_engine.py" in failure["trace"][-1]
    assert "in exact" in failure["trace"][-1]


async def test_a_refusal_is_no_failure_to_the_log(tmp_path: Path, configure: Configure) -> None:
    engine = FailingEngine(EngineUnavailable("down"))
    async with open_world(tmp_path / "data", engine=engine) as world:
        stream = configure("json")
        await world.call("POST", "/search", {"prompt": "x"})

    assert [(line["event"], line["status"]) for line in lines(stream)] == [("request", 424)]


def test_the_console_shows_a_line_for_people(configure: Configure) -> None:
    stream = configure("console")

    logging.getLogger("askonce.api.x").info(
        "ready", extra={"url": "http://[::1]:80", "who": "a b", "no": None}
    )

    assert re.fullmatch(r'\S+Z INFO    ready url=http://\[::1\]:80 who="a b"\n', stream.getvalue())


def test_a_library_can_not_forge_a_line(configure: Configure) -> None:
    stream = configure("console")

    logging.getLogger("library").warning("one\ntwo %s", "\x1b[31m")
    logging.getLogger("library").warning("", extra={"fact": "a\nb"})

    assert len(stream.getvalue().splitlines()) == 2
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("format", ["json", "console"])
def test_any_text_and_fact_can_be_logged(configure: Configure, format: LogFormat) -> None:
    stream = configure(format)

    logging.getLogger("askonce").info("half \ud800", extra={"path": Path("/tmp/\udcff"), "many": {1, 2}})

    assert "half" in stream.getvalue()


@pytest.mark.parametrize("error", [OSError(28, "No space left"), ValueError("a prompt")])
def test_what_the_system_says_of_an_error_is_kept_and_nothing_else(
    configure: Configure, error: Exception
) -> None:
    stream = configure("json")
    try:
        raise RuntimeError from error
    except RuntimeError:
        logging.getLogger("askonce").exception("sweep failed")

    assert ("No space left" in stream.getvalue()) == isinstance(error, OSError)
    assert "a prompt" not in stream.getvalue()
    assert lines(stream)[0]["logger"] == "askonce"


def test_libraries_are_heard_from_a_warning_on(configure: Configure) -> None:
    stream = configure("json", "debug")

    logging.getLogger("httpx").info("HTTP Request: POST https://provider.example/v1?key=x")
    logging.getLogger("uvicorn.access").info("GET /?secret")

    assert stream.getvalue() == ""


async def test_uvicorn_speaks_in_the_same_form(world: World, configure: Configure) -> None:
    stream = configure("json")

    async with serving(world.app) as live:
        _, writer = await live.connect()
        writer.write(b"nonsense\r\n\r\n")
        await writer.drain()
        writer.close()

    assert {line["logger"] for line in lines(stream)} == {"uvicorn.error"}
