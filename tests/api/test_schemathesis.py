"""Schemathesis against a started server's own document: no failure of ours, and answers as described."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.api.live import serving
from tests.api.world import LIMITS, open_world

from askonce.model.audit import SERVER
from askonce.model.key import EVERY_CACHE, Access, Grant

MAX_EXAMPLES = 40
LONGEST_S = 400  # A bound, not a wish: it takes 20 s on two cores.

# The two checks that are off take every POST for a creation, and its answer for something to be fetched.
# An answer to a body that is both too large and wrong is 413.
CONFIG = """
[parameters]
"path.cacheId" = "{cache_id}"
"path.keyId" = "{key_id}"
"path.tokenId" = "{token_id}"
"path.entryId" = "{entry_id}"

[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413]
ensure_resource_availability.enabled = false
use_after_free.enabled = false
"""
# One call at a time where it takes away what the others are about.
NOT_JSON = ["importEntries"]  # Its bodies are lines of JSON, which schemathesis can not make.
TAKING_AWAY = ["deleteCache", "revokeKey", "revokeAdminToken"]
ADMINISTRATION = ["Caches", "Contents", "Keys", "Admin tokens", "Audit"]
PARTS = {
    "data plane": [f"--exclude-tag={tag}" for tag in ADMINISTRATION],
    "administration": [
        *[f"--include-tag={tag}" for tag in ADMINISTRATION],
        *[f"--exclude-operation-id={name}" for name in [*TAKING_AWAY, *NOT_JSON]],
    ],
    **{name: [f"--include-operation-id={name}"] for name in TAKING_AWAY},
}
# Which caches there are to grant is not in the document: a grant on another is refused with 400.
WITH_GRANTS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404"]
"""


@pytest.mark.parametrize("part", PARTS)
async def test_schemathesis_finds_nothing(tmp_path: Path, part: str) -> None:
    limits = replace(LIMITS, max_body_bytes=4_000_000)  # Room for attributes of every allowed length.
    async with open_world(tmp_path / "data", limits) as world, serving(world.app) as live:
        administration = world.services.administration
        assert administration is not None
        key = await administration.keys.mint("key", [Grant(EVERY_CACHE, Access.READ)], None, SERVER)
        admin = await administration.admins.mint("another than the caller", (), None, SERVER)
        filled = CONFIG.format(
            cache_id=world.cache_id,
            key_id=key.key.id,
            token_id=admin.key.id,
            entry_id=await world.set("a prompt"),
        )
        config = tmp_path / "schemathesis.toml"
        config.write_text(filled + WITH_GRANTS * (part == "administration"))
        token = world.key if part == "data plane" else world.admin_token
        code, output = await schemathesis(live.url, config, token, PARTS[part])

    assert code == 0, output.decode()[-5_000:]


async def schemathesis(url: str, config: Path, token: str, part: list[str]) -> tuple[int | None, bytes]:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    options = [
        "--max-examples",
        str(MAX_EXAMPLES),
        "--seed",
        "1",
        "--exclude-deprecated",  # The older path of the search, which is the same call.
        "--header",
        f"Authorization: Bearer {token}",
        *part,
    ]
    process = await asyncio.create_subprocess_exec(
        *command,
        "run",
        f"{url}/openapi.json",
        *options,
        cwd=config.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output
