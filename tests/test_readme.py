"""What the README shows is what a reader gets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = re.compile(r"^\$ b12watch (replay [^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_first_replay_prints_what_the_readme_shows() -> None:
    command, shown = SHOWN.findall((ROOT / "README.md").read_text())[0]
    run = subprocess.run(
        [Path(sys.executable).parent / "b12watch", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = "\n".join(line.rstrip() for line in (run.stdout + run.stderr).splitlines())
    assert printed == shown.rstrip()
