"""What tests of more than one folder share."""

from pathlib import Path

import pytest
from tests.support.command import Done, Run
from tests.support.server import ADMIN_TOKEN

from askonce import cli


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the entry point as the shell would, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKONCE_ADMIN_TOKEN", ADMIN_TOKEN)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["askonce", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        code = end.value.code
        return Done(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run
