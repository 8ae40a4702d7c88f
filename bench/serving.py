"""Starting an ASGI application in a process of its own, for as long as a benchmark needs it."""

import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

Build = Callable[[], Any]  # Makes an ASGI application.


@contextmanager
def serving(build: Build) -> Iterator[str]:
    """The URL of a server that answers with the application `build` makes."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = multiprocessing.get_context("fork")
    server = context.Process(target=_serve, args=(build, listener), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.terminate()
        server.join()
        listener.close()


def _serve(build: Build, listener: socket.socket) -> None:
    config = uvicorn.Config(
        build(), loop="uvloop", http="httptools", access_log=False, log_level="error", lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listener])
