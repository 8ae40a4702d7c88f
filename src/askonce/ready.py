"""Whether the server of these settings is ready: `python -m askonce.ready`, for health checks of containers.

Asks over the loopback or the address that is listened on. Apart from the command line, and light: what this
imports is what each check costs.
"""

import http.client
import os
import ssl
import sys

from askonce.errors import StartRefused
from askonce.settings import Settings, load

TIMEOUT_S = 3
PATH = "/health/readiness"
_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def readiness(settings: Settings) -> int | None:
    """The status of the server's own answer; None if there is none."""
    host = _LOOPBACKS.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=TIMEOUT_S)
    if settings.tls_certificate is not None:
        # The certificate is for the names that clients use, not for this address; nothing secret is sent.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, settings.port, timeout=TIMEOUT_S, context=context)
    try:
        connection.request("GET", PATH)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def main() -> None:
    try:
        status = readiness(load({}, os.environ))
    except StartRefused as error:
        sys.exit(f"askonce: {error}")
    sys.exit(0 if status == http.client.OK else f"askonce: not ready (status {status}).")


if __name__ == "__main__":
    main()
