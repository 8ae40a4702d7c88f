"""`askonce doctor` on set-ups that are whole and on such that are not."""

import datetime
import json
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.embed.local_endpoint import LocalEndpoint
from tests.support.server import serving

from askonce import cli, diagnosis
from askonce.embed.bundled import FOLDER, BundledEmbedder
from askonce.tls import context_of, end_of

Findings = Sequence[Mapping[str, Any]]
Doctor = Callable[..., tuple[int, Findings]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs it in an empty working directory; its exit code and what it found."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, Findings]:
        monkeypatch.setattr("sys.argv", ["askonce", "doctor", "--json", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(str(end.value.code)), json.loads(capsys.readouterr().out)

    return run


def wrong(findings: Findings) -> list[str]:
    return [f"{one['subject']}: {one['told']}" for one in findings if one["weight"] == "wrong"]


def noted(findings: Findings) -> list[str]:
    return [f"{one['subject']}: {one['told']}" for one in findings if one["weight"] == "notice"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_nothing_is_wrong_with_a_server_that_runs_nor_after_it_has_stopped(
    tmp_path: Path, doctor: Doctor
) -> None:
    data = tmp_path / "data"
    with serving(data) as server:
        port = server.url.rpartition(":")[2]
        running = doctor("--data", data, "--port", port)
        elsewhere = doctor("--data", data, "--port", free_port())
    stopped = doctor("--data", data, "--port", port)

    assert (running[0], wrong(running[1])) == (0, [])
    assert f"process {server.pid}, is ready" in str(running[1])
    assert elsewhere[0] == 1
    assert [f"Process {server.pid}" in one for one in wrong(elsewhere[1])] == [True]
    assert (stopped[0], wrong(stopped[1])) == (0, [])
    assert {one["subject"] for one in stopped[1]} >= {
        "settings",
        "data",
        "database",
        "caches",
        "port",
        "models",
    }


def test_everything_that_is_wrong_is_told_at_once(
    tmp_path: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "multiplies_int8_exactly", lambda: False)
    damaged = tmp_path / "model"
    shutil.copytree(FOLDER, damaged)
    (damaged / "model.onnx").write_bytes(b"not a model")
    monkeypatch.setattr(diagnosis, "BundledEmbedder", partial(BundledEmbedder, folder=damaged))
    (tmp_path / "certificate.pem").write_text("not a certificate")
    dead = f"http://127.0.0.1:{free_port()}/v1"
    with socket.create_server(("127.0.0.1", 0)) as taken, LocalEndpoint() as alive:
        port = taken.getsockname()[1]
        (tmp_path / "askonce.toml").write_text(f"""
            port = {port}
            tls_certificate = "certificate.pem"
            api_key = "short"
            [embedders.alive]
            base_url = "{alive.base_url}"
            model = "toy"
            dimensions = 4
            [embedders.dead]
            base_url = "{dead}"
            model = "toy"
            dimensions = 4
            retries = 0
            [embedders.locked]
            base_url = "{alive.base_url}"
            model = "toy"
            dimensions = 4
            api_key_env = "NO_SUCH_VARIABLE"
            """)
        code, findings = doctor()

    assert code == 1
    told = wrong(findings)
    for subject, words in {
        "settings": "16 to 512",
        "port": f"port {port}",
        "tls": "certificate.pem",
        "models": "Reinstall askonce",
        "embedder dead": dead,
        "embedder locked": "NO_SUCH_VARIABLE",
    }.items():
        assert [words in one for one in told if one.startswith(f"{subject}: ")] == [True], subject
    assert len(told) == 6
    assert [one.split(":")[0] for one in noted(findings)] == ["data", "processor"]
    assert not (tmp_path / "askonce-data").exists()


def test_a_cache_of_another_model_is_wrong(tmp_path: Path, doctor: Doctor) -> None:
    (tmp_path / "one.toml").write_text(
        '[embedders.e]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\ndimensions = 4\nretries = 0\n'
    )
    data = tmp_path / "data"
    with serving(data, config=tmp_path / "one.toml") as server:
        server.create_cache("remote", "--embedder", "e")

    code, findings = doctor("--data", data, "--port", free_port())

    assert code == 1
    assert ["start with the embedder" in one for one in wrong(findings)] == [True]


def test_settings_that_can_not_be_read_are_the_one_thing_told(doctor: Doctor) -> None:
    code, findings = doctor("--port", "many")

    assert code == 1
    assert [one["subject"] for one in findings] == ["settings"]
    assert "whole number" in findings[0]["told"]


@pytest.mark.parametrize(("days", "weight"), [(400, "fine"), (13, "notice"), (-1, "wrong")])
def test_a_certificate_is_told_before_it_ends(tmp_path: Path, doctor: Doctor, days: int, weight: str) -> None:
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days, hours=1)
    file = tmp_path / "both.pem"
    issued = trustme.CA().issue_cert("localhost", not_after=ends, not_before=ends - datetime.timedelta(900))
    issued.private_key_and_cert_chain_pem.write_to_path(str(file))
    file.chmod(0o600)

    code, findings = doctor("--tls-certificate", file, "--port", 0)

    assert [one["weight"] for one in findings if one["subject"] == "tls"] == [weight]
    assert code == int(weight == "wrong")
    if weight != "wrong":
        assert abs(end_of(file, context_of(file, file)) - ends.timestamp()) < 2


def test_a_key_that_everyone_may_read_and_a_plain_port_to_the_world_are_noted(
    tmp_path: Path, doctor: Doctor
) -> None:
    file = tmp_path / "both.pem"
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(file))
    file.chmod(0o644)

    _, with_tls = doctor("--tls-certificate", file, "--port", 0, "--host", "0.0.0.0")
    _, without = doctor("--port", 0, "--host", "0.0.0.0")

    assert any("chmod o-rwx" in one for one in noted(with_tls))
    assert any("without TLS" in one for one in noted(without))


def test_people_get_a_line_for_each_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["askonce", "doctor", "--log-level", "loud"])
    with pytest.raises(SystemExit):
        cli.main()

    assert capsys.readouterr().out.startswith("wrong   settings: Setting 'log_level'")
