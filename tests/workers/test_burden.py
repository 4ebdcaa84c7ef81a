"""The alert burden: what is counted, for how long patients are watched, and the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from topics.definitions import ALERT_CHANGES, PATIENT_STATUS
from workers.burden import Burden, Line
from workers.records import Output

DAY_ZERO = datetime(2026, 1, 5, tzinfo=UTC)
MONTH_DAYS = 365.25 / 12


def at(days: float) -> str:
    return (DAY_ZERO + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def change(alert_id: str, word: str, days: float, severity: str = "medium", **but: Any) -> Output:
    content = {
        "at": at(days),
        "alert_id": alert_id,
        "change": word,
        "rule": "injection-overdue",
        "severity": severity,
        "kind": "finding",
        "standing": False,
        "acknowledged_by": "",
        **but,
    }
    return Output(ALERT_CHANGES.name, b"p", json.dumps(content).encode())


def status(patient_id: str, days: float, phase: str = "loading") -> Output:
    return Output(
        PATIENT_STATUS.name, b"p", json.dumps({"patient_id": patient_id, "at": at(days), "phase": phase}).encode()
    )


def burden_of(*outputs: Output, days: float = 100) -> Burden:
    burden = Burden()
    burden.watch(outputs, DAY_ZERO + timedelta(days=days))
    return burden


def lines_of(burden: Burden) -> dict[tuple[str, str], Line]:
    return {(line.rule, line.severity): line for line in burden.lines()}


def the_line(*outputs: Output) -> Line:
    """That of the one rule and class, where there is but one."""
    found = lines_of(burden_of(*outputs))
    (line,) = [line for (rule, _), line in found.items() if rule == "injection-overdue"]
    return line


def test_patients_are_watched_from_their_first_status_to_the_end_of_their_treatment_or_of_the_replay() -> None:
    burden = burden_of(
        status("a", 0), status("b", 60), status("a", 20), status("a", 40, "ended"), status("c", 100, "ended")
    )
    assert burden.patients == 3
    assert burden.patient_months == pytest.approx((40 + 40) / MONTH_DAYS)


def test_a_status_that_is_taken_away_changes_no_count() -> None:
    burden = burden_of(status("a", 0), Output(PATIENT_STATUS.name, b"a", None))
    assert burden.patients == 1
    assert burden.patient_months == pytest.approx(100 / MONTH_DAYS)


def test_a_patient_whose_treatment_begins_again_is_watched_again() -> None:
    burden = burden_of(status("a", 0), status("a", 10, "ended"), status("a", 70))
    assert burden.patient_months == pytest.approx((10 + 30) / MONTH_DAYS)


def test_alerts_are_counted_each_time_they_are_raised_and_not_when_they_change() -> None:
    line = the_line(
        status("a", 0),
        change("1", "raised", 10),
        change("1", "updated", 11),
        change("1", "resolved", 20),
        change("1", "raised", 30),
    )
    assert line.raised == 2
    assert line.per_100_months == pytest.approx(2 / (100 / MONTH_DAYS) * 100)
    assert line.still_open == 0.5
    assert line.days == pytest.approx((10 + 70) / 2)


def test_an_alert_counts_in_the_highest_class_that_it_had() -> None:
    found = lines_of(
        burden_of(
            change("1", "raised", 1, "medium"),
            change("1", "updated", 2, "high"),
            change("1", "updated", 3, "low"),
            change("2", "raised", 4, "medium"),
        )
    )
    assert {key: line.raised for key, line in found.items()} == {
        ("injection-overdue", "high"): 1,
        ("injection-overdue", "medium"): 1,
        ("all rules", "high"): 1,
        ("all rules", "medium"): 1,
        ("all rules", "all classes"): 2,
    }


def test_what_became_of_alerts_is_told_in_shares() -> None:
    line = the_line(
        change("1", "raised", 1, kind="unknown"),
        change("1", "updated", 2),
        change("2", "raised", 1, standing=True),
        change("3", "raised", 1),
        change("4", "raised", 1),
        change("3", "updated", 2, acknowledged_by="nurse"),
        change("3", "updated", 3),
        change("2", "withdrawn", 3),
        change("3", "resolved", 4),
        change("4", "withdrawn", 5),
    )
    assert line == Line(
        rule="injection-overdue",
        severity="medium",
        raised=4,
        per_100_months=0.0,
        unknown=0.25,
        standing=0.25,
        acknowledged=0.25,
        withdrawn=0.5,
        still_open=0.25,
        days=3.5,
    )


def test_people_are_called_for_new_alerts_of_high_or_critical_class() -> None:
    burden = burden_of(
        change("1", "raised", 1, "critical"),
        change("2", "raised", 1, "high", standing=True),
        change("3", "raised", 1, "high"),
        change("4", "raised", 1, "medium"),
    )
    assert burden.calls == 2


def test_rules_stand_in_the_order_of_their_names_the_gravest_class_first() -> None:
    burden = burden_of(
        change("1", "raised", 1, "info", rule="b"),
        change("2", "raised", 1, "critical", rule="b"),
        change("3", "raised", 1, "low", rule="a"),
    )
    assert [(line.rule, line.severity) for line in burden.lines()] == [
        ("a", "low"),
        ("b", "critical"),
        ("b", "info"),
        ("all rules", "critical"),
        ("all rules", "low"),
        ("all rules", "info"),
        ("all rules", "all classes"),
    ]


def test_a_replay_without_alerts_has_no_lines() -> None:
    assert list(burden_of(status("a", 0)).lines()) == []
