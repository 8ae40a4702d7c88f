"""The certificate that the server shows, read anew when its files change.

Every handshake first looks whether the files are still the ones that were read: two calls of `stat`, beside
which the handshake costs a hundred times as much. So there is no timer and no signal to send, and the first
connection after a renewal sees the new certificate.

Invariant: what is shown is a certificate and a key that were read together and fit each other. A file that is
broken, half written or gone changes nothing but the log; connections that are open are never touched.
"""

import logging
import ssl
from pathlib import Path
from typing import TypeAlias

from askonce.errors import BadSetting, StartRefused

log = logging.getLogger(__name__)

LEAST_VERSION = ssl.TLSVersion.TLSv1_2  # Older ones are deprecated by RFC 8996.
Stamp: TypeAlias = tuple[tuple[int, ...] | None, ...]


class Certificate:
    """`context` is what a listener takes. Raises `StartRefused` if the files can not be used at first."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._files = (certificate, key or certificate)
        self._stamp = self._stamped()
        self._current = context_of(*self._files)
        self.context = self._current
        # Called for every handshake, also of a client that names no server.
        self.context.sni_callback = self._show_current

    def _show_current(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        stamp = self._stamped()
        if stamp != self._stamp:
            self._stamp = (
                stamp  # Also if it can not be read: it is logged once, and read when it changes again.
            )
            self._read_again()
        connection.context = self._current

    def _read_again(self) -> None:
        try:
            self._current = context_of(*self._files)
        except StartRefused as error:
            log.error("the changed certificate is not used, the former one still is", {"problem": str(error)})
        else:
            log.info("certificate read", {"file": str(self._files[0])})

    def _stamped(self) -> Stamp:
        return tuple(_stamp_of(file) for file in self._files)


def certificate_of(certificate: Path | None, key: Path | None) -> Certificate | None:
    """None where the settings name none."""
    if certificate is None:
        if key is not None:
            raise BadSetting("tls_key", "the settings", "a key without a tls_certificate serves nothing.")
        return None
    return Certificate(certificate, key)


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises `StartRefused`, which names what is wrong with which file."""
    for file in (certificate, key):
        try:
            file.read_bytes()  # OpenSSL would not say which of them it can not read.
        except OSError as error:
            raise StartRefused(f"{file} can not be read: {error.strerror}.") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = LEAST_VERSION
    try:
        context.load_cert_chain(certificate, key, password=_refuse_to_ask)
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        why = "the key is not that of the certificate" if mismatch else "not PEM that OpenSSL can use"
        raise StartRefused(f"{certificate} with the key in {key}: {why} ({error.reason}).") from error
    except _Encrypted as error:
        raise StartRefused(f"The key in {key} is encrypted; store it without a password.") from error
    return context


def end_of(certificate: Path, context: ssl.SSLContext) -> float:
    """When the certificate ends, in seconds since the epoch. Raises `StartRefused` if it is not valid now.

    Python reads no certificates; but a client that trusts none but this one, and shakes hands with it within
    the process, is told what is in it.
    """
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cafile=certificate)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server)
    waiting = [client, context.wrap_bio(to_server, to_client, server_side=True)]
    try:
        while waiting:
            side = waiting.pop(0)
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                waiting.append(side)
    except ssl.SSLCertVerificationError as error:
        raise StartRefused(f"No client takes {certificate}: {error.verify_message}. Renew it.") from error
    told = client.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(told["notAfter"])))


class _Encrypted(Exception):
    pass


def _refuse_to_ask() -> str:
    """In place of OpenSSL's own question at the terminal, which would stop a server for ever."""
    raise _Encrypted


def _stamp_of(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
