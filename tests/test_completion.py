"""Shell completion, as a shell uses it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# What readline does at a press of TAB behind `askonce <words>`.
PRESS_TAB = """
eval "$(askonce completion bash)"
completes=$(complete -p askonce | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
COMP_WORDS=(askonce "$@")
COMP_CWORD=$#
"$completes" askonce
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    command = tmp_path / "askonce"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m askonce "$@"\n')
    command.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": ":".join(sys.path)}


def completed(environ: dict[str, str], *words: str) -> set[str]:
    bash = ["bash", "--norc", "-c", PRESS_TAB, "bash", *words]
    done = subprocess.run(bash, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_bash_completes_commands_and_options(environ: dict[str, str]) -> None:
    assert completed(environ, "do") == {"doctor"}
    assert completed(environ, "cache", "") >= {"create", "list", "delete"}
    assert completed(environ, "serve", "--tls-") == {"--tls-certificate", "--tls-key"}
    assert completed(environ, "completion", "") == {"bash", "zsh", "fish"}


@pytest.mark.parametrize(("shell", "syntax"), [("zsh", ["-n"]), ("fish", ["--no-execute"])])
def test_the_scripts_of_other_shells_are_of_their_language(
    environ: dict[str, str], tmp_path: Path, shell: str, syntax: list[str]
) -> None:
    script = subprocess.run(
        ["askonce", "completion", shell], env=environ, capture_output=True, text=True, timeout=60
    ).stdout

    assert f"_ASKONCE_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here: its script is not parsed by it")
    (tmp_path / "script").write_text(script)
    parsed = subprocess.run([shell, *syntax, tmp_path / "script"], capture_output=True, text=True)
    assert (parsed.returncode, parsed.stderr) == (0, "")
