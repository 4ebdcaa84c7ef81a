"""Patients who rest and wake: nothing of them is lost, and what is asked of all is told without waking anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.alerts import Doubt, PublishedAlert
from domain.policy import Policy
from domain.record import Record
from tests.kit import haemoglobin, injection, plan, platelets
from tests.workers.partition import MORNING
from workers.patient import Patient, judge
from workers.patients import Patients

NOW = MORNING + timedelta(days=200)
POLICY = Policy()


def treated(who: str, *, blind: bool = False) -> Patient:
    """A patient with an injection long overdue, and a count that is too low for the next."""
    record = Record(who)
    for fact in (plan(MORNING, "R1"), injection(MORNING), haemoglobin(MORNING, 90), platelets(NOW, 20)):
        record = record.add(fact, NOW)
    patient = Patient(record)
    judge(patient, POLICY, NOW, 0, Doubt(MORNING if blind else None))
    return patient


def put(patients: Patients, who: str, *, blind: bool = False) -> Patient:
    made, held = treated(who, blind=blind), patients[who]
    held.record, held.published, held.situation = made.record, made.published, made.situation
    held.assessment, held.is_compared = made.assessment, made.is_compared
    return held


def test_who_wakes_is_who_went_to_rest() -> None:
    patients = Patients(awake=1)
    before = put(patients, "a")
    record, published, situation = before.record, dict(before.published), before.situation
    patients["b"]
    after = patients["a"]
    assert after is not before
    assert (after.record, after.published, after.situation, after.is_compared) == (record, published, situation, True)
    assert list(after.record.known) == list(record.known)
    assert after.assessment is None, "it follows from the record, and is made when it is needed"


def test_the_one_that_was_longest_untouched_goes_to_rest() -> None:
    patients = Patients(awake=2)
    first, second = patients["a"], patients["b"]
    assert patients["a"] is first
    patients["c"]
    assert patients["a"] is first
    assert patients["b"] is not second


@pytest.mark.parametrize("awake", [1, 2, 3])
def test_what_is_asked_of_all_is_the_same_whoever_rests(awake: int) -> None:
    patients = Patients(awake)
    everybody = [put(patients, who, blind=who == "b") for who in "abc"]
    alerts: list[PublishedAlert] = [alert for patient in everybody for alert in patient.published.values()]
    size = patients.size()
    assert (
        (size.patients, size.facts, size.open_alerts.total())
        == (len(patients), 12, len(alerts))
        == (3, 12, len(alerts))
    )
    assert size.open_alerts["injection-overdue", "high"] == 3
    assert patients.doubted() == ["b"] if awake < 3 else "b" in patients.doubted()
    assert {who: patient.record for who, patient in patients.each()} == {who: treated(who).record for who in "abc"}
    assert sorted(patients) == ["a", "b", "c"]


def test_one_of_whom_nothing_is_known_any_more_goes_from_where_it_is() -> None:
    patients = Patients(awake=1)
    put(patients, "a")
    put(patients, "b")
    for who in "ab":
        assert who in patients
        del patients[who]
        assert who not in patients
    assert patients.size().facts == patients.size().open_alerts.total() == len(patients) == 0


def test_a_patient_at_rest_is_small() -> None:
    """Four facts and what is said of them; their views alone would take ten times as much."""
    patients = Patients(awake=1)
    put(patients, "a")
    patients["b"]
    assert len(patients._resting["a"].packed) < 3000
