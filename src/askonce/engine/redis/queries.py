"""Commands of the query engine, and how their replies read (RESP2).

Tokens are digests in hexadecimal, so no value of a user is ever part of a query and none needs escaping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askonce.engine.redis.connection import Argument, Command, Reply
from askonce.engine.redis.options import Index
from askonce.engine.redis.rows import ALONE, IN_CONTEXT, STORED
from askonce.ports import Vector

EVERYTHING = "*"
_DISTANCE = "distance"
# M and the width of the search while building: RedisVL's and RediSearch's defaults, not measured by us.
_HNSW = ("M", "16", "EF_CONSTRUCTION", "200")


@dataclass(frozen=True, slots=True)
class Row:
    """`fields` of None: Redis knows that the entry is over and has not yet taken it out of the index."""

    key: bytes
    fields: Sequence[bytes] | None
    distance: float | None


def create(index: str, prefix: str, dimensions: int, kind: Index, *, scans: bool) -> Command:
    """`scans`: take in what is there already, in the background; Redis looks at every key that it holds."""
    command: list[Argument] = ["FT.CREATE", index, "ON", "HASH", "PREFIX", 1, prefix]
    command += ["NOOFFSETS", "NOHL", "NOFIELDS", "NOFREQS", "STOPWORDS", 0]
    if not scans:
        command.append("SKIPINITIALSCAN")
    command += ["SCHEMA", "tokens", "TAG", "seq", "NUMERIC", "SORTABLE", "expires", "NUMERIC"]
    if dimensions:
        for field in (ALONE, IN_CONTEXT):
            command += [field, "VECTOR", *_vector_index(dimensions, kind)]
    return command


def _vector_index(dimensions: int, kind: Index) -> Sequence[Argument]:
    described: list[Argument] = ["TYPE", "FLOAT32", "DIM", dimensions, "DISTANCE_METRIC", "COSINE"]
    if kind is Index.HNSW:
        described += _HNSW
    return (kind.name, len(described), *described)


def drop(index: str) -> Command:
    """Without the entries, of which Redis would delete all at once."""
    return ("FT.DROPINDEX", index)


def carrying(tokens: Sequence[bytes]) -> str:
    """The entries that carry every one of `tokens`."""
    return " ".join(f"@tokens:{{{token.hex()}}}" for token in tokens) or EVERYTHING


def put_up_to(seq: int) -> str:
    return f"@seq:[-inf {seq}]"


def put_between(first: int, last: int) -> str:
    return f"@seq:[{first} {last}]"


def newest(index: str, query: str, count: int) -> Command:
    returned = ("RETURN", len(STORED), *STORED)
    return ("FT.SEARCH", index, query, *returned, "SORTBY", "seq", "DESC", "LIMIT", 0, count, "DIALECT", 2)


def places(index: str, query: str, count: int, *, is_descending: bool) -> Command:
    """Only where they stand in the order of writing."""
    order = "DESC" if is_descending else "ASC"
    limits = ("SORTBY", "seq", order, "LIMIT", 0, count, "DIALECT", 2)
    return ("FT.SEARCH", index, query, "RETURN", 1, "seq", *limits)


def nearest(index: str, field: str, query: str, vector: Vector, count: int) -> Command:
    returned = ("RETURN", len(STORED) + 2, _DISTANCE, field, *STORED)
    within = query if query == EVERYTHING else f"({query})"
    knn = f"{within}=>[KNN {count} @{field} $asked AS {_DISTANCE}]"
    asked = ("PARAMS", 2, "asked", vector.astype("<f4").tobytes())
    return ("FT.SEARCH", index, knn, *asked, *returned, "LIMIT", 0, count, "DIALECT", 2)


def some_keys(index: str, query: str, offset: int, count: int) -> Command:
    """In no order, so that Redis stops once it has enough; a search would look at every match first."""
    return ("FT.AGGREGATE", index, query, "LOAD", 1, "@__key", "LIMIT", offset, count, "DIALECT", 2)


def describe(index: str) -> Command:
    return ("FT.INFO", index)


def read_found(reply: Reply) -> tuple[int, list[Row]]:
    """How many entries the index proposes in all, and those that were returned."""
    rows = []
    for key, fields in zip(reply[1::2], reply[2::2], strict=True):
        distance = None if fields is None else _pairs(fields).get(_DISTANCE.encode())
        rows.append(Row(key, fields, None if distance is None else float(distance)))
    return int(reply[0]), rows


def read_keys(reply: Reply) -> tuple[list[str], int]:
    """The keys, and how many entries there are beside them that are over and have none any more."""
    keys = [row[1].decode() for row in reply[1:] if row]
    return keys, len(reply) - 1 - len(keys)


def read_description(reply: Reply) -> tuple[int, bool]:
    """Entries in the index, and whether it still takes in what was there before it."""
    pairs = dict(zip(reply[::2], reply[1::2], strict=True))
    return int(pairs[b"num_docs"]), bool(int(pairs[b"indexing"]))


def _pairs(flat: Sequence[bytes]) -> Mapping[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
