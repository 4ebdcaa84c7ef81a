"""Every scenario gives the alerts that it names; and one that does not is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.cli import app
from workers.scenario import ScenarioProblem, differences, load_scenario

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
LATE = Path(__file__).parents[1] / "scenarios" / "loading-dose-late.yaml"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    assert list(differences(load_scenario(path))) == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("severity: high", "severity: medium"),
        ("allowed until 8 January", "allowed until 9 January"),
        ("phase: loading", "phase: lifelong"),
        ("{day: 5, hour: 11, alerts: []}", "{day: 5, hour: 9, alerts: []}"),
        ("{day: 4, hour: 0, alerts", "{day: 3, hour: 23, alerts"),
    ],
)
def test_another_expectation_is_a_difference_and_exit_code_1(tmp_path: Path, said: str, instead: str) -> None:
    text = LATE.read_text()
    assert said in text
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace(said, instead))
    result = CliRunner().invoke(app, ["test", str(LATE), str(changed)])
    assert result.exit_code == 1
    assert "2 scenarios, 1 failed" in result.stdout
    assert result.stdout.count("expected") == 1


@pytest.mark.parametrize(
    "text",
    [
        "scenario: [",
        "scenario: no facts",
        "just text",
        LATE.read_text().replace("injection: 1 mg", "injection: 1 spoon"),
        LATE.read_text().replace("injection: 1 mg", "injection: some"),
        LATE.read_text().replace("injection: 1 mg", "tablet: 1 mg"),
    ],
)
def test_a_file_that_is_no_scenario_is_one_sentence_and_exit_code_2(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["test", str(path)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"none\.yaml"):
        load_scenario(tmp_path / "none.yaml")


def test_a_message_that_intake_refuses_makes_no_scenario(tmp_path: Path) -> None:
    path = tmp_path / "spoon.yaml"
    path.write_text(LATE.read_text().replace("240 10*9/L", "240 spoons"))
    with pytest.raises(ScenarioProblem, match="could not be read"):
        list(differences(load_scenario(path)))
