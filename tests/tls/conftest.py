"""An authority of the tests' own, and certificates that it signs."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Files:
    """Where a server finds its certificate and key, and a client the authority that signed it."""

    certificate: Path
    key: Path
    authority: Path
    signer: trustme.CA

    def renew(self) -> None:
        """What certbot does: another certificate and another key, in the same places."""
        issued = self.signer.issue_cert(*NAMES)
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    signer = trustme.CA()
    authority = tmp_path / "authority.pem"
    signer.cert_pem.write_to_path(str(authority))
    made = Files(tmp_path / "certificate.pem", tmp_path / "key.pem", authority, signer)
    made.renew()
    return made
