"""The published clients, installed from their registries, each in an environment of its own: `.clients/`.

Invariant: an environment with a stamp is whole, and is the one its name and stamp say. It is made once, under
a file lock, by whichever test process comes first; the stamp is written last, so that an installation that
was cut short is thrown away and made again.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".clients"
JAVASCRIPT = Path(__file__).parent / "js"
INSTALL_TIMEOUT_S = 600  # LangChain alone brings 170 MB, over whatever line CI has.


def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of a private environment that holds `requirements` and what they ask for."""

    def install(folder: Path) -> None:
        # Our own pip installs into it: one without pip is made in a tenth of the time.
        venv.create(folder, with_pip=False, symlinks=True)
        _run(
            sys.executable, "-m", "pip", "--python", str(_python(folder)), "install", "--quiet", *requirements
        )

    stamp = "\n".join([sys.version, *requirements])
    return _python(_installed(name, stamp, install))


def javascript_folder() -> Path:
    """A folder with the JavaScript client in `node_modules`, as `js/package-lock.json` pins it."""
    manifests = [JAVASCRIPT / "package.json", JAVASCRIPT / "package-lock.json"]

    def install(folder: Path) -> None:
        folder.mkdir()
        for manifest in manifests:
            shutil.copy(manifest, folder)
        _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)

    stamp = "\n".join(manifest.read_text(encoding="utf-8") for manifest in manifests)
    return _installed("js", stamp, install)


def clean_environment() -> dict[str, str]:
    """The environment of a client: no proxy between it and our server, nothing that presets it."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def _installed(name: str, stamp: str, install: Callable[[Path], None]) -> Path:
    folder = CLIENTS / name
    stamp_file = CLIENTS / f"{name}.stamp"
    CLIENTS.mkdir(exist_ok=True)
    with _locked(CLIENTS / f"{name}.lock"):
        if stamp_file.exists() and stamp_file.read_text(encoding="utf-8") == stamp:
            return folder
        stamp_file.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        install(folder)
        stamp_file.write_text(stamp, encoding="utf-8")
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _run(*command: str, cwd: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
