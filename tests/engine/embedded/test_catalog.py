"""The catalog keeps caches and keys, for several processes at once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from askonce.engine.embedded.catalog import EmbeddedCatalog
from askonce.engine.embedded.database import connect
from askonce.errors import DamagedDatabase, NewerSchema
from askonce.model.attributes import AttributeNames
from askonce.model.audit import Act, Caller
from askonce.model.bounds import Bounds, EvictionPolicy
from askonce.model.cache import Cache, Fingerprint, OnEmbedderFailure, TtlMode
from askonce.model.judgement import JudgeMode
from askonce.model.key import EVERY_CACHE, Access, Grant, Key, token_digest
from askonce.model.query import Strategy

ROOT = Path(__file__).parents[3]
CACHE = Cache(
    id="c" * 32,
    name="Fragen & Antworten \x00 🤷",
    attributes=AttributeNames.declared(["user", "naïve name"]),
    default_threshold=0.87,
    judge=JudgeMode.RULES,
    min_confidence=0.4,
    default_ttl_ms=None,
    strategies=(Strategy.SEMANTIC, Strategy.EXACT),
    embedder="bundled",
    fingerprint=Fingerprint("minilm", 384, "abc"),
    created_at_ms=5,
    bounds=Bounds(max_prompt_chars=7, max_entries=8, max_bytes=9, eviction=EvictionPolicy.OLDEST),
    on_embedder_failure=OnEmbedderFailure.MISS,
    ttl_mode=TtlMode.SLIDING,
)
ACT = Act(5, Caller("admin", "192.0.2.1"), "cache.create", CACHE.id, {"name": "x"})
KEY = Key(
    id="k1",
    name="service",
    digest=token_digest("token"),
    grants=(Grant(CACHE.id, Access.WRITE), Grant(EVERY_CACHE, Access.READ)),
    created_at_ms=6,
)
ADMIN = Key("a1", "ops", token_digest("admin"), (), 7, expires_at_ms=8, is_admin=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[EmbeddedCatalog]:
    opened = EmbeddedCatalog.open(path)
    yield opened
    opened.close()


def in_another_process(path: Path, statement: str) -> None:
    """Runs `statement`, which knows the `catalog` at `path`, ACT, CACHE and KEY."""
    program = f"""
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from askonce.engine.embedded.catalog import EmbeddedCatalog
from tests.engine.embedded.test_catalog import ACT, CACHE, KEY
async def main():
    catalog = EmbeddedCatalog.open(Path(sys.argv[1]))
    {statement}
    catalog.close()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=True)


async def test_the_next_call_sees_what_another_process_added(catalog: EmbeddedCatalog, path: Path) -> None:
    await catalog.caches()
    in_another_process(path, "await catalog.add_cache(CACHE, ACT); await catalog.add_key(KEY, ACT)")

    assert await catalog.find_cache(CACHE.id) == CACHE
    assert await catalog.find_key(KEY.digest) == KEY
    in_another_process(path, "await catalog.revoke_key(KEY, ACT)")
    assert await catalog.find_key(KEY.digest) is None


async def test_processes_that_write_at_once_lose_nothing(catalog: EmbeddedCatalog, path: Path) -> None:
    theirs = "[await catalog.add_cache(replace(CACHE, id=f'theirs {n}'), ACT) for n in range(40)]"
    ours = [catalog.add_cache(replace(CACHE, id=f"ours {n}"), ACT) for n in range(40)]
    await asyncio.gather(asyncio.to_thread(in_another_process, path, theirs), *ours)

    assert len(await catalog.caches()) == 80


async def test_no_token_is_on_the_disk(catalog: EmbeddedCatalog, path: Path) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(replace(KEY, digest=token_digest("ask_a-very-secret-token")), ACT)
    files = [each.read_bytes() for each in sorted(path.parent.iterdir())]

    assert files
    assert not any(b"secret-token" in content for content in files)


def test_a_damaged_catalog_is_refused_by_name(path: Path) -> None:
    path.write_bytes(b"rubbish" * 1_000)

    with pytest.raises(DamagedDatabase, match=r"catalog\.db"):
        EmbeddedCatalog.open(path)


def test_a_newer_catalog_is_refused_by_name(path: Path) -> None:
    EmbeddedCatalog.open(path).close()
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(NewerSchema, match=r"catalog\.db"):
        EmbeddedCatalog.open(path)
