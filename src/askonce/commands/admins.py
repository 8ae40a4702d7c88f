"""`askonce admin …`: the admin tokens, and the audit log."""

import click

from askonce.commands import show
from askonce.commands.keys import (
    EXPIRES_IN,
    OVERLAP,
    ends_at,
    print_done,
    print_list,
    print_minted,
    print_one,
)
from askonce.commands.options import Where, administers, confirms, quoted

COLUMNS = {"TOKEN": "tokenId", "LAST USED": "lastUsedAt", "EXPIRES": "expiresAt", "NAME": "name"}
ACT_COLUMNS = {
    "WHEN": "at",
    "WHO": "who",
    "FROM": "address",
    "WHAT": "what",
    "SUBJECT": "subject",
    "DETAILS": "details",
}


@click.group()
def admin() -> None:
    """Mint, rotate and revoke admin tokens, and read the audit log.

    On the data directory no token is needed, so whoever lost the last one makes another here.
    """


@admin.command("create")
@click.option("--name", default="admin create", show_default=True, help="What people call it.")
@EXPIRES_IN
@administers
def create_admin(where: Where, name: str, expires_in: int | None) -> None:
    """Make an admin token. It is shown once."""
    body = {"name": name, "expiresAt": ends_at(expires_in)}
    print_minted(where, where.call("POST", "/v1/admin-tokens", body), "tokenId")


@admin.command("list")
@administers
def list_admins(where: Where) -> None:
    """List the admin tokens, without what is secret of them."""
    print_list(where, where.call("GET", "/v1/admin-tokens")["adminTokens"], COLUMNS)


@admin.command("show")
@click.argument("token_id")
@administers
def show_admin(where: Where, token_id: str) -> None:
    """Show an admin token, without what is secret of it."""
    print_one(where, where.call("GET", _path(token_id)))


@admin.command("rotate")
@click.argument("token_id")
@OVERLAP
@administers
def rotate_admin(where: Where, token_id: str, overlap: int) -> None:
    """Replace an admin token. The new one is shown once."""
    minted = where.call("POST", f"{_path(token_id)}/rotate", {"overlapMillis": overlap})
    print_minted(where, minted, "tokenId")


@admin.command("revoke")
@click.argument("token_id")
@administers
@confirms("Revoke this admin token?")
def revoke_admin(where: Where, token_id: str) -> None:
    """Revoke an admin token; the last one is kept."""
    where.call("DELETE", _path(token_id))
    print_done(where, {"tokenId": token_id}, "revoked")


@admin.command("audit")
@click.option("--limit", default=100, show_default=True, help="The most acts to show, 1 to 1000.")
@click.option("--before", type=int, help="Only acts below this position.")
@administers
def read_audit(where: Where, limit: int, before: int | None) -> None:
    """Show who administered what, when and from where, the latest first."""
    page = f"limit={limit}" + ("" if before is None else f"&before={before}")
    acts = where.call("GET", f"/v1/audit?{page}")["acts"]
    if where.as_json:
        show.as_json(acts)
    else:
        show.table(ACT_COLUMNS, acts)


def _path(token_id: str) -> str:
    return f"/v1/admin-tokens/{quoted(token_id)}"
