"""What treatment publishes can be read back, and says what a consumer needs without looking anywhere else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from domain.alerts import AlertChange
from domain.calendar import ClinicalTime
from domain.judgement import Severity
from domain.phase import Phase
from domain.situation import Situation
from domain.window import DoseWindow
from tests.topics.alerts import CHANGES
from topics.codecs.clinical_event import (
    Unreadable,
    decode_alert,
    decode_alert_change,
    decode_status,
    encode_alert,
    encode_alert_change,
    encode_status,
)

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@given(CHANGES)
def test_an_alert_comes_back(change: AlertChange) -> None:
    assert decode_alert(encode_alert(change)) == change.published


@given(CHANGES)
def test_an_alert_change_comes_back(change: AlertChange) -> None:
    assert decode_alert_change(encode_alert_change(change)) == change


@given(CHANGES)
def test_the_two_reasons_of_a_change_are_told_apart(change: AlertChange) -> None:
    of_change, of_alert = json.loads(encode_alert_change(change)), json.loads(encode_alert(change))
    assert (of_change["reason"], of_change["alert_reason"]) == (change.reason, change.published.alert.reason)
    assert of_alert["reason"] == change.published.alert.reason
    assert of_change["change_id"] == of_alert["change_id"] == change.change_id


@given(CHANGES)
def test_a_severity_is_a_word(change: AlertChange) -> None:
    word = json.loads(encode_alert(change))["severity"]
    assert word == change.published.alert.severity.word
    assert Severity[word.upper()] is change.published.alert.severity


@given(CHANGES)
def test_an_alert_is_flat_but_for_its_evidence(change: AlertChange) -> None:
    alert = json.loads(encode_alert(change))
    assert [name for name, value in alert.items() if isinstance(value, dict | list)] == ["evidence"]
    assert all(set(evidence) == {"fact_id", "says", "time"} for evidence in alert["evidence"])


@given(CHANGES)
def test_a_broken_alert_is_unreadable(change: AlertChange) -> None:
    raw = encode_alert(change)
    alert = json.loads(raw)
    for broken in ({**alert, "severity": "dire"}, {**alert, "at": "2026-01-05"}, {**alert, "more": 1}):
        with pytest.raises(Unreadable):
            decode_alert(json.dumps(broken).encode())


def situation(next_dose: DoseWindow | None) -> Situation:
    return Situation(
        phase=Phase.LOADING,
        phase_since=date(2026, 1, 1),
        phase_because="2 of 6",
        regimen="R2",
        next_dose=next_dose,
        coming=("haemoglobin in March",),
        missing=("ward",),
        remarks=(),
        newest_data=ClinicalTime(date(2026, 1, 4)),
    )


def test_a_status_says_the_days_of_the_next_dose() -> None:
    window = DoseWindow(
        earliest=date(2026, 1, 6), due=date(2026, 1, 7), overdue_after=date(2026, 1, 8), rests_on=date(2026, 1, 5)
    )
    assert json.loads(encode_status("p", AT, situation(window))) == {
        "schema_version": 1,
        "at": "2026-01-05T09:30:00Z",
        "patient_id": "p",
        "phase": "loading",
        "phase_since": "2026-01-01",
        "phase_because": "2 of 6",
        "regimen": "R2",
        "next_dose": {"earliest": "2026-01-06", "due": "2026-01-07", "overdue_after": "2026-01-08"},
        "coming": ["haemoglobin in March"],
        "missing": ["ward"],
        "remarks": [],
        "newest_data_at": "2026-01-04",
        "unread": [],
        "silent_feeds": [],
    }


@pytest.mark.parametrize(
    "window",
    [
        None,
        DoseWindow(earliest=date(2026, 1, 6), due=date(2026, 1, 7), overdue_after=date(2026, 1, 8), rests_on=None),
    ],
)
def test_a_status_comes_back(window: DoseWindow | None) -> None:
    raw = encode_status("p", AT, situation(window))
    status = decode_status(raw)
    assert (status.patient_id, status.phase, status.at) == ("p", Phase.LOADING, AT)
    assert (status.next_dose is None) == (window is None)
    assert status.newest_data_at == ClinicalTime(date(2026, 1, 4))
