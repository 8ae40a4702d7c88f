"""Imports point down the floors of docs/architecture.md, and each library has one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "askonce"
FLOORS = {
    "__init__": 0,
    "errors": 0,
    "forms": 0,
    "settings": 0,
    "model": 1,
    "ports": 2,
    "inference": 2,
    "engine": 3,
    "embed": 3,
    "judge": 3,
    "telemetry": 3,
    "service": 4,
    "api": 5,
    "transfer": 5,
    "tune": 5,
    "ready": 5,
    "tls": 5,
    "opening": 5,
    "serving": 6,
    "app": 6,
    "embedders": 6,
    "welcome": 6,
    "cli_options": 6,
    "cli_measure": 7,
    "talk": 6,
    "diagnosis": 7,
    "commands": 7,
    "cli": 8,
    "__main__": 9,
}
# `service/first_start.py` and others above name rooms of floor 3 only through `ports`.
ADAPTERS = {"engine", "embed", "judge"}
HOMES = {
    "sqlite3": {"engine", "transfer", "tune"},
    "turbovec": {"engine"},
    "pyroaring": {"engine"},
    "redis": {"engine"},
    "hiredis": {"engine"},
    "onnxruntime": {"inference"},
    "tokenizers": {"inference"},
    "httpx2": {"embed"},
    "tenacity": {"embed"},
    "starlette": {"api"},
    "msgspec": {"api", "embed", "inference", "telemetry"},
    "uvicorn": {"serving"},
    "uvloop": {"app"},
    "click": {"cli", "cli_measure", "cli_options", "commands"},
}
PURE_ROOMS = {"errors", "model"}
IMPURE_MODULES = {
    "os",
    "time",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "numpy",
    "asyncio",
    "threading",
    "pathlib",
}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported_by(path: Path) -> set[str]:
    parts = (name.split(".") for name in imports_of(path))
    return {part[1] if len(part) > 1 else "__init__" for part in parts if part[0] == "askonce"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)

    for imported in rooms_imported_by(path) - {room}:
        floor = FLOORS.get(imported, 0)  # A name of askonce/__init__.py itself.
        assert floor <= FLOORS[room], f"{room} (floor {FLOORS[room]}) imports {imported} (floor {floor})"
        assert floor < FLOORS[room] or floor == 0 or room in {"app", "welcome", "talk"}, (
            f"{room} imports its peer {imported}"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_composition_root_names_an_adapter(path: Path) -> None:
    # The others are parts of the first, for its length.
    if room_of(path) in ADAPTERS | {"app", "diagnosis", "embedders", "opening"}:
        return

    assert not rooms_imported_by(path) & ADAPTERS


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_each_library_has_one_home(path: Path) -> None:
    for name in imports_of(path):
        home = HOMES.get(name.split(".")[0])
        assert home is None or room_of(path) in home, f"{name} belongs to {home}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_model_is_pure(path: Path) -> None:
    if room_of(path) not in PURE_ROOMS:
        return

    assert not {name.split(".")[0] for name in imports_of(path)} & IMPURE_MODULES


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in modules()} <= FLOORS.keys()
