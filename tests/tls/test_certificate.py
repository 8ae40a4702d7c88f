"""The certificate of each new connection is the last one that could be read."""

import logging
import os
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from tests.tls.conftest import NAMES, Files

from askonce.errors import BadSetting, StartRefused
from askonce.tls import Certificate, certificate_of


def serial_shown(certificate: Certificate, files: Files, name: str | None = "localhost") -> str:
    """The serial number that a client sees, which trusts the authority alone."""
    trusting = ssl.create_default_context(cafile=files.authority)
    trusting.check_hostname = name is not None
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    told = client.getpeercert()
    assert told is not None
    return str(told["serialNumber"])


def test_a_client_sees_the_certificate_whether_it_names_the_server_or_not(files: Files) -> None:
    certificate = Certificate(files.certificate, files.key)

    assert serial_shown(certificate, files) == serial_shown(certificate, files, name=None)


@pytest.mark.parametrize("name", ["localhost", None])
def test_a_renewed_certificate_is_shown_to_the_next_connection(files: Files, name: str | None) -> None:
    certificate = Certificate(files.certificate, files.key)
    before = serial_shown(certificate, files, name)

    files.renew()

    after = serial_shown(certificate, files, name)
    assert after != before
    assert serial_shown(certificate, files, name) == after


def test_a_link_that_is_turned_to_other_files_counts_as_a_change(files: Files, tmp_path: Path) -> None:
    """As Kubernetes renews a mounted secret."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    folder = tmp_path / "current"
    for name in ("first", "second"):
        files.renew()
        for file in (files.certificate, files.key):
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
    folder.symlink_to("first")
    certificate = Certificate(folder / files.certificate.name, folder / files.key.name)
    before = serial_shown(certificate, files)

    (tmp_path / "turned").symlink_to("second")
    os.replace(tmp_path / "turned", folder)  # noqa: PTH105  # Of a link, not of what it leads to.

    assert serial_shown(certificate, files) != before


@pytest.mark.parametrize("broken", ["no certificate", "half of it", "another's key", "gone"])
def test_a_broken_file_changes_nothing_and_is_logged_once(
    files: Files, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "askonce.tls")
    certificate = Certificate(files.certificate, files.key)
    before = serial_shown(certificate, files)

    if broken == "no certificate":
        files.certificate.write_text("not a certificate")
    elif broken == "half of it":
        files.certificate.write_bytes(files.certificate.read_bytes()[:300])
    elif broken == "another's key":
        files.key.write_bytes(files.signer.issue_cert(*NAMES).private_key_pem.bytes())
    else:
        files.key.unlink()
    kept = [serial_shown(certificate, files) for _ in range(3)]
    files.renew()
    mended = serial_shown(certificate, files)

    assert kept == [before] * 3
    assert mended != before
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_certificate_and_key_may_share_a_file(files: Files, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    files.signer.issue_cert(*NAMES).private_key_and_cert_chain_pem.write_to_path(str(both))

    assert serial_shown(Certificate(both, None), files)


def test_an_older_protocol_is_refused(files: Files) -> None:
    context = Certificate(files.certificate, files.key).context

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("certificate", "key", "problem"),
    [
        ("gone.pem", "key.pem", r"gone\.pem can not be read: No such file"),
        ("certificate.pem", "gone.pem", r"gone\.pem can not be read"),
        ("certificate.pem", "key-of-another.pem", "the key is not that of the certificate"),
        ("key.pem", "key.pem", "not PEM that OpenSSL can use"),
        ("certificate.pem", "locked.pem", r"locked\.pem is encrypted"),
    ],
)
def test_files_that_can_not_be_used_refuse_the_start(
    files: Files, tmp_path: Path, certificate: str, key: str, problem: str
) -> None:
    other = trustme.CA().issue_cert(*NAMES).private_key_pem
    other.write_to_path(str(tmp_path / "key-of-another.pem"))
    plain = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    locked = plain.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password"),
    )
    (tmp_path / "locked.pem").write_bytes(locked)

    with pytest.raises(StartRefused, match=problem):
        Certificate(tmp_path / certificate, tmp_path / key)


def test_a_key_alone_is_refused_and_nothing_is_nothing(files: Files) -> None:
    assert certificate_of(None, None) is None
    with pytest.raises(BadSetting, match="tls_key"):
        certificate_of(None, files.key)
