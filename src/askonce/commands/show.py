"""Printing answers: JSON for scripts, tables for people."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

from askonce.talk import Json

Columns = Mapping[str, str]  # The heading to the field.


def as_json(answer: Json) -> None:
    click.echo(json_text(answer))


def json_text(answer: Json) -> str:
    return json.dumps(answer, ensure_ascii=False)


def table(columns: Columns, rows: Sequence[Mapping[str, Json]]) -> None:
    lines = [list(columns), *[[text(row.get(field)) for field in columns.values()] for row in rows]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def card(answer: Mapping[str, Json]) -> None:
    """One thing, a field a line."""
    width = max(map(len, answer))
    for name, value in answer.items():
        click.echo(f"{name.ljust(width)}  {text(value)}")


def text(value: Json) -> str:
    """One line: what a name holds must not be able to look like another row."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(text, value)) or "-"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    shown = str(value)
    return shown if shown.isprintable() else json.dumps(shown)


def moment(seconds: int | None) -> str | None:
    """Keys tell their times in seconds since the epoch."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
