"""How one Redis is reached and used: what the settings `[engines.NAME]` come to."""

from dataclasses import dataclass, field
from enum import StrEnum


class Index(StrEnum):
    """FLAT compares with every vector and misses nothing; HNSW walks a graph, and may."""

    FLAT = "flat"
    HNSW = "hnsw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`url` as `pools.py` reads it."""

    url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)  # In place of the URL's.
    ca_file: str | None = None
    key_prefix: str = "askonce"
    index: Index = Index.FLAT
    timeout_s: float = 1.0  # For one request to Redis, with its retries and the wait for a connection.
    retries: int = 2
    connections: int = 64
