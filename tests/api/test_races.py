"""Use under load while keys are rotated, changed and revoked and caches deleted: nothing is let through.

Order is told by a counter, not by a clock: a use that began after an administrative answer had arrived must
meet what the answer promised; one that had ended before the call was sent must not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.api.world import LIMITS, World, open_world

ROUNDS = 4
USERS = 4  # Callers at once with each token.
PAUSE_S = 0.001
TRIES_AFTER_THE_END = 3
NEVER = 10**9
LET_IN = {200, 201}


@dataclass
class Token:
    """When it began and ceased to be good: before `born` and after `dead` it may not be let in."""

    text: str
    cache_id: str
    born: int
    ending: int = NEVER  # From here on either answer is right,
    dead: int = NEVER  # and from here on only a refusal.


@dataclass
class Race:
    world: World
    group: asyncio.TaskGroup
    ticks: "count[int]" = field(default_factory=count)
    uses: list[tuple[Token, int, int, int]] = field(default_factory=list)
    was_used: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def add(self, token: Token) -> Token:
        for _ in range(USERS):
            self.group.create_task(self.use(token))
        return token

    async def use(self, token: Token) -> None:
        """Until the token has long been dead, or the race is over."""
        writes, tries = False, 0
        headers = {"Authorization": f"Bearer {token.text}"}
        while not self.is_over and tries < TRIES_AFTER_THE_END:
            writes = not writes
            tries += token.dead != NEVER
            body = {"prompt": "p", "response": "r"} if writes else {"prompt": "p"}
            path = "/entries" if writes else "/search"
            began = next(self.ticks)
            # Past `World.call`, which holds each answer against the document and would be most of the load.
            url = f"/v1/caches/{token.cache_id}{path}"
            answer = await self.world.client.post(url, json=body, headers=headers)
            self.uses.append((token, began, next(self.ticks), answer.status_code))
            self.was_used.set()
            # A loop that is never idle leaves the interpreter to other threads every 5 ms only, and changes
            # of the catalog are made in one. A server's loop waits for its sockets in between.
            await asyncio.sleep(PAUSE_S)

    async def administer(self, call: Awaitable[Any], ends: list[Token]) -> Any:
        """Make the call; the tokens `ends` are good before it and bad after it."""
        for token in ends:
            token.ending = min(token.ending, next(self.ticks))
        answer = await call
        for token in ends:
            token.dead = min(token.dead, next(self.ticks))
        return answer

    def wrongs(self) -> list[str]:
        found = []
        for token, began, ended, status in self.uses:
            if began > token.dead and status in LET_IN:
                found.append(f"let in {began - token.dead} ticks after its end")
            if began > token.born and ended < token.ending and status not in LET_IN:
                found.append(f"refused with {status} while it was good")
            if status not in LET_IN | {401, 403, 404}:
                found.append(f"answered with {status}")
        return found


async def race(tmp_path: Path, act: Callable[[Race], Awaitable[None]]) -> Race:
    limits = replace(LIMITS, max_concurrent_requests=10_000)
    async with open_world(tmp_path / "data", limits) as world, asyncio.TaskGroup() as group:
        running = Race(world, group)
        try:
            await act(running)
        finally:
            running.is_over = True
    return running


async def mint(running: Race, cache_id: str) -> tuple[str, Token]:
    grants = [{"resourceId": cache_id, "actions": ["write"]}]
    answer = (await running.world.admin("POST", "/api-keys", {"name": "x", "grants": grants})).json()
    token = Token(answer["token"], cache_id, next(running.ticks))
    return answer["keyId"], running.add(token)


async def some_uses(running: Race, of: Token) -> None:
    """Until every user of the token has used it again, by calls that begin from now on."""
    now = next(running.ticks)
    while sum(token is of and began > now for token, began, *_ in running.uses) < USERS:
        running.was_used.clear()
        await running.was_used.wait()


async def rotate_and_revoke(running: Race) -> None:
    for _ in range(ROUNDS):
        key_id, token = await mint(running, running.world.cache_id)
        await some_uses(running, token)
        answer = await running.administer(running.world.admin("POST", f"/api-keys/{key_id}/rotate"), [token])
        fresh = running.add(Token(answer.json()["token"], running.world.cache_id, next(running.ticks)))
        await some_uses(running, fresh)
        await running.administer(running.world.admin("DELETE", f"/api-keys/{key_id}"), [fresh])
        await some_uses(running, fresh)


async def delete_caches(running: Race) -> None:
    for _ in range(ROUNDS):
        cache_id, _ = await running.world.new_cache(["*"])
        tokens = [(await mint(running, cache_id))[1] for _ in range(2)]
        await some_uses(running, tokens[1])
        call = running.world.admin("DELETE", f"/caches/{cache_id}?flush=true")
        await running.administer(call, tokens)
        await some_uses(running, tokens[0])


async def everything_at_once(running: Race) -> None:
    """Rotations, a change and a revocation of one key, and the end of its cache, all under way together."""
    for _ in range(ROUNDS):
        cache_id, _ = await running.world.new_cache(["*"])
        key_id, token = await mint(running, cache_id)
        await some_uses(running, token)
        path, admin = f"/api-keys/{key_id}", running.world.admin
        calls = [
            admin("POST", f"{path}/rotate"),
            admin("POST", f"{path}/rotate", {"overlapMillis": 1_000_000}),
            admin("PATCH", path, {"name": "renamed"}),
            admin("DELETE", path),
            admin("DELETE", f"/caches/{cache_id}?flush=true"),
        ]
        answers = await running.administer(asyncio.gather(*calls), [token])
        assert {answer.status_code for answer in answers} <= {200, 201, 204, 404}
        for answer in answers[:2]:
            if answer.status_code == 201:  # Minted by a rotation that came before the revocation.
                late = Token(answer.json()["token"], cache_id, NEVER, ending=0, dead=next(running.ticks))
                await some_uses(running, running.add(late))
        assert (await admin("GET", path)).status_code == 404


@pytest.mark.parametrize("act", [rotate_and_revoke, delete_caches, everything_at_once])
async def test_nothing_is_let_through(tmp_path: Path, act: Callable[[Race], Awaitable[None]]) -> None:
    running = await race(tmp_path, act)

    assert running.wrongs() == []
    assert any(began > token.dead for token, began, *_ in running.uses), "nobody tried after the end"
    assert any(status in LET_IN for *_, status in running.uses)
