"""What the administrative commands share: where to work, how to print, and how a span of time is written."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import click

from askonce.settings import load
from askonce.talk import TOKEN_VARIABLE, DataDirectory, Json, OpenTalk, Server, Talk

Command = TypeVar("Command", bound=Callable[..., Any])

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Where:
    """Where a command works, and whether it prints JSON."""

    server: str | None
    data: str | None
    config: Path | None
    as_json: bool

    def call(self, method: str, target: str, body: Json = None) -> Json:
        return self._talk().call(method, target, body)

    def open(self) -> AbstractContextManager[OpenTalk]:
        """For many calls in a row."""
        return self._talk().open()

    def named(self) -> str:
        """The place, by a name that stays the same."""
        if self.server is not None:
            return self.server.rstrip("/")
        return str(load({"data": self.data}, os.environ, self.config).data.absolute())

    def _talk(self) -> Talk:
        if self.server is None:
            return DataDirectory(load({"data": self.data}, os.environ, self.config))
        if self.data is not None:
            raise click.UsageError("--server and --data exclude each other.")
        return Server(self.server, os.environ.get(TOKEN_VARIABLE))


def administers(command: Command) -> Command:
    """Adds `--server`, `--data`, `--config` and `--json`; the command takes a `Where` first."""

    @click.option(
        "--server",
        metavar="URL",
        help=f"Administer this server, by the admin token in {TOKEN_VARIABLE}. [default: the data directory]",
    )
    @click.option("--data", default=None, help="Directory of everything kept.")
    @click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Settings file. [default: askonce.toml]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
    @wraps(command)
    def wrapped(
        server: str | None, data: str | None, config: Path | None, as_json: bool, **options: Any
    ) -> None:
        command(Where(server, data, config, as_json), **options)

    return wrapped  # type: ignore[return-value]


def confirms(question: str) -> Callable[[Command], Command]:
    """Asks before the command runs, unless `--yes` is given. Without a terminal nobody could answer."""

    def decorate(command: Command) -> Command:
        @click.option("--yes", "-y", is_flag=True, help="Do not ask.")
        @wraps(command)
        def wrapped(*arguments: Any, yes: bool, **options: Any) -> None:
            if not yes and not sys.stdin.isatty():
                raise click.UsageError("Without a terminal, say --yes to go on.")
            if not yes:
                click.confirm(question, abort=True)
            command(*arguments, **options)

        return wrapped  # type: ignore[return-value]

    return decorate


def quoted(given_id: str) -> str:
    """An id as one segment of a path, whatever was typed."""
    return quote(given_id, safe="")


class Span(click.ParamType):  # type: ignore[type-arg]  # Generic in its stubs only.
    """A span of time, `90s`, `15m`, `12h` or `30d`, as milliseconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,9})([smhd])", str(value))
        if found is None:
            self.fail(f"{value!r} is not a span of time like 90s, 15m, 12h or 30d.", param, ctx)
        return int(found[1]) * _UNITS_MS[found[2]]
