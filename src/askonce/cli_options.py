"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

CONFIG_OPTION = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file. [default: askonce.toml]"
)
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def data_option(command: Command) -> Command:
    return CONFIG_OPTION(click.option("--data", default=None, help="Directory of everything kept.")(command))
