"""The line protocol between a test and a driver: one JSON object a line, one reply to each request.

    → {"method": "search", "colour": "async", "cache": {"server_url": …}, "arguments": {…}}
    ← {"answer": …}   or   {"raised": {"kind": "NotFoundErrorResponseContent", …}}

A driver runs in the environment of its client, where neither AskOnce nor pytest is installed: it imports
nothing of ours but this module, and asserts nothing.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

Arguments = dict[str, Any]
Cache = Mapping[str, str]
# Which cache, which method, "sync" or "async", its arguments; what it returns is sent back as JSON.
Call = Callable[[Cache, str, str, Arguments], Coroutine[Any, Any, Any]]


def serve(call: Call) -> None:
    """Answer each line of stdin on stdout until stdin ends."""
    replies = sys.stdout
    sys.stdout = sys.stderr  # What a library prints must not stand between the replies.
    with (
        asyncio.Runner() as runner
    ):  # One loop for all calls: async clients keep connections that belong to it.
        for line in sys.stdin:
            replies.write(json.dumps(runner.run(_reply(call, json.loads(line)))) + "\n")
            replies.flush()


async def _reply(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = await call(request["cache"], request["method"], request["colour"], request["arguments"])
    except Exception as error:  # Whatever a client raises is what the test asks about.
        return {"raised": _described(error)}
    return {"answer": answer}


def _described(error: Exception) -> dict[str, Any]:
    """The exact class, and what the client made of the problem body where it has a typed error for it."""
    problem = getattr(error, "data", None)
    headers = getattr(error, "headers", {})
    return {
        "kind": type(error).__qualname__,
        "package": type(error).__module__.split(".")[0],
        "status": getattr(error, "status_code", None),
        "problem": problem.model_dump(mode="json", by_alias=True, exclude_none=True) if problem else None,
        "retry_after": headers.get("retry-after"),
        "text": str(error),
    }
