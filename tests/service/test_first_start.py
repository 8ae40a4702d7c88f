"""What a start makes, once, and what presets change."""

from collections.abc import Sequence

import pytest
from tests.service.conftest import Services

from askonce.errors import BadSetting, EmbedderMismatch
from askonce.model.cache import Cache, Fingerprint
from askonce.model.key import Access, token_digest
from askonce.model.pace import Allowance
from askonce.service.caches import Caches, CacheSpec
from askonce.service.first_start import FirstStart, Presets, Welcome, refuse_other_embedders
from askonce.service.gate import Gate
from askonce.service.usage import Usage

CACHE_ID = "0123456789abcdef" * 2
NOTHING = Welcome(None, None, None)


async def start(services: Services, **presets: str) -> Welcome:
    return await FirstStart(services.catalog, services.catalog, services.caches).prepare(Presets(**presets))


def gate_of(services: Services) -> Gate:
    return Gate(services.catalog, services.clock, Usage({}))


async def names(services: Services) -> Sequence[str]:
    return [cache.name for cache in await services.catalog.caches()]


async def admitted(gate: Gate, token: str | None, cache_id: str) -> Cache:
    told: list[Allowance] = []
    cache = await gate.admit(token, cache_id, Access.FULL, told.append)
    assert told == []  # No key of a first start has a pace.
    return cache


async def test_a_first_start_makes_a_cache_a_key_to_it_and_an_admin_token(services: Services) -> None:
    welcome = await start(services)

    assert await names(services) == ["default"]
    assert welcome.cache_id is not None
    assert welcome.admin_token is not None
    gate = gate_of(services)
    assert (await admitted(gate, welcome.api_key, welcome.cache_id)).id == welcome.cache_id


async def test_a_second_start_makes_and_shows_nothing(services: Services) -> None:
    await start(services)

    assert await start(services) == NOTHING
    assert await names(services) == ["default"]


async def test_tokens_are_kept_as_digests_and_differ_every_time(services: Services) -> None:
    welcome = await start(services)
    assert welcome.cache_id is not None
    another = await services.caches.mint_key(welcome.cache_id, "another")

    assert another != welcome.api_key
    assert len(another.removeprefix("ask_")) >= 43, "256 bits in base 64"
    key = await services.catalog.find_key(token_digest(another))
    assert key is not None
    assert another not in repr(key)


async def test_presets_take_the_place_of_what_would_be_made_and_are_not_shown(services: Services) -> None:
    welcome = await start(services, cache_id=CACHE_ID, api_key="k" * 20, admin_token="a" * 20)

    assert welcome == NOTHING
    gate = gate_of(services)
    assert (await admitted(gate, "k" * 20, CACHE_ID)).id == CACHE_ID
    assert (await gate.admit_admin("a" * 20, "")).who == "admin main"


async def test_a_preset_key_alone_opens_the_default_cache(services: Services) -> None:
    first = await start(services)
    assert first.cache_id is not None
    await services.caches.create(CacheSpec("another"))
    await start(services, api_key="k" * 20)

    gate = gate_of(services)
    assert (await admitted(gate, "k" * 20, first.cache_id)).name == "default"


async def test_a_preset_key_is_refused_where_it_is_not_clear_to_which_cache(services: Services) -> None:
    for name in ("one", "other"):
        await services.caches.create(CacheSpec(name))

    with pytest.raises(BadSetting, match="cache_id"):
        await start(services, api_key="k" * 20)


async def test_a_cache_of_another_model_refuses_the_start_and_says_which(services: Services) -> None:
    cache = await services.caches.create(CacheSpec("filled before"))
    today = {"bundled": Fingerprint("toy", 64, "of other weights")}
    caches = Caches(services.catalog, services.catalog, today, services.clock)

    with pytest.raises(EmbedderMismatch, match=cache.id):
        await refuse_other_embedders(services.catalog, caches)
    await refuse_other_embedders(services.catalog, services.caches)
