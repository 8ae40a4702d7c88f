"""The one way texts become ids and tokens, so that no two different questions ever share one."""

from hashlib import blake2b

DIGEST_BYTES = 16  # 128 bits: the 32 hex characters of a LangCache id, and collisions out of reach.


def digest_of(purpose: str, *parts: str) -> bytes:
    """16 bytes that differ by purpose and by parts: a part is preceded by its length, so ("ab", "c") and
    ("a", "bc") do not read the same. `purpose` is 1 to 16 ASCII characters.
    """
    digest = blake2b(digest_size=DIGEST_BYTES, person=purpose.encode("ascii"))
    for part in parts:
        encoded = part.encode("utf-8")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()
