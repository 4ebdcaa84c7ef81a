"""Every scenario gives the alerts that it names; and one that does not is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.cli import app
from workers.scenario import load_scenario
from workers.scenario_command import scenario_files
from workers.scenario_play import differences

FOLDER = Path(__file__).parents[1] / "scenarios"
SCENARIOS = list(scenario_files([FOLDER]))
LATE = FOLDER / "loading-dose-late.yaml"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    assert differences(load_scenario(path)) == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("severity: high", "severity: medium"),
        ("allowed until 8 January", "allowed until 9 January"),
        ("phase: loading", "phase: lifelong"),
        ("{day: 5, hour: 11, alerts: []", "{day: 5, hour: 11, alerts: [injection-overdue high]"),
        ("{day: 4, hour: 0, alerts", "{day: 3, hour: 23, alerts"),
        ("resolved: [injection-overdue]", "withdrawn: [injection-overdue]"),
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


def test_a_folder_stands_for_the_stories_in_it(tmp_path: Path) -> None:
    (tmp_path / "ward").mkdir()
    for name in ("ward/late.yaml", "notes.txt"):
        (tmp_path / name).write_text(LATE.read_text())
    (tmp_path / "holes.yaml").write_text("numbers: []")
    result = CliRunner().invoke(app, ["test", str(tmp_path)])
    assert result.exit_code == 0
    assert "1 scenarios, 0 failed" in result.stdout


def test_where_silence_came_the_rule_says_why(tmp_path: Path) -> None:
    path = tmp_path / "impatient.yaml"
    path.write_text(
        LATE.read_text().replace("{day: 3, hour: 23.9, alerts: []", "{day: 3, alerts: [injection-overdue high]")
    )
    result = CliRunner().invoke(app, ["test", str(path)])
    assert "day 3, 2026-01-08 09:00 GMT" in result.stdout
    assert "expected injection-overdue high finding" in result.stdout
    assert "came     silence of injection-overdue: the next dose is due on 7 January 2026" in result.stdout


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("scenario: [", "not YAML"),
        ("scenario: no facts", "facts: Field required"),
        ("just text", "the file: "),
        (LATE.read_text().replace("S5", "S25"), "shows.0: "),
        (LATE.read_text().replace("injection: 1 mg", "injection: 1 spoon"), "unit 'spoon' has no conversion"),
        (LATE.read_text().replace("injection: 1 mg", "injection: some"), "facts.1: 'some' is not an amount"),
        (LATE.read_text().replace("injection: 1 mg", "tablet: 1 mg"), "no fact is called 'tablet'"),
    ],
)
def test_a_file_that_is_no_scenario_is_one_sentence_and_exit_code_2(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["test", str(path)])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert problem in " ".join(result.output.split())


def test_a_missing_file_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["test", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "none.yaml: No such file or directory" in " ".join(result.output.split())
