"""When keys and caches were last used survives a restart, and never goes back."""

from pathlib import Path

from askonce.engine.embedded.usage import EmbeddedUsage
from askonce.service.usage import Usage


async def test_what_was_kept_is_known_again(tmp_path: Path) -> None:
    usage = Usage({"a": 1})
    usage.note("b", 5)
    await usage.keep_in(EmbeddedUsage.open(tmp_path / "usage.db"))

    again = Usage(await EmbeddedUsage.open(tmp_path / "usage.db").last_used())

    assert (again.last_used_ms("b"), again.last_used_ms("none")) == (5, None)


async def test_only_what_is_new_is_written_and_an_older_time_never_wins(tmp_path: Path) -> None:
    store = EmbeddedUsage.open(tmp_path / "usage.db")
    usage = Usage({})
    usage.note("a", 9)
    await usage.keep_in(store)
    await store.keep({"a": 12})
    await usage.keep_in(store)
    await store.keep({"a": 3})

    assert await store.last_used() == {"a": 12}
