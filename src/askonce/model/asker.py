"""Whose work is being done: the cache of the present request, so that what is scarce can be shared fairly.

A context variable, because it goes with a request through rooms that know nothing of caches.
"""

from contextvars import ContextVar

ASKER: ContextVar[str] = ContextVar("askonce_asker", default="")
