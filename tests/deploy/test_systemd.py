"""The systemd unit: what systemd itself says of it, and that its paths and variables are the docs' own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.deploy.places import ROOT, SETTINGS, settings_named_in, tool

UNIT = ROOT / "deploy" / "askonce.service"
PROGRAM = "/opt/askonce/bin/askonce"
MOST_EXPOSURE = (
    15  # Tenths, as the option takes them: 1.5 of 10, which systemd calls OK. A usual service has 96.
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [tool("systemd-analyze", "the Debian package systemd"), "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_systemd_takes_every_line_of_it(tmp_path: Path) -> None:
    # What is to be started must be there for this; on the machine of a test it is another program.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(PROGRAM, str(shutil.which("true"))))

    verified = analyze("verify", "--man=no", str(unit))
    ours = [line for line in verified.stderr.splitlines() if UNIT.name in line]
    unit.write_text(unit.read_text() + "\n[Service]\nProtectSystm=strict\n")
    spoilt = analyze("verify", "--man=no", str(unit))

    assert (verified.returncode, ours) == (0, [])
    assert "ProtectSystm" in spoilt.stderr


def test_it_is_exposed_to_little() -> None:
    judged = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(UNIT))

    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_what_the_models_read_of_the_processor_stays_readable() -> None:
    assert not re.search(r"^ProcSubset=", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def test_its_variables_are_settings_and_its_program_is_the_one_of_the_docs() -> None:
    text = UNIT.read_text(encoding="utf-8")

    assert settings_named_in(text) <= SETTINGS
    assert f"ExecStart={PROGRAM} serve" in text
    assert "/opt/askonce" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


SERVED_WITHOUT_WRITABLE_CODE = """
import ctypes, mmap, sys
from pathlib import Path
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN; children inherit it.
    sys.exit(77)
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)
except PermissionError:
    pass
else:
    sys.exit("Memory can still be written and executed.")
from tests.support.server import serving
with serving(Path(sys.argv[1])) as server:
    assert server.call("POST", "/entries", {"prompt": "How do I reset it?", "response": "So."}).status == 201
    found = server.call("POST", "/entries/search", {"prompt": "how can I reset it"})
    assert [hit["response"] for hit in found.body["data"]] == ["So."], found
"""


def test_the_server_needs_no_memory_that_is_written_and_executed(tmp_path: Path) -> None:
    """The unit refuses it; the kernel is asked for the same here."""
    command = [sys.executable, "-c", SERVED_WITHOUT_WRITABLE_CODE, str(tmp_path / "data")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)

    if done.returncode == 77:
        pytest.skip("NOT RUN: this kernel has no PR_SET_MDWE (Linux 6.3)")
    assert done.returncode == 0, done.stderr
    assert "MemoryDenyWriteExecute=yes" in UNIT.read_text(encoding="utf-8")
