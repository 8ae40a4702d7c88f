"""`askonce entry …`: look at the entries of a cache, and remove one."""

from typing import Any
from urllib.parse import urlencode

import click

from askonce.commands import show
from askonce.commands.options import Where, administers, confirms, quoted
from askonce.model.browsing import Order
from askonce.talk import Json

MOST_LISTED = 10_000  # For people and small scripts; `export` is for all of a cache.
PAGE = 1_000
SHOWN_CHARS = 60
COLUMNS = {
    "ENTRY": "id",
    "CREATED": "createdAt",
    "EXPIRES": "expiresAt",
    "BYTES": "bytes",
    "ATTRIBUTES": "attributes",
    "PROMPT": "prompt",
}


@click.group()
def entry() -> None:
    """Look at the entries of a cache, and remove one."""


@entry.command("list")
@click.argument("cache_id", metavar="CACHE")
@click.option("--prefix", default="", help="Only prompts that begin so, whatever their case.")
@click.option(
    "--attribute",
    "attributes",
    metavar="NAME=VALUE",
    multiple=True,
    help="Only entries that carry it; repeat for more.",
)
@click.option(
    "--order",
    type=click.Choice([Order.NEWEST.value, Order.OLDEST.value]),
    default=Order.NEWEST.value,
    show_default=True,
    help="By when they were set.",
)
@click.option(
    "--limit", type=click.IntRange(1, MOST_LISTED), default=100, show_default=True, help="The most to list."
)
@administers
def list_entries(
    where: Where, cache_id: str, prefix: str, attributes: tuple[str, ...], order: str, limit: int
) -> None:
    """List live entries."""
    query = {"order": order} | _attributes(attributes) | ({"prefix": prefix} if prefix else {})
    rows = _listed(where, cache_id, query, limit)
    if where.as_json:
        show.as_json(rows)
    else:
        show.table(COLUMNS, [row | {"prompt": _shortened(row["prompt"])} for row in rows])


def _listed(where: Where, cache_id: str, query: dict[str, str], limit: int) -> list[dict[str, Json]]:
    """Page by page, also where a page is short because it is looked for in steps."""
    rows: list[dict[str, Json]] = []
    cursor: dict[str, str] = {}
    with where.open() as talk:
        while len(rows) < limit:
            page = query | {"limit": str(min(PAGE, limit - len(rows)))} | cursor
            answer = talk.send("GET", f"{_path(cache_id)}?{urlencode(page)}", b"")
            rows += answer["entries"]
            if answer["nextCursor"] is None:
                break
            cursor = {"cursor": answer["nextCursor"]}
    return rows


@entry.command("show")
@click.argument("cache_id", metavar="CACHE")
@click.argument("entry_id", metavar="ENTRY")
@administers
def show_entry(where: Where, cache_id: str, entry_id: str) -> None:
    """Show an entry, with all of its prompt and response."""
    told = where.call("GET", _path(cache_id, entry_id))
    if where.as_json:
        show.as_json(told)
    else:
        show.card(told)


@entry.command("delete")
@click.argument("cache_id", metavar="CACHE")
@click.argument("entry_id", metavar="ENTRY")
@administers
@confirms("Remove this entry?")
def delete_entry(where: Where, cache_id: str, entry_id: str) -> None:
    """Remove an entry. On a data directory the server must be stopped; with --server it need not."""
    where.call("DELETE", _path(cache_id, entry_id))
    if where.as_json:
        show.as_json({"entryId": entry_id})
    else:
        click.echo(f"removed  {entry_id}")


def _attributes(given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, Any] = {}
    for one in given:
        name, is_pair, value = one.partition("=")
        if not is_pair:
            raise click.UsageError(f"--attribute takes NAME=VALUE, not {one!r}.")
        if f"attributes.{name}" in pairs:
            raise click.UsageError(f"--attribute names {name!r} twice.")
        pairs[f"attributes.{name}"] = value
    return pairs


def _shortened(prompt: str) -> str:
    return prompt if len(prompt) <= SHOWN_CHARS else prompt[: SHOWN_CHARS - 1] + "…"


def _path(cache_id: str, entry_id: str | None = None) -> str:
    path = f"/v1/caches/{quoted(cache_id)}/entries"
    return path if entry_id is None else f"{path}/{quoted(entry_id)}"
