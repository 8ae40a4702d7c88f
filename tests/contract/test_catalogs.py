"""Every catalog there is, behind one fixture: caches, keys and the audit log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias

import pytest
from tests.engine.embedded.test_catalog import ACT, ADMIN, CACHE, KEY
from tests.support.redis_server import RedisServer

from askonce.engine.embedded.catalog import EmbeddedCatalog
from askonce.engine.redis.catalog import RedisCatalog
from askonce.engine.redis.options import Options
from askonce.errors import InvalidRequest, UnknownCache, UnknownKey
from askonce.model.attributes import AttributeNames
from askonce.model.audit import Act
from askonce.model.cache import Cache, Fingerprint
from askonce.model.key import EVERY_CACHE, Access, Grant, token_digest
from askonce.ports import Catalog, KeyRegister, Keyring, Register


class KeptCatalog(Catalog, Register, Keyring, KeyRegister, Protocol):
    """What a server needs of a catalog."""


Another: TypeAlias = Callable[[], AbstractAsyncContextManager[KeptCatalog]]


@pytest.fixture(params=["embedded", "redis"])
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Another:
    """Opens the one catalog of this test, as each process would."""

    @asynccontextmanager
    async def embedded() -> AsyncIterator[KeptCatalog]:
        with closing(EmbeddedCatalog.open(tmp_path / "catalog.db")) as opened:
            yield opened

    @asynccontextmanager
    async def redis() -> AsyncIterator[KeptCatalog]:
        server: RedisServer = request.getfixturevalue("redis_server")
        opened = RedisCatalog(Options(url=server.url, key_prefix=str(tmp_path), timeout_s=60))
        try:
            yield opened
        finally:
            await opened.close()

    return embedded if request.param == "embedded" else redis


@pytest.fixture
async def catalog(another: Another) -> AsyncIterator[KeptCatalog]:
    async with another() as opened:
        yield opened


async def acts(catalog: KeptCatalog) -> list[str]:
    return [act.what for _, act in reversed(await catalog.acts(None, 100))]


async def test_what_was_added_comes_back_as_it_was(catalog: KeptCatalog, another: Another) -> None:
    other = replace(CACHE, id="d", attributes=AttributeNames.declared([]), default_ttl_ms=9)
    for cache in (CACHE, other):
        await catalog.add_cache(cache, ACT)
    await catalog.add_key(KEY, ACT)
    await catalog.add_key(ADMIN, ACT)

    async with another() as again:
        for each in (catalog, again):
            assert await each.caches() == [CACHE, other]
            assert await each.find_cache(CACHE.id) == CACHE
            assert await each.find_cache("none") is None
            assert await each.find_key(KEY.digest) == KEY
            assert await each.find_key(token_digest("Token")) is None
            assert await each.find_key(ADMIN.digest) == ADMIN
            assert await each.keys() == [KEY, ADMIN]


async def test_an_empty_catalog_has_nothing(catalog: KeptCatalog) -> None:
    assert await catalog.caches() == []
    assert await catalog.find_key(KEY.digest) is None
    assert await catalog.keys() == []


async def test_a_cache_id_is_given_once(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    with pytest.raises(InvalidRequest):
        await catalog.add_cache(replace(CACHE, name="another"), ACT)

    assert await catalog.caches() == [CACHE]


async def test_a_key_added_again_replaces_the_old_one_with_its_grants(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(KEY, ACT)
    less = replace(KEY, grants=(Grant(CACHE.id, Access.READ),))
    await catalog.add_key(less, ACT)

    assert await catalog.find_key(KEY.digest) == less


async def test_a_change_and_its_act_are_there_together(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    changed = replace(CACHE, name="new")

    assert await catalog.change_cache(CACHE.id, lambda _: (changed, replace(ACT, what="update"))) == changed
    assert await catalog.find_cache(CACHE.id) == changed
    assert await acts(catalog) == ["cache.create", "update"]


async def test_a_change_that_is_refused_leaves_neither(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)

    def refuse(_: Cache) -> tuple[Cache, Act]:
        raise InvalidRequest([])

    with pytest.raises(InvalidRequest):
        await catalog.change_cache(CACHE.id, refuse)
    with pytest.raises(UnknownCache):
        await catalog.change_cache("none", refuse)
    with pytest.raises(InvalidRequest):
        await catalog.add_cache(CACHE, ACT)
    assert await catalog.caches() == [CACHE]
    assert await acts(catalog) == ["cache.create"]


async def test_a_removed_cache_takes_the_grants_on_it_along(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(KEY, ACT)
    await catalog.remove_cache(CACHE.id, ACT, keeps_entries=False)

    key = await catalog.find_key(KEY.digest)
    assert await catalog.find_cache(CACHE.id) is None
    assert key is not None
    assert [grant.cache_id for grant in key.grants] == [EVERY_CACHE]
    assert await catalog.dropped() == [CACHE.id]


async def test_kept_entries_come_back_under_their_own_model_only(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.remove_cache(CACHE.id, ACT, keeps_entries=True)
    other = replace(CACHE, fingerprint=Fingerprint("minilm", 384, "of other weights"))

    with pytest.raises(InvalidRequest, match="minilm"):
        await catalog.add_cache(other, ACT)
    await catalog.add_cache(CACHE, ACT)
    assert await catalog.dropped() == []


async def test_acts_are_read_page_by_page_the_latest_first(catalog: KeptCatalog) -> None:
    for number in range(5):
        await catalog.record(replace(ACT, subject=str(number)))

    first = await catalog.acts(None, 2)
    second = await catalog.acts(first[-1][0], 2)

    assert [act.subject for _, act in [*first, *second]] == ["4", "3", "2", "1"]


async def test_the_next_call_sees_what_another_process_did(catalog: KeptCatalog, another: Another) -> None:
    assert await catalog.caches() == []
    async with another() as other:
        await other.add_cache(CACHE, ACT)
        await other.add_key(KEY, ACT)
        assert await catalog.find_key_and_cache(KEY.digest, CACHE.id) == (KEY, CACHE)
        await other.revoke_key(KEY, ACT)

        assert await catalog.find_key_and_cache(KEY.digest, CACHE.id) == (None, CACHE)


async def test_those_who_write_at_once_lose_nothing(catalog: KeptCatalog, another: Another) -> None:
    async with another() as other:
        adds = [
            each.add_cache(replace(CACHE, id=f"{name} {n}"), replace(ACT, subject=f"{name} {n}"))
            for n in range(10)
            for name, each in (("ours", catalog), ("theirs", other))
        ]
        await asyncio.gather(*adds)

        assert len(await catalog.caches()) == len(await other.caches()) == 20
        assert len({act.subject for _, act in await catalog.acts(None, 100)}) == 20


async def test_a_rotated_key_opens_by_both_tokens_until_the_former_ends(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(KEY, ACT)
    rotated = await catalog.rotate_key(KEY, token_digest("new"), 1_000, ACT)

    former, new = await catalog.find_key(KEY.digest), await catalog.find_key(token_digest("new"))
    assert new == rotated
    assert former is not None
    assert (former.id, former.expires_at_ms) == (KEY.id, 1_000)
    assert [key.digest for key in await catalog.keys()] == [token_digest("new")]


async def test_a_key_is_changed_and_revoked_with_its_act(catalog: KeptCatalog) -> None:
    await catalog.add_cache(CACHE, ACT)
    await catalog.add_key(KEY, ACT)
    named = replace(KEY, name="another name")

    assert await catalog.change_key(KEY, lambda _: (named, replace(ACT, what="key.update"))) == named
    await catalog.revoke_key(KEY, replace(ACT, what="key.revoke"))
    with pytest.raises(UnknownKey):
        await catalog.revoke_key(KEY, ACT)
    assert (await acts(catalog))[-2:] == ["key.update", "key.revoke"]


async def test_the_last_admin_token_is_not_revoked(catalog: KeptCatalog) -> None:
    lasting = replace(ADMIN, expires_at_ms=None)
    await catalog.add_key(lasting, ACT)

    with pytest.raises(InvalidRequest, match="last admin"):
        await catalog.revoke_key(lasting, ACT)
    assert await catalog.keys() == [lasting]


async def test_what_is_kept_of_use_is_the_latest_of_each(redis_server: RedisServer, tmp_path: Path) -> None:
    usage = RedisCatalog(Options(url=redis_server.url, key_prefix=str(tmp_path), timeout_s=60))
    assert await usage.last_used() == {}
    await usage.keep({"a": 1, "b": 2})
    await usage.keep({"a": 3})
    await usage.keep({})

    assert await usage.last_used() == {"a": 3, "b": 2}
    await usage.close()
