"""What treatment does with broken records, policies and actions, and what a patient's status says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.alerts import alert_id_of
from domain.calendar import ClinicalTime
from domain.facts import Action, EnteredAs
from domain.policies.blood import PlateletsPolicy
from domain.policies.general import CalendarPolicy
from domain.policy import Policy
from tests.kit import (
    INSTANT,
    POLICY,
    action,
    date_of,
    day,
    haemoglobin,
    injection,
    plan,
    platelets,
)
from tests.workers.logs import SOURCES, activation
from tests.workers.partition import (
    OVERDUE,
    PATIENT,
    PLATELETS,
    Partition,
    changes,
    instants,
    said_on,
    ticked,
    told,
)
from topics.codecs.clinical_event import encode_activation, encode_fact
from topics.dead_letters import read_headers
from topics.definitions import (
    ALERT_CHANGES,
    CLINICAL_EVENTS,
    DEAD_LETTERS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
)

# --- records that cannot be read ----------------------------------------------------------------------------------

BROKEN_POLICY = encode_activation({"platelets": {"limit": "many"}}, "1", {}, SOURCES)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "(message)"),
        (b"", "(message)"),
        (b"\xff", "(message)"),
        (b"[1]", "(message)"),
        (encode_fact(PATIENT, plan(0)).replace(b'"schema_version":1', b'"schema_version":2'), "fact.schema_version"),
        (encode_fact(PATIENT, plan(0)).replace(b'"2026-', b'"20x6-', 1), "fact.fact.treatment-plan.time"),
        (BROKEN_POLICY, "platelets.limit"),
    ],
)
def test_a_broken_record_becomes_a_dead_letter_and_the_walk_goes_on(value: bytes | None, where: str) -> None:
    partition = ticked()
    dead, mark = partition.send(value, PATIENT)
    assert mark.topic == TREATMENT_CHANGELOG.name, "and it is known that something about this patient was not read"
    assert (dead.topic, dead.value, dead.key) == (DEAD_LETTERS.name, value, PATIENT.encode())
    said = read_headers(dead.headers)
    assert (said.stage, said.origin_topic, said.origin_offset) == ("treatment", CLINICAL_EVENTS.name, 2)
    assert said.where == where
    assert not said.problem.endswith(".")
    partition.say(plan(0), injection(0))
    assert told(partition.to(day(4))) == [("raised", 1)]
    assert partition.counts["dead letters"] == 1


# --- policy -------------------------------------------------------------------------------------------------------

STRICT = Policy(platelets=PlateletsPolicy(limit=Decimal(70)))


def test_an_activation_changes_the_policy_and_everybody_is_judged_anew_at_once() -> None:
    partition = ticked()
    partition.say(plan(0), platelets(0, 60))
    assert told(partition.to(day(3)), PLATELETS) == []
    raised = changes(partition.send(activation(STRICT)), PLATELETS)
    assert [(change["change"], change["at"]) for change in raised] == [("raised", "2026-01-08T09:00:00Z")]
    assert raised[0]["policy_version"] == STRICT.version != POLICY.version
    assert "at the limit of" not in raised[0]["reason"]
    assert [change["change"] for change in changes(partition.send(activation()), PLATELETS)] == ["withdrawn"]


def test_a_policy_that_was_given_stands_over_those_in_the_log() -> None:
    partition = Partition(given=STRICT)
    partition.to(day(0))
    partition.say(platelets(0, 60), plan(0))
    partition.send(activation(POLICY))
    assert told(partition.outputs, PLATELETS) == [("raised", 1)]
    assert {change["policy_version"] for change in said_on(ALERT_CHANGES, partition.outputs)} == {STRICT.version}


# --- status -------------------------------------------------------------------------------------------------------


def test_the_status_is_published_only_when_it_changes() -> None:
    partition = ticked()
    assert len(said_on(PATIENT_STATUS, partition.say(plan(0)))) == 1
    assert said_on(PATIENT_STATUS, partition.to(day(1))) == []
    assert [s["phase"] for s in said_on(PATIENT_STATUS, partition.say(injection(0)))] == ["loading"]
    assert said_on(PATIENT_STATUS, partition.say(injection(0))) == []
    assert said_on(PATIENT_STATUS, partition.send(activation())) == []


def test_the_status_tells_the_next_window() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    window = said_on(PATIENT_STATUS, partition.outputs)[-1]["next_dose"]
    assert window == {"earliest": "2026-01-06", "due": "2026-01-07", "overdue_after": "2026-01-08"}


def test_a_patient_whom_nobody_enrolled_is_kept_and_said() -> None:
    partition = ticked()
    (status,) = said_on(PATIENT_STATUS, partition.say(haemoglobin(0, 88)))
    assert (status["phase"], status["missing"]) == ("not-started", ["a treatment plan"])
    assert said_on(ALERT_CHANGES, partition.to(day(90))) == []


def test_a_patient_of_whom_nothing_is_kept_any_more_is_nobody_again() -> None:
    """A count of a hundred people whom nobody enrols must not stay in memory; and a restart knows no such patient."""
    partition = ticked()
    partition.say(haemoglobin(0, 88))
    wait = POLICY.facts.not_enrolled_days
    assert PATIENT in partition.remembered().known
    (gone,) = [o.value for o in partition.to(day(wait)) if o.topic == PATIENT_STATUS.name]
    assert gone is None
    memory = partition.remembered()
    assert not memory.known and not memory.published
    (status,) = said_on(PATIENT_STATUS, partition.say(haemoglobin(wait, 88)))
    assert status["missing"] == ["a treatment plan"]


def test_a_fact_of_the_future_is_said_and_counts_from_its_own_time() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(3))
    (status,) = said_on(PATIENT_STATUS, partition.say(injection(5)))
    assert [remark for remark in status["remarks"] if "in the future" in remark]
    assert told(partition.to(day(5) - INSTANT)) == [("raised", 1)]
    at_its_time = partition.to(day(7))
    assert told(at_its_time) == [("resolved", 2)]
    assert instants(at_its_time) == [day(5)]
    assert [(s["remarks"], s["at"]) for s in said_on(PATIENT_STATUS, at_its_time)] == [([], "2026-01-10T09:00:00Z")]


def test_a_fact_a_little_ahead_of_the_time_counts_at_once() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    ahead = timedelta(minutes=POLICY.facts.clock_tolerance_minutes)
    assert told(partition.say(injection(day(4) + ahead))) == [("resolved", 2)]


def test_a_fact_further_ahead_than_the_tolerance_does_not_count_at_once() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    ahead = timedelta(minutes=POLICY.facts.clock_tolerance_minutes) + INSTANT
    assert told(partition.say(injection(day(4) + ahead))) == []


# --- what people do about alerts ----------------------------------------------------------------------------------


def overdue_since_day_four() -> tuple[Partition, str]:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    return partition, changes(partition.outputs)[0]["alert_id"]


def test_an_acknowledgement_stands_on_the_alert() -> None:
    partition, alert_id = overdue_since_day_four()
    (change,) = changes(partition.say(action(4, Action.ACKNOWLEDGED, alert_id)))
    assert (change["change"], change["revision"], change["acknowledged_by"]) == ("updated", 2, "Sister Bea")


def test_an_acknowledgement_of_another_alert_changes_nothing() -> None:
    partition, _ = overdue_since_day_four()
    other = alert_id_of(PATIENT, OVERDUE, "after-dose:1999-01-01")
    assert changes(partition.say(action(4, Action.ACKNOWLEDGED, other))) == []


def test_a_snooze_ends_at_its_own_instant() -> None:
    partition, alert_id = overdue_since_day_four()
    until = day(5, 15)
    (snoozed,) = changes(partition.say(action(4, Action.SNOOZED, alert_id, until=ClinicalTime(until))))
    assert (snoozed["change"], snoozed["snoozed_until"]) == ("updated", "2026-01-10T15:00:00Z")
    assert changes(partition.to(until - INSTANT)) == []
    (awake,) = changes(partition.to(day(6)))
    assert (awake["change"], awake["snoozed_until"], awake["at"]) == ("updated", None, "2026-01-10T15:00:00Z")


@pytest.mark.parametrize(("given", "next_due"), [(day(4, 8), "2026-01-11"), (date_of(3), "2026-01-10")])
def test_a_dose_given_elsewhere_resolves_the_alert_moves_the_window_and_is_no_loading_dose(
    given: datetime | date, next_due: str
) -> None:
    """Resolved even where the dose was in time: nobody had said so when the alert was raised."""
    partition, alert_id = overdue_since_day_four()
    partition.to(day(4, 10))
    outputs = partition.say(action(4, Action.GIVEN_ELSEWHERE, alert_id, dose_time=ClinicalTime(given)))
    assert told(outputs) == [("resolved", 2)]
    (status,) = said_on(PATIENT_STATUS, outputs)
    assert status["next_dose"]["due"] == next_due
    assert status["phase_because"] == "loading doses counted: 1 of 6"


def answered(partition: Partition, rule: str) -> list[tuple[str, str, bool]]:
    """Kind, severity and whether somebody acknowledged, of each change of a rule."""
    return [(c["kind"], c["severity"], bool(c["acknowledged_by"])) for c in changes(partition.outputs, rule)]


def test_an_acknowledged_note_does_not_silence_the_low_count_that_follows() -> None:
    partition = ticked()
    partition.say(plan(0))
    (note,) = changes(partition.outputs, PLATELETS)
    partition.to(day(0, 10))
    partition.say(action(day(0, 10), Action.ACKNOWLEDGED, note["alert_id"]))
    partition.to(day(0, 12))
    partition.say(platelets(day(0, 9.5), 18))
    assert answered(partition, PLATELETS)[1:] == [("unknown", "info", True), ("finding", "critical", False)]


def test_a_worse_count_wants_an_answer_of_its_own() -> None:
    partition = ticked()
    partition.say(platelets(0, 42), plan(0))
    (low,) = changes(partition.outputs, PLATELETS)
    partition.say(action(day(0, 9), Action.ACKNOWLEDGED, low["alert_id"]))
    partition.to(day(1))
    partition.say(platelets(1, 18))
    assert answered(partition, PLATELETS)[-1] == ("finding", "critical", False)


@pytest.mark.parametrize("acted", [date_of(4), day(4, 0) - timedelta(minutes=4)], ids=["day alone", "slow clock"])
def test_an_answer_with_a_day_alone_or_a_slow_clock_is_not_forgotten(acted: date | datetime) -> None:
    partition, alert_id = overdue_since_day_four()
    partition.say(action(acted, Action.ACKNOWLEDGED, alert_id))
    assert changes(partition.outputs)[-1]["acknowledged_by"] == "Sister Bea"


def test_a_verified_result_does_not_make_its_alert_a_mistake() -> None:
    """The point-of-care count came a little ahead of the partition's time; its second version must not forget that."""
    partition = ticked()
    partition.say(platelets(-1, 200), plan(0))
    partition.to(day(2, 8.99))
    partition.say(platelets(day(2, 9), 18, fact_id="count"))
    partition.to(day(2, 12))
    partition.say(platelets(day(2, 9), 18, fact_id="count", version=2))
    partition.to(day(4))
    partition.say(platelets(day(3, 9), 160))
    assert [change["change"] for change in changes(partition.outputs, PLATELETS)] == ["raised", "resolved"]


@pytest.mark.parametrize("given_at", [date_of(4), day(4, 9.5)], ids=["day alone", "with its hour"])
def test_a_late_dose_resolves_its_alert_whether_its_hour_is_charted_or_not(given_at: date | datetime) -> None:
    partition, _ = overdue_since_day_four()
    partition.to(day(4, 12))
    partition.say(injection(given_at))
    assert told(partition.outputs)[-1] == ("resolved", 2)


@pytest.mark.parametrize("starts", [datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 12, 20, tzinfo=UTC)])
def test_days_at_the_ends_of_what_is_read_stop_nobody(starts: datetime) -> None:
    zone = Policy(calendar=CalendarPolicy(time_zone="America/New_York"))
    partition = ticked(zone)
    entered = plan(starts, entered_as=EnteredAs.MAINTENANCE, last_dose=starts.date())
    partition.say(replace(entered, time=ClinicalTime(day(0)), start=ClinicalTime(starts)))
    assert said_on(PATIENT_STATUS, partition.outputs)
