"""Schemathesis against a started server's own document: no failure of ours, and answers as described."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

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


async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    limits = replace(LIMITS, max_body_bytes=4_000_000)  # Room for attributes of every allowed length.
    async with open_world(tmp_path / "data", limits) as world, serving(world.app) as live:
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG.format(cache_id=world.cache_id))
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
        options = [
            "--max-examples",
            str(MAX_EXAMPLES),
            "--seed",
            "1",
            "--exclude-deprecated",  # The older path of the search, which is the same call.
            "--header",
            f"Authorization: Bearer {world.key}",
        ]
        process = await asyncio.create_subprocess_exec(
            *command,
            "run",
            f"{live.url}/openapi.json",
            *options,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
        finally:
            if process.returncode is None:
                process.kill()

    assert process.returncode == 0, output.decode()[-5_000:]
