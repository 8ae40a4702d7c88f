"""The files of a bundled model, read once and checked against the digests of their manifest."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from askonce.errors import BadModelFile


class Manifest(msgspec.Struct, frozen=True):
    """`window` counts tokens, the model's own among them; `sha256` goes by file name."""

    name: str
    window: int
    sha256: dict[str, str]
    dimensions: int = 0  # Of an embedder's vector.


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The bytes that were checked: what is run is not read a second time."""

    manifest: Manifest
    model: bytes
    tokenizer: bytes


def read_checked(folder: Path) -> ModelFiles:
    """Raises `BadModelFile`, which names the file and the way out."""
    try:
        manifest = msgspec.json.decode(_read(folder / "manifest.json"), type=Manifest)
    except msgspec.DecodeError as error:
        raise _bad(folder / "manifest.json", f"does not read as a manifest ({error})") from None
    return ModelFiles(
        manifest,
        model=_checked(folder / "model.onnx", manifest),
        tokenizer=_checked(folder / "tokenizer.json", manifest),
    )


def _checked(path: Path, manifest: Manifest) -> bytes:
    content = _read(path)
    if sha256(content).hexdigest() != manifest.sha256.get(path.name):
        raise _bad(path, "is not the one that this version was built with")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _bad(path, f"can not be read ({error.strerror})") from None


def _bad(path: Path, problem: str) -> BadModelFile:
    return BadModelFile(f"The model file {path} {problem}. Reinstall askonce to get it back.")
