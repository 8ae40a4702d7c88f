"""Where what is deployed lies, and what it must agree with."""

import re
import shutil
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from askonce.settings import Settings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "askonce"
DATA_UID = 10001
SETTINGS = {one.name for one in fields(Settings)}


def tool(name: str, comes_with: str) -> str:
    """The path of a program. Without it the test is skipped, and says what was not looked at."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"NOT LINTED: there is no {name} here; it comes with {comes_with}")
    return found


def settings_named_in(text: str) -> set[str]:
    """The settings whose variables a file names; `ASKONCE_CONFIG` is none."""
    return {name.lower() for name in re.findall(r"\bASKONCE_([A-Z_]+)\b", text)} - {"config"}
