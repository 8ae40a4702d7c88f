"""Schemathesis against a started server's own document: no failure of ours, and answers as described."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.api.live import serving
from tests.api.world import LIMITS, open_world

MAX_EXAMPLES = 40
LONGEST_S = 120  # A bound, not a wish: it takes 20 s on two cores.

# The two checks that are off take every POST for a creation, and its answer for something to be fetched.
# An answer to a body that is both too large and wrong is 413.
CONFIG = """
[parameters]
"path.cacheId" = "{cache_id}"

[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 413]
ensure_resource_availability.enabled = false
use_after_free.enabled = false
"""
ADMINISTRATION = ["--include-tag", "Caches"]
# One call at a time where it takes away what the others are about.
DELETION = ["--include-operation-id", "deleteCache"]
PARTS = {
    "data plane": ["--exclude-tag", "Caches"],
    "caches": [*ADMINISTRATION, "--exclude-operation-id", "deleteCache"],
    "deletion of a cache": DELETION,
}


@pytest.mark.parametrize("part", PARTS)
async def test_schemathesis_finds_nothing(tmp_path: Path, part: str) -> None:
    limits = replace(LIMITS, max_body_bytes=4_000_000)  # Room for attributes of every allowed length.
    async with open_world(tmp_path / "data", limits) as world, serving(world.app) as live:
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG.format(cache_id=world.cache_id))
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
