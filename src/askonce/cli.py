"""The command `askonce`. Parses, calls, prints; decides nothing.

Exit codes: 0 done; 1 the answer is "no" (`check` or `doctor` found problems, or the caller did not confirm);
2 wrong usage or a start refused; 3 not allowed (a wrong admin token); 4 no such cache, entry or key; 5 not
now (no answer, or the server can not do it).
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import NoReturn

import click
from click.shell_completion import get_completion_class

from askonce import __version__, app, cli_measure
from askonce.cli_options import CONFIG_OPTION, JSON_OPTION, Command, data_option
from askonce.commands.admins import admin
from askonce.commands.caches import cache
from askonce.commands.entries import entry
from askonce.commands.keys import key
from askonce.commands.moving import export_entries, import_entries
from askonce.diagnosis import diagnose
from askonce.errors import InvalidRequest, Refusal, StartRefused
from askonce.model.finding import Finding, Weight
from askonce.settings import TABLES, Settings, load, reference_page
from askonce.talk import Refused, Unreachable
from askonce.welcome import welcome_text

NAME = "askonce"  # Also where it runs as `python -m askonce`.
COMPLETION_VARIABLE = "_ASKONCE_COMPLETE"  # As click makes it of the name.
WRONG, NOT_ALLOWED, NOT_THERE, NOT_NOW = 2, 3, 4, 5
EXIT_CODES = {400: WRONG, 401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_THERE, 413: WRONG}


def main() -> None:
    """The entry point: every refusal becomes one sentence on stderr and exit code 2."""
    try:
        cli(prog_name=NAME)
    except InvalidRequest as error:
        _fail("\n".join(fault.message for fault in error.faults))
    except (StartRefused, Refusal) as error:
        _fail(str(error))
    except Refused as error:
        _fail(str(error), EXIT_CODES.get(error.status, NOT_NOW))
    except Unreachable as error:
        _fail(str(error), NOT_NOW)


def _fail(message: str, code: int = WRONG) -> NoReturn:
    click.echo(f"askonce: {message}", err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="askonce")
def cli() -> None:
    """A semantic cache for LLM answers that speaks the LangCache API."""


cli.add_command(cli_measure.evaluate)
cli.add_command(cli_measure.tune)
cli.add_command(cli_measure.near_misses)


def _one_option_per_setting(command: Command) -> Command:
    for one in reversed(fields(Settings)):
        if one.name in TABLES:
            continue
        flag = f"--{one.name.replace('_', '-')}"
        default = "" if one.default in (None, ()) else f"  [default: {one.default}]"
        unit = f" ({one.metadata['unit']})" if one.metadata["unit"] else ""
        command = click.option(flag, one.name, default=None, help=one.metadata["meaning"] + unit + default)(
            command
        )
    return CONFIG_OPTION(command)


@cli.command()
@_one_option_per_setting
def serve(config: Path | None, **flags: str | None) -> None:
    """Start the server.

    With an empty data directory it makes a cache, a key to it and an admin token, and shows them once.
    """
    settings = load(flags, os.environ, config)
    app.serve(settings, os.environ, lambda url, welcome: click.echo(welcome_text(url, welcome), nl=False))


@cli.command()
@data_option
@JSON_OPTION
def check(data: str | None, config: Path | None, as_json: bool) -> None:
    """Hold the store against its index and both against their promises. The server must be stopped."""
    report = asyncio.run(app.check(load({"data": data}, os.environ, config)))
    if as_json:
        click.echo(json.dumps({"entries": report.entries, "problems": list(report.problems)}))
    else:
        for problem in report.problems:
            click.echo(problem)
        click.echo(f"{report.entries} entries checked, {len(report.problems)} problems.")
    sys.exit(1 if report.problems else 0)


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
@data_option
@JSON_OPTION
def backup(target: Path, data: str | None, config: Path | None, as_json: bool) -> None:
    """Copy everything kept into the new folder TARGET, also while a server runs."""
    report = app.back_up(load({"data": data}, os.environ, config), target)
    _print_files(report.files, as_json=as_json)


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@data_option
@JSON_OPTION
def restore(source: Path, data: str | None, config: Path | None, as_json: bool) -> None:
    """Verify the backup SOURCE and copy it into the data directory, which must be empty."""
    report = app.restore(load({"data": data}, os.environ, config), source)
    _print_files(report.files, as_json=as_json)


@cli.command()
@_one_option_per_setting
@JSON_OPTION
def doctor(config: Path | None, as_json: bool, **flags: str | None) -> None:
    """Look for what is wrong with a set-up, and say the way out. Changes nothing.

    Takes the flags, variables and file of `serve`. Ends with 1 if anything is wrong, else with 0.
    """
    try:
        findings = diagnose(load(flags, os.environ, config), os.environ)
    except StartRefused as error:  # Without settings there is nothing else to look at.
        findings = [Finding("settings", Weight.WRONG, str(error))]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.weight:<6}  {finding.subject}: {finding.told}")
    sys.exit(1 if any(finding.is_wrong for finding in findings) else 0)


def _print_files(files: Mapping[str, int], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"files": dict(files)}))
        return
    for name, size in files.items():
        click.echo(f"{name}  {size} bytes")


@cli.command()
def settings() -> None:
    """Print every setting as a Markdown page (docs/settings.md)."""
    click.echo(reference_page(), nl=False)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete askonce's commands and options.

    \b
    bash  echo 'eval "$(askonce completion bash)"' >> ~/.bashrc
    zsh   echo 'eval "$(askonce completion zsh)"' >> ~/.zshrc
    fish  askonce completion fish > ~/.config/fish/completions/askonce.fish
    """
    completes = get_completion_class(shell)
    assert completes is not None  # It is one of click's own.
    click.echo(completes(cli, {}, NAME, COMPLETION_VARIABLE).source())


cli.add_command(cache)
cli.add_command(entry)
cli.add_command(export_entries)
cli.add_command(import_entries)
cli.add_command(key)
cli.add_command(admin)
