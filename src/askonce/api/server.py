"""The HTTP API as one ASGI application: every operation there is, and what stands around it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from askonce.api.about import About
from askonce.api.administration import AdminCalls, Administration
from askonce.api.control import CACHE
from askonce.api.data_plane import DataPlane
from askonce.api.entries import ENTRY
from askonce.api.guard import DIRECT, Front, Guard
from askonce.api.health import Health
from askonce.api.limits import Limits
from askonce.api.routes import Operation, Routes
from askonce.model.cache import DEFAULT_DATABASE
from askonce.ports import Upkeep
from askonce.service.entries import Entries
from askonce.service.gate import Gate
from askonce.service.lookup import Lookup
from askonce.settings import BUNDLED_EMBEDDER

__all__ = ["DIRECT", "Administration", "Front", "Limits", "Services", "build", "operations"]


@dataclass(frozen=True, slots=True)
class Services:
    gate: Gate
    lookup: Lookup
    entries: Entries
    upkeep: Upkeep
    administration: Administration | None = None  # None: the data plane alone.


def build(services: Services, limits: Limits, front: Front = DIRECT) -> ASGIApp:
    return Guard(Routes(operations(services, limits)), limits, front)


def operations(services: Services, limits: Limits) -> Sequence[Operation]:
    """Every call of the API, the most frequent first: paths are tried in this order."""
    calls = DataPlane(services.gate, services.lookup, services.entries, limits)
    health = Health(services.gate, services.upkeep)
    office = services.administration
    embedders = (BUNDLED_EMBEDDER,) if office is None else sorted(office.control.embedders)
    databases = (DEFAULT_DATABASE,) if office is None else list(office.control.databases)
    about = About(limits, embedders, databases)
    administration: Sequence[Operation] = ()
    deletion = Operation("DELETE", f"{CACHE}/entries", calls.remove_matching, is_write=True)
    # `:path`, because the Python client does not encode a slash in an id.
    one_deletion = Operation("DELETE", ENTRY, calls.remove, is_write=True)
    if services.administration is not None:
        admin_calls = AdminCalls(services.administration, services.gate, limits)
        administration = admin_calls.operations()
        deletion = admin_calls.entries_deleted(by_key=calls.remove_matching)
        one_deletion = admin_calls.entry_deleted(by_key=calls.remove)
    return [
        Operation("POST", f"{CACHE}/entries/search", calls.search),
        Operation("POST", f"{CACHE}/entries", calls.put, is_write=True),
        deletion,
        Operation("POST", f"{CACHE}/search", calls.search),
        Operation("POST", f"{CACHE}/conversations/search", calls.search_conversation),
        one_deletion,
        Operation("POST", f"{CACHE}/flush", calls.flush, is_write=True),
        Operation("GET", f"{CACHE}/health", health.of_cache),
        *administration,
        Operation("GET", "/health", health.is_ready, is_probe=True),
        Operation("GET", "/health/readiness", health.is_ready, is_probe=True),
        Operation("GET", "/health/liveness", health.is_alive, is_probe=True),
        Operation("GET", "/openapi.json", about.openapi),
        Operation("GET", "/docs", about.docs),
    ]
