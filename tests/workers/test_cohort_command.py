"""`b12watch cohort` and `b12watch burden` as commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.workers.command_line import b12watch, said
from topics.schemas.source import AdministrationV1
from topics.schemas.source_plan import TreatmentPlanV1
from workers.cohort import lines_of
from workers.source_messages import Said
from workers.source_messages import said as message

DAY_ZERO = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNTIL = "2026-02-04T09:00:00+00:00"  # thirty days


def time(days: float) -> str:
    return (DAY_ZERO + timedelta(days=days)).isoformat()


def plan(patient_id: str) -> Said:
    return message(
        TreatmentPlanV1,
        DAY_ZERO,
        patient_id,
        "test",
        f"{patient_id}-plan",
        regimen="R2",
        neurological_involvement="no",
        starts_at=time(0),
    )


def injection(patient_id: str, day: float, *, told: float | None = None, version: int = 1, **but: Any) -> Said:
    content: dict[str, Any] = {"drug": "hydroxocobalamin", "dose": 1, "dose_unit": "mg", "route": "intramuscular"}
    return message(
        AdministrationV1,
        DAY_ZERO + timedelta(days=day if told is None else told),
        patient_id,
        "test",
        f"{patient_id}-{day}",
        version=version,
        **content,
        given_at=time(day),
        **{"status": "completed", **but},
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """ann's second dose comes two days late; bob's is charted only afterwards, and then no dose follows."""
    ann = [plan("ann"), *(injection("ann", day) for day in (0, 5, 7, 9, 11, 14))]
    bob = [plan("bob"), injection("bob", 0), injection("bob", 2, told=6)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(lines_of(sorted([*ann, *bob], key=lambda said: said.at))))
    return path


def line_of(output: str, rule: str, severity: str) -> dict[str, Any]:
    lines = [json.loads(line) for line in output.splitlines()]
    (line,) = [line for line in lines if (line["rule"], line["severity"]) == (rule, severity)]
    assert isinstance(line, dict)
    return line


def test_cohort_writes_a_log_that_burden_reads(tmp_path: Path) -> None:
    log = tmp_path / "cohort.jsonl"
    made = b12watch("cohort", "-o", log, "--patients", 15, "--years", 0.5, "--seed", 3)
    assert made.exit_code == 0
    assert made.stdout.startswith("15 INVENTED patients over 0.5 years (seed 3)")
    counted = b12watch("burden", log)
    assert counted.exit_code == 0
    assert "injection-overdue" in counted.stdout
    assert "15 patients" in counted.stdout
    assert "could not be read" not in counted.stdout


def test_burden_counts_what_was_raised_and_what_was_withdrawn(log: Path) -> None:
    result = b12watch("burden", log, "--until", UNTIL, "--json")
    assert result.exit_code == 0
    line = line_of(result.stdout, "injection-overdue", "high")
    assert line["raised"] == 3  # ann's late second dose; bob's second that came late by chart; bob's third
    assert line["per_100_months"] == pytest.approx(3 / (2 * 30 / (365.25 / 12)) * 100)
    assert line["withdrawn"] == pytest.approx(1 / 3)
    assert line["still_open"] == pytest.approx(1 / 3)
    assert line["unknown"] == line["standing"] == line["acknowledged"] == 0
    everything = line_of(result.stdout, "all rules", "all classes")
    assert everything["raised"] >= 3


def test_burden_is_a_table_for_people(log: Path) -> None:
    lines = b12watch("burden", log, "--until", UNTIL).stdout.splitlines()
    assert lines[0].split()[:3] == ["rule", "class", "raised"]
    (row,) = [line.split() for line in lines if line.startswith("injection-overdue") and " high " in line]
    assert row[2:] == ["3", "152.19", "0%", "0%", "0%", "33%", "33%", row[-1]]
    assert lines[-1].startswith("2 patients, 2 patient-months; of class high or critical and new: ")


def test_burden_says_how_many_messages_could_not_be_read(log: Path) -> None:
    with log.open("a") as file:
        file.write('{"topic":"lab-results","timestamp":"2026-02-01T00:00:00Z","value":"no JSON"}\n')
    assert "1 messages could not be read" in b12watch("burden", log).stdout


def test_a_log_that_is_not_there_or_has_nothing_in_it_is_told(tmp_path: Path) -> None:
    assert "No such file" in said(b12watch("burden", tmp_path / "none.jsonl"))
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert "no record" in said(b12watch("burden", empty))


def test_a_cohort_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert "No such file" in said(b12watch("cohort", "-o", tmp_path / "nowhere" / "log.jsonl"))
