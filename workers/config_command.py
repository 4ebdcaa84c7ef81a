"""`b12watch config`: what the environment sets, and whether it can be."""

from __future__ import annotations

import os
from typing import Any

import typer
from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.table import Table
from rich.text import Text

from workers.cli_common import fail
from workers.rendering import print_plainly
from workers.settings import Settings, SettingsProblem, load_settings, variable

_HIDDEN = "******"

config_app = typer.Typer(help="The settings of the environment.", no_args_is_help=True)


@config_app.command("show")
def show() -> None:
    """Print every setting with its value, where it comes from and what it means; secrets are hidden."""
    try:
        settings = load_settings()
    except SettingsProblem as problem:
        fail(str(problem))
    drawn = Table("variable", "value", "from", "meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        comes_from = "environment" if os.environ.get(variable(name)) else "default"
        drawn.add_row(variable(name), Text(_shown(getattr(settings, name))), comes_from, _meaning(field))
    print_plainly(drawn)


@config_app.command("check")
def check() -> None:
    """Check the settings of the environment; say that they are well formed, or every problem that they have."""
    try:
        load_settings()
    except SettingsProblem as problem:
        for sentence in problem.problems:
            typer.echo(f"b12watch: {sentence}", err=True)
        raise typer.Exit(2) from None
    typer.echo("the settings are well formed")


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return _HIDDEN
    return "" if value is None else str(value)


def _meaning(field: FieldInfo) -> Text:
    limits = [
        str(limit.ge if isinstance(limit, Ge) else limit.le) for limit in field.metadata if isinstance(limit, Ge | Le)
    ]
    return Text(f"{field.description}{f' ({limits[0]} to {limits[1]})' if limits else ''}")
