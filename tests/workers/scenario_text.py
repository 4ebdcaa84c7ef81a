"""Short scenarios for the tests of the format."""

from __future__ import annotations

from pathlib import Path

from workers.scenario import Scenario, load_scenario
from workers.scenario_play import Difference, Heard, differences, play

PLAN = "{day: 0, plan: {regimen: R2, neurological_involvement: no, sex: female}}"
OVERDUE = "injection-overdue high"


def story(folder: Path, *facts: str, expect: str = "{day: 900, phase: loading}", more: str = "") -> Scenario:
    """A scenario of these facts, as it is read from a file; day 0 is Monday, 5 January 2026."""
    path = folder / "story.yaml"
    listed = "\n".join(f"  - {fact}" for fact in facts) or "  []"
    path.write_text(
        f"scenario: a story\nshows: [S5]\nstart: 2026-01-05\n{more}\nfacts:\n{listed}\nexpect:\n  - {expect}\n"
    )
    return load_scenario(path)


def heard(folder: Path, *facts: str) -> list[Heard]:
    """The facts as intake understood them."""
    return play(story(folder, *facts)).heard


def found(folder: Path, *facts: str, expect: str, only: str = "injection-overdue") -> list[Difference]:
    return differences(story(folder, *facts, expect=expect, more=f"only: [{only}]" if only else ""))
