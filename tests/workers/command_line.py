"""The command line, for tests: in this process, and as people run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from workers.cli import app

B12WATCH = Path(sys.executable).with_name("b12watch")


def b12watch(*arguments: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def process(*arguments: object, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command as people run it, with pipes for a terminal."""
    words = [str(argument) for argument in arguments]
    return subprocess.run([B12WATCH, *words], capture_output=True, text=True, timeout=timeout, check=False, **options)


def said(result: Result) -> str:
    """What a mistake ended with: one sentence on standard error, nothing on standard output, exit code 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("b12watch: ")
    return sentence
