"""The composition root: the only place that names an engine, an embedder and an event loop.

Order of a start: settings, certificate, socket (a taken port is told before anything is opened), engine (its
lock), catalog, embedders, first start, then requests. A stop runs it backwards.
"""

import asyncio
import getpass
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import uvloop

from askonce.api.inside import Inside
from askonce.api.server import Administration, Services
from askonce.embedders import LateVectors, embedders_of, fingerprints
from askonce.engine.embedded import backup
from askonce.engine.embedded.backup import BackupReport
from askonce.engine.embedded.check import CheckReport, merged
from askonce.engine.embedded.database import Durability
from askonce.engine.embedded.engine import EmbeddedEngine
from askonce.engine.embedded.offline import OfflineInventory
from askonce.engine.similarity import similarities
from askonce.errors import StartRefused, UnknownCache
from askonce.inference.workers import Workers
from askonce.judge.cross_encoder import CrossEncoder
from askonce.judge.panel import Panel
from askonce.model.audit import Caller
from askonce.model.cache import DEFAULT_DATABASE
from askonce.opening import KeptCatalog, catalog_of, databases_of, engines_of, redis_engines
from askonce.ports import UsageStore
from askonce.service.caches import Caches
from askonce.service.control import Control, clear_dropped, clear_dropped_for_ever
from askonce.service.embedding import Embedding
from askonce.service.engines import Holder, Inventories
from askonce.service.entries import Entries
from askonce.service.first_start import FirstStart, Presets, Welcome, refuse_other_embedders
from askonce.service.gate import Gate
from askonce.service.keys import Keys
from askonce.service.lookup import Lookup
from askonce.service.stock import Stock, Vectors
from askonce.service.upkeep import sweep_for_ever
from askonce.service.usage import Usage, keep_usage_for_ever
from askonce.serving import Server, limits_of, listener_of, url_of
from askonce.settings import Settings
from askonce.telemetry import logs
from askonce.telemetry.near_misses import FOLDER as NEAR_MISS_FOLDER
from askonce.telemetry.near_misses import KeptNearMiss, NearMisses, read_near_misses
from askonce.tls import certificate_of
from askonce.tune.instruments import Instruments

log = logging.getLogger(__name__)

Announce = Callable[[str, Welcome], None]  # Called once requests are answered, with the server's URL.

KEEP_USAGE_INTERVAL_S = 10.0  # What a crash may lose of "last used", which people read by the day.
CLEAR_INTERVAL_S = 10.0  # A set that outlives its cache is rare, harms nobody, and may wait for its end.


# A measurement is to tell what the judge thinks, not how busy the machine is.
MEASURING_TIMEOUT_S = 120


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Office:
    """What administers caches and keys, beside a running server too; only what changes entries needs the
    directory for itself.
    """

    catalog: KeptCatalog
    usage_store: UsageStore
    caches: Caches
    inside: Inside  # Every administrative call, as a server would answer it.


def serve(settings: Settings, environ: Mapping[str, str], announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT. Raises `StartRefused`."""
    _on_stop_signals(lambda: sys.exit(0))  # Until requests are answered there is nothing to finish.
    logs.configure(settings.log_format, settings.log_level)
    _keep_libraries_to_their_thread()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, environ, announce))


async def check(settings: Settings) -> CheckReport:
    """Every store held against its index. Raises `DataInUse` while a server runs on the same directory."""
    _refuse_missing(settings)
    now_ms, reports = SystemClock().now_ms(), []
    if not settings.catalog:
        with closing(_engine(settings)) as engine:
            reports.append(await engine.check(now_ms))
    async with redis_engines(settings, os.environ) as others:
        reports += [await other.check(now_ms) for other in others.values()]
    return merged(reports)


def back_up(settings: Settings, target: Path) -> BackupReport:
    """Beside a running server or without one. Raises `BackupRefused`."""
    return backup.back_up(settings.data, target)


def restore(settings: Settings, source: Path) -> BackupReport:
    return backup.restore(source, settings.data)


async def near_misses(settings: Settings, cache_id: str) -> list[KeptNearMiss]:
    """What was kept of the cache, oldest first. Raises `UnknownCache`."""
    _refuse_missing(settings)
    async with office(settings, os.environ) as opened:
        if await opened.catalog.find_cache(cache_id) is None:
            raise UnknownCache(cache_id)
    return read_near_misses(settings.data / NEAR_MISS_FOLDER, cache_id, settings.near_miss_entries)


async def _serve(settings: Settings, environ: Mapping[str, str], announce: Announce) -> None:
    presets = Presets(settings.admin_token, settings.cache_id, settings.api_key)
    presets.check()
    certificate = certificate_of(settings.tls_certificate, settings.tls_key)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listener_of(settings))
        # Where the catalog is shared, so is the default engine, and nothing is kept here.
        embedded = None if settings.catalog else stack.enter_context(closing(_engine(settings)))
        opened = await stack.enter_async_context(office(settings, environ))
        engine = await stack.enter_async_context(engines_of(settings, embedded, environ, opened.catalog))
        workers = stack.enter_context(closing(Workers(settings.embed_threads)))
        embedders = await stack.enter_async_context(embedders_of(settings, environ, workers))
        judge = Panel(CrossEncoder(workers), timeout_s=settings.judge_timeout_ms / 1_000)
        await refuse_other_embedders(opened.catalog, opened.caches)
        welcome = await FirstStart(opened.catalog, opened.catalog, opened.caches).prepare(presets)
        near_misses = _near_miss_log(settings)
        stack.push_async_callback(near_misses.close)
        embedding = Embedding(embedders, timeout_s=settings.embed_timeout_ms / 1_000)
        usage = Usage(await opened.usage_store.last_used())
        await clear_dropped(opened.catalog, engine)
        administration = _administration(opened.catalog, opened.caches, engine, embedding, usage, near_misses)
        services = Services(
            gate=Gate(opened.catalog, clock, usage),
            lookup=Lookup(engine, embedding, judge, clock, near_misses),
            entries=Entries(engine, embedding, clock, near_misses),
            upkeep=engine,
            administration=administration,
        )
        for work in (
            sweep_for_ever(engine, opened.catalog, clock, interval_s=settings.sweep_interval_ms / 1_000),
            clear_dropped_for_ever(opened.catalog, engine, interval_s=CLEAR_INTERVAL_S),
            keep_usage_for_ever(usage, opened.usage_store, interval_s=KEEP_USAGE_INTERVAL_S),
            near_misses.keep_for_ever(),
        ):
            stack.push_async_callback(_cancel, asyncio.create_task(work))
        url = url_of(listener, is_tls=certificate is not None)
        server = Server(settings, services, certificate, lambda: announce(url, welcome))
        # uvicorn takes the signals over and, when it has finished what was under way, raises them again: with
        # their usual handlers that would end the process with -15, not 0.
        _on_stop_signals(server.stop)
        await server.serve(sockets=[listener])
    log.info("stopped")


@asynccontextmanager
async def instruments(
    settings: Settings, environ: Mapping[str, str], embedder: str
) -> AsyncIterator[Instruments]:
    """What a measurement is made with; `embedder` is a name of the settings."""
    _keep_libraries_to_their_thread()
    async with AsyncExitStack() as stack:
        workers = stack.enter_context(closing(Workers(settings.embed_threads)))
        embedders = await stack.enter_async_context(embedders_of(settings, environ, workers))
        if embedder not in embedders:
            raise StartRefused(f"There is no embedder {embedder!r}. Known: {', '.join(sorted(embedders))}.")
        model = CrossEncoder(workers)
        judge = Panel(model, timeout_s=MEASURING_TIMEOUT_S)
        yield Instruments(embedders[embedder], judge, f"{model.name}, {model.digest[:12]}", similarities)


def _administration(
    catalog: KeptCatalog,
    caches: Caches,
    holder: Holder,
    vectors: Vectors,
    usage: Usage,
    near_misses: NearMisses,
) -> Administration:
    clock = SystemClock()
    return Administration(
        control=Control(catalog, catalog, caches, holder, usage, clock, near_misses),
        keys=Keys(catalog, catalog, clock),
        admins=Keys(catalog, catalog, clock, is_admin=True),
        usage=usage,
        stock=Stock(catalog, catalog, holder, vectors, clock),
    )


def _keep_libraries_to_their_thread() -> None:
    """Read by turbovec and tokenizers when they first work. A request uses the core it runs on: sharing a
    text or a scan among threads gains nothing where other requests want the other cores, and costs a tenth of
    the throughput (docs/decisions/0007).
    """
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@asynccontextmanager
async def office(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[Office]:
    """For administrative work on the data directory, beside a running server or without one."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        catalog, usage_store = await stack.enter_async_context(catalog_of(settings, environ))
        others = await stack.enter_async_context(redis_engines(settings, environ))
        clock = SystemClock()
        caches = Caches(catalog, catalog, fingerprints(settings), clock, databases_of(settings))
        usage = Usage(await usage_store.last_used())
        kept: dict[str, Holder] = {**others}
        if settings.catalog:
            kept[DEFAULT_DATABASE] = others[settings.catalog]
        else:
            kept[DEFAULT_DATABASE] = stack.enter_context(closing(OfflineInventory(settings.data, clock)))
        vectors = LateVectors(settings, environ, stack)
        near_misses = _near_miss_log(settings)
        stack.push_async_callback(near_misses.close)
        holder = Inventories(kept, catalog)
        administration = _administration(catalog, caches, holder, vectors, usage, near_misses)
        inside = Inside(administration, Caller(f"command line {getpass.getuser()}"), limits_of(settings))
        yield Office(catalog, usage_store, caches, inside)


def _near_miss_log(settings: Settings) -> NearMisses:
    folder, most = settings.data / NEAR_MISS_FOLDER, settings.near_miss_entries
    return NearMisses(folder, settings.near_miss_log, most, SystemClock())


def _engine(settings: Settings) -> EmbeddedEngine:
    durability = Durability(settings.durability)
    return EmbeddedEngine.open(settings.data, now_ms=SystemClock().now_ms(), durability=durability)


def _refuse_missing(settings: Settings) -> None:
    if not settings.data.is_dir():
        raise StartRefused(f"There is no data directory {settings.data}.")


def _on_stop_signals(act: Callable[[], None]) -> None:
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda *_: act())


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
