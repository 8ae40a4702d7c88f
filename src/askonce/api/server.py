"""The HTTP API as one ASGI application: every operation there is, and what stands around it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from askonce.api.about import About
from askonce.api.data_plane import DataPlane
from askonce.api.guard import Guard
from askonce.api.health import Health
from askonce.api.limits import Limits
from askonce.api.routes import Operation, Routes
from askonce.ports import Upkeep
from askonce.service.entries import Entries
from askonce.service.gate import Gate
from askonce.service.lookup import Lookup

__all__ = ["Limits", "Services", "build", "operations"]

CACHE = "/v1/caches/{cacheId}"


@dataclass(frozen=True, slots=True)
class Services:
    gate: Gate
    lookup: Lookup
    entries: Entries
    upkeep: Upkeep


def build(services: Services, limits: Limits) -> ASGIApp:
    return Guard(Routes(operations(services, limits)), limits)


def operations(services: Services, limits: Limits) -> Sequence[Operation]:
    """Every call of the API, the most frequent first: paths are tried in this order."""
    calls = DataPlane(services.gate, services.lookup, services.entries, limits)
    health = Health(services.gate, services.upkeep)
    about = About(limits)
    return [
        Operation("POST", f"{CACHE}/entries/search", calls.search),
        Operation("POST", f"{CACHE}/entries", calls.put, is_write=True),
        Operation("DELETE", f"{CACHE}/entries", calls.remove_matching, is_write=True),
        Operation("POST", f"{CACHE}/search", calls.search),
        Operation("POST", f"{CACHE}/conversations/search", calls.search_conversation),
        # `:path`, because the Python client does not encode a slash in an id.
        Operation("DELETE", f"{CACHE}/entries/{{entryId:path}}", calls.remove, is_write=True),
        Operation("POST", f"{CACHE}/flush", calls.flush, is_write=True),
        Operation("GET", f"{CACHE}/health", health.of_cache),
        Operation("GET", "/health", health.is_ready, is_probe=True),
        Operation("GET", "/health/readiness", health.is_ready, is_probe=True),
        Operation("GET", "/health/liveness", health.is_alive, is_probe=True),
        Operation("GET", "/openapi.json", about.openapi),
        Operation("GET", "/docs", about.docs),
    ]
