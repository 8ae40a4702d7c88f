"""`askonce key …` and the like calls of `askonce admin …`: mint, look at, change, rotate and revoke."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import click

from askonce.commands import show
from askonce.commands.options import Span, Where, administers, confirms, quoted
from askonce.model.key import EVERY_CACHE, Access
from askonce.talk import Json

ACCESS = click.Choice([one.name.lower() for one in Access])
TIMES = ("createdAt", "expiresAt", "lastUsedAt", "formerTokenExpiresAt")
COLUMNS = {
    "KEY": "keyId",
    "LAST USED": "lastUsedAt",
    "EXPIRES": "expiresAt",
    "RATE": "requestsPerSecond",
    "GRANTS": "grants",
    "NAME": "name",
}
EXPIRES_IN = click.option(
    "--expires-in", type=Span(), help="Its life, as 90s, 15m, 12h or 30d. [default: for ever]"
)
OVERLAP = click.option(
    "--overlap",
    type=Span(),
    default=0,
    help="How long the former token works on, as 1h. [default: not at all]",
)

RATE = click.option("--rate", type=float, help="Most requests a second. [default: no limit]")
BURST = click.option("--burst", type=int, help="Most at once after a rest. [default: as --rate]")


@click.group()
def key() -> None:
    """Mint, change, rotate and revoke keys. A running server follows with its next request."""


@key.command("create")
@click.argument("cache_ids", metavar="CACHE_ID...", nargs=-1, required=True)
@click.option("--name", default="key create", show_default=True, help="What people call it.")
@click.option(
    "--access",
    type=ACCESS,
    default="full",
    show_default=True,
    help="`read` searches; `write` also sets, deletes and flushes.",
)
@EXPIRES_IN
@RATE
@BURST
@administers
def create_key(
    where: Where,
    cache_ids: tuple[str, ...],
    name: str,
    access: str,
    expires_in: int | None,
    rate: float | None,
    burst: int | None,
) -> None:
    """Make a key to the caches CACHE_ID, or to every cache ('*'). It is shown once."""
    body = {"name": name, "grants": _grants(cache_ids, access), "expiresAt": ends_at(expires_in)}
    print_minted(where, where.call("POST", "/v1/api-keys", body | _pace(rate, burst)), "keyId")


def _pace(rate: float | None, burst: int | None) -> dict[str, Any]:
    said = {"requestsPerSecond": rate, "burst": burst}
    return {name: value for name, value in said.items() if value is not None}


@key.command("list")
@administers
def list_keys(where: Where) -> None:
    """List the keys, without their tokens."""
    print_list(where, where.call("GET", "/v1/api-keys")["apiKeys"], COLUMNS)


@key.command("show")
@click.argument("key_id")
@administers
def show_key(where: Where, key_id: str) -> None:
    """Show a key, without its token."""
    print_one(where, where.call("GET", _path(key_id)))


@key.command("update")
@click.argument("key_id")
@click.option("--name", help="What people call it.")
@click.option(
    "--cache", "cache_ids", multiple=True, help="In place of its grants: one on this cache; repeat for more."
)
@click.option(
    "--access", type=ACCESS, default="full", show_default=True, help="Of the grants given by --cache."
)
@EXPIRES_IN
@click.option("--never-expires", is_flag=True, help="Take its end away.")
@RATE
@BURST
@click.option("--any-rate", is_flag=True, help="Take the limit of its rate away.")
@administers
def update_key(
    where: Where,
    key_id: str,
    name: str | None,
    cache_ids: tuple[str, ...],
    access: str,
    expires_in: int | None,
    never_expires: bool,
    rate: float | None,
    burst: int | None,
    any_rate: bool,
) -> None:
    """Change what is named and leave the rest."""
    changes: dict[str, Any] = {"requestsPerSecond": None} if any_rate else _pace(rate, burst)
    if name is not None:
        changes["name"] = name
    if cache_ids:
        changes["grants"] = _grants(cache_ids, access)
    if expires_in is not None or never_expires:
        changes["expiresAt"] = None if never_expires else ends_at(expires_in)
    if not changes:
        raise click.UsageError("Say what to change.")
    print_one(where, where.call("PATCH", _path(key_id), changes))


@key.command("rotate")
@click.argument("key_id")
@OVERLAP
@administers
def rotate_key(where: Where, key_id: str, overlap: int) -> None:
    """Give a key a new token. It is shown once."""
    print_minted(where, where.call("POST", f"{_path(key_id)}/rotate", {"overlapMillis": overlap}), "keyId")


@key.command("revoke")
@click.argument("key_id")
@administers
@confirms("Revoke this key?")
def revoke_key(where: Where, key_id: str) -> None:
    """Revoke a key: every request with it is refused from now on."""
    where.call("DELETE", _path(key_id))
    print_done(where, {"keyId": key_id}, "revoked")


def ends_at(expires_in_ms: int | None) -> int | None:
    """Seconds since the epoch."""
    return None if expires_in_ms is None else int(time.time()) + expires_in_ms // 1_000


def print_minted(where: Where, minted: Mapping[str, Json], id_field: str) -> None:
    """People get the token alone on a line, to be piped on; its id goes beside it, to stderr."""
    if where.as_json:
        show.as_json({id_field: minted[id_field], "apiKey": minted["token"]})
        return
    click.echo(minted["token"])
    click.echo(f"Its id is {minted[id_field]}. The token is shown only now.", err=True)


def print_list(where: Where, rows: Sequence[Mapping[str, Json]], columns: Mapping[str, str]) -> None:
    if where.as_json:
        show.as_json(rows)
    else:
        show.table(columns, [_readable(row) for row in rows])


def print_one(where: Where, told: Mapping[str, Json]) -> None:
    if where.as_json:
        show.as_json(told)
    else:
        show.card(_readable(told))


def print_done(where: Where, told: Mapping[str, Json], what: str) -> None:
    if where.as_json:
        show.as_json(told)
    else:
        click.echo(f"{what}  {next(iter(told.values()))}")


def _readable(told: Mapping[str, Json]) -> dict[str, Json]:
    """Times as people read them, and grants as `access on cache`."""
    readable = {name: show.moment(value) if name in TIMES else value for name, value in told.items()}
    if "grants" in told:
        readable["grants"] = [
            f"{', '.join(grant['actions'])} on {_cache_named(grant['resourceId'])}"
            for grant in told["grants"]
        ]
    return readable


def _cache_named(resource_id: str) -> str:
    return "every cache" if resource_id == EVERY_CACHE else resource_id


def _grants(cache_ids: Sequence[str], access: str) -> list[dict[str, Any]]:
    return [{"resourceId": cache_id, "actions": [access]} for cache_id in cache_ids]


def _path(key_id: str) -> str:
    return f"/v1/api-keys/{quoted(key_id)}"
