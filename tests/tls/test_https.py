"""A started server over TLS, with the clients that people use."""

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import ADMIN_TOKEN, PRESET, Server, serving
from tests.tls.conftest import Files

HEALTH = "/health/readiness"


@pytest.fixture
def server(tmp_path: Path, files: Files) -> Iterator[Server]:
    settings = {"tls_certificate": files.certificate, "tls_key": files.key}
    with serving(tmp_path / "data", settings=settings, authority=files.authority) as server:
        yield server


def serial_of(connection: http.client.HTTPConnection) -> str:
    assert isinstance(connection.sock, ssl.SSLSocket)
    told = connection.sock.getpeercert()
    assert told is not None
    return str(told["serialNumber"])


def status_of(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", HEALTH)
    response = connection.getresponse()
    response.read()
    return response.status


def test_a_renewal_reaches_new_connections_and_ends_none(server: Server, files: Files) -> None:
    kept = server.connection()
    first = (status_of(kept), serial_of(kept))

    files.renew()
    fresh = server.connection()
    second = (status_of(fresh), serial_of(fresh))
    files.certificate.write_text("broken")
    later = server.connection()
    third = (status_of(later), serial_of(later))
    again = (status_of(kept), serial_of(kept), status_of(fresh))

    assert first[0] == second[0] == third[0] == 200
    assert second[1] != first[1]
    assert third[1] == second[1]
    assert again == (200, first[1], 200)
    server.stop()
    events = [json.loads(line) for line in server.log().splitlines()]
    assert [one["event"] for one in events if "certificate" in one["event"]] == [
        "certificate read",
        "the changed certificate is not used, the former one still is",
    ]
    assert str(files.certificate) in next(one["problem"] for one in events if "problem" in one)


def test_curl_is_answered_and_older_protocols_are_not(server: Server, files: Files) -> None:
    def curl(*options: str) -> subprocess.CompletedProcess[str]:
        command = ["curl", "--silent", "--show-error", "--cacert", str(files.authority), *options]
        return subprocess.run([*command, server.url + HEALTH], capture_output=True, text=True, timeout=60)

    # Without lowering it, the client's own security level would refuse before the server could.
    old = ("--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")

    assert json.loads(curl().stdout)["status"] == "ready"
    assert curl("--tls-max", "1.2").returncode == 0
    assert curl(*old).returncode == 35


def test_plain_http_to_it_is_not_answered(server: Server) -> None:
    plain = http.client.HTTPConnection(server.url.removeprefix("https://"), timeout=30)

    with pytest.raises((http.client.HTTPException, OSError)):
        status_of(plain)


def test_the_command_line_administers_it_with_the_authority_of_the_environment(
    server: Server, files: Files
) -> None:
    command = [sys.executable, "-m", "askonce", "cache", "list", "--json", "--server", server.url]
    environ = {"ASKONCE_ADMIN_TOKEN": ADMIN_TOKEN, "SSL_CERT_FILE": str(files.authority)}

    def run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environ = {**environ, "PYTHONPATH": ":".join(sys.path)}
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)

    known = run(environ)
    unknown = run({"ASKONCE_ADMIN_TOKEN": ADMIN_TOKEN})

    assert [one["cacheId"] for one in json.loads(known.stdout)] == [PRESET.cache_id]
    assert unknown.returncode == 5
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.stderr
