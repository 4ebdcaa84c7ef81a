"""Treatment on one partition, a record at a time: what it publishes, when, and what it never does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.alerts import Change, alert_id_of
from domain.calendar import ClinicalTime
from domain.facts import Action, Fact
from domain.policy import AlertsPolicy, PlateletsPolicy, Policy
from tests.kit import (
    INSTANT,
    POLICY,
    action,
    date_of,
    day,
    haemoglobin,
    injection,
    injections,
    loading,
    midnight,
    on,
    plan,
    platelets,
    withdrawal,
)
from tests.workers.logs import SOURCES, activation, tick
from topics.codecs.clinical_event import encode_activation, encode_fact, encode_tick
from topics.dead_letters import read_headers
from topics.definitions import (
    ALERT_CHANGES,
    ALERTS,
    CLINICAL_EVENTS,
    DEAD_LETTERS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
    TopicDef,
)
from workers.records import InputRecord, Output
from workers.treatment import TreatmentPartition

PATIENT = "patient-1"
MORNING = day(0)
OVERDUE, HAEMOGLOBIN, PLATELETS = (
    "injection-overdue",
    "haemoglobin-not-normal-at-two-months",
    "platelets-low-before-im",
)


class Partition:
    """One partition whose first record is an activation; `outputs` is all that it wrote.  A tick says the time."""

    def __init__(
        self, policy: Policy = POLICY, *, number: int = 0, first_time: datetime = MORNING, given: Policy | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.outputs: list[Output] = []
        self._number, self._offset, self._log_time = number, 0, first_time
        self._work = TreatmentPartition(number, self.counts, given)
        self.send(activation(policy))

    def send(self, value: bytes | None, patient: str | None = None) -> list[Output]:
        """Process one record; gives what it wrote."""
        key = None if patient is None else patient.encode()
        record = InputRecord(CLINICAL_EVENTS.name, self._number, self._offset, self._log_time, key, value)
        self._offset += 1
        written = self._work.process(record)
        self.outputs += written
        return written

    def say(self, *facts: Fact | Iterable[Fact], patient: str = PATIENT) -> list[Output]:
        told = [fact for item in facts for fact in ((item,) if isinstance(item, Fact) else item)]
        return [output for fact in told for output in self.send(encode_fact(patient, fact), patient)]

    def to(self, time: datetime) -> list[Output]:
        """A tick: everything before `time` is there."""
        self._log_time = max(self._log_time, time)
        return self.send(tick(time))


def ticked(policy: Policy = POLICY) -> Partition:
    partition = Partition(policy)
    partition.to(MORNING)
    return partition


def said_on(topic: TopicDef, outputs: Iterable[Output]) -> list[dict[str, Any]]:
    return [json.loads(output.value) for output in outputs if output.topic == topic.name and output.value is not None]


def changes(outputs: Iterable[Output], rule: str = OVERDUE) -> list[dict[str, Any]]:
    return [change for change in said_on(ALERT_CHANGES, outputs) if change["rule"] == rule]


def told(outputs: Iterable[Output], rule: str = OVERDUE) -> list[tuple[str, int]]:
    """The changes of one rule, and their revisions."""
    return [(change["change"], change["revision"]) for change in changes(outputs, rule)]


def instants(outputs: Iterable[Output], rule: str = OVERDUE) -> list[datetime]:
    return [datetime.fromisoformat(change["at"]) for change in changes(outputs, rule)]


# --- the first tick -----------------------------------------------------------------------------------------------


def test_facts_before_the_first_tick_are_held_and_judged_at_it() -> None:
    partition = Partition()
    held = partition.say(plan(0), injection(0))
    assert {output.topic for output in held} == {TREATMENT_CHANGELOG.name}
    first = partition.to(day(5))
    assert told(first) == [("raised", 1)]
    assert instants(first) == [day(5)]
    assert [status["at"] for status in said_on(PATIENT_STATUS, first)] == ["2026-01-10T09:00:00Z"]


@pytest.mark.parametrize(("first_record", "standing"), [(2, False), (6, True)])
def test_a_fact_that_is_held_is_known_since_the_first_record(first_record: int, standing: bool) -> None:
    """The dose was late on day 4: news for whoever enrolled the patient on day 2, none on day 6."""
    partition = Partition(first_time=day(first_record))
    partition.say(plan(0), injection(0))
    assert [change["standing"] for change in changes(partition.to(day(9)))] == [standing]


def test_nothing_is_judged_while_one_source_has_not_ticked() -> None:
    partition = Partition()
    partition.say(plan(0), injection(0))
    assert partition.send(encode_tick(day(9), SOURCES[:1]))[:-1] == []
    assert told(partition.send(encode_tick(day(9), SOURCES[1:]))) == [("raised", 1)]


# --- changes of alerts --------------------------------------------------------------------------------------------


def test_an_alert_is_raised_at_its_own_instant_and_not_before() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    assert told(partition.to(midnight(4) - INSTANT)) == []
    raised = partition.to(midnight(4))
    assert told(raised) == [("raised", 1)]
    assert instants(raised) == [midnight(4)]


def test_a_late_tick_changes_only_when_an_alert_goes_out() -> None:
    prompt, late = ticked(), ticked()
    for partition in (prompt, late):
        partition.say(plan(0), injection(0))
    at_once, much_later = prompt.to(midnight(4)), late.to(day(6, 17))
    assert changes(at_once) == changes(much_later)


def test_an_alert_keeps_its_id_and_counts_its_revisions() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4, 10))
    partition.say(injection(4))
    history = changes(partition.outputs)
    assert [(change["change"], change["revision"]) for change in history] == [("raised", 1), ("resolved", 2)]
    expected = alert_id_of(PATIENT, OVERDUE, f"after-dose:{date_of(0).isoformat()}")
    assert {change["alert_id"] for change in history} == {expected}
    assert {change["raised_at"] for change in history} == {"2026-01-09T00:00:00Z"}
    assert history[1]["reason"].startswith("the next dose is due on 11 January 2026")
    assert history[1]["alert_reason"] == history[0]["reason"]


def test_an_alert_whose_values_change_is_updated() -> None:
    partition = ticked()
    partition.say(plan(0))
    partition.to(day(3))
    partition.say(platelets(1, 42), platelets(2, 30))
    never_counted, low, lower = changes(partition.outputs, PLATELETS)
    assert (never_counted["change"], never_counted["kind"], never_counted["severity"]) == ("raised", "unknown", "info")
    assert (low["change"], low["revision"], low["severity"]) == ("updated", 2, "high")
    assert (lower["change"], lower["revision"], lower["alert_id"]) == ("updated", 3, never_counted["alert_id"])
    assert "42 10*9/L" in low["reason"] and "30 10*9/L" in lower["reason"]


def test_a_dose_charted_late_withdraws_the_alert_that_it_should_have_kept_away() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    assert told(partition.say(injection(2))) == [("withdrawn", 2)]


def test_a_fact_that_is_taken_back_brings_the_alert_that_it_hid() -> None:
    partition = ticked()
    wrong = injection(2)
    partition.say(plan(0), injection(0), wrong)
    assert told(partition.to(day(4))) == []
    assert told(partition.say(withdrawal(wrong, 4))) == [("raised", 1)]


def test_an_alert_that_comes_back_is_raised_again_under_its_id() -> None:
    partition = ticked()
    partition.say(plan(0))
    partition.to(day(12))
    partition.say(loading())
    two_months = on(2026, 3, 6)
    partition.to(day(two_months + 4))
    partition.say(haemoglobin(two_months, 101), haemoglobin(two_months + 1, 131), haemoglobin(two_months + 2, 108))
    history = changes(partition.outputs, HAEMOGLOBIN)
    assert [change["change"] for change in history] == ["raised", "updated", "resolved", "raised"]
    assert [change["revision"] for change in history] == [1, 2, 3, 4]
    assert len({change["alert_id"] for change in history}) == 1
    assert history[0]["kind"] == "unknown"  # no result yet
    assert history[1]["kind"] == "finding"


def test_ids_are_the_same_in_every_run_and_no_two_changes_share_one() -> None:
    def run() -> list[Output]:
        partition = ticked()
        for patient in ("patient-1", "patient-2"):
            partition.say(platelets(0, 41), plan(0), injection(0), patient=patient)
        partition.to(day(9))
        return partition.outputs

    first = run()
    assert first == run()
    ids = [change["change_id"] for change in said_on(ALERT_CHANGES, first)]
    assert len(ids) == len(set(ids))
    assert len({change["alert_id"] for change in said_on(ALERT_CHANGES, first)}) == 4


def test_a_change_carries_its_id_for_those_who_read_twice_and_goes_to_the_patients_partition() -> None:
    partition = Partition(number=3)
    partition.to(day(0))
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    written = [output for output in partition.outputs if output.topic == ALERT_CHANGES.name]
    assert [dict(output.headers)["ce_id"].decode() for output in written] == [
        change["change_id"] for change in said_on(ALERT_CHANGES, written)
    ]
    assert {output.key for output in written} == {PATIENT.encode()}
    assert {output.partition for output in partition.outputs} == {3}


def test_a_fact_that_comes_twice_is_counted_and_writes_nothing() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    assert partition.say(injection(0)) == []
    assert (partition.counts["new facts"], partition.counts["duplicates"]) == (2, 1)


def test_an_older_version_that_comes_late_changes_nothing_that_is_published() -> None:
    partition = ticked()
    partition.say(plan(0), platelets(0, 160, version=2, fact_id="count"))
    late = partition.say(platelets(0, 18, version=1, fact_id="count"))
    assert said_on(ALERT_CHANGES, late) == []
    assert partition.counts["outdated versions"] == 1


# --- present alerts -----------------------------------------------------------------------------------------------


def closed_on_day_four(policy: Policy = POLICY) -> tuple[Partition, bytes]:
    partition = ticked(policy)
    partition.say(plan(0), injection(0), platelets(0, 200))
    partition.to(day(4, 10))
    partition.say(injection(4), injections(*range(5, 10)))
    alert_id = changes(partition.outputs)[0]["alert_id"]
    return partition, str(alert_id).encode()


def removed(outputs: Iterable[Output]) -> list[bytes | None]:
    return [output.key for output in outputs if output.topic == ALERTS.name and output.value is None]


@pytest.mark.parametrize("days", [POLICY.alerts.closed_kept_days, 3])
def test_a_closed_alert_leaves_with_a_tombstone_after_the_days_of_the_policy_and_not_before(days: int) -> None:
    partition, alert_id = closed_on_day_four(Policy(alerts=AlertsPolicy(closed_kept_days=days)))
    leaves = day(4, 10) + timedelta(days=days)
    assert alert_id not in removed(partition.to(leaves - INSTANT))
    assert removed(partition.to(leaves)) == [alert_id]
    assert removed(partition.to(leaves + timedelta(days=30))) == []


def test_the_newest_state_of_an_alert_stands_under_its_id() -> None:
    partition, alert_id = closed_on_day_four()
    states = [json.loads(o.value or b"{}") for o in partition.outputs if o.topic == ALERTS.name and o.key == alert_id]
    assert [state["change"] for state in states] == [Change.RAISED, Change.RESOLVED]


def test_an_open_alert_never_leaves() -> None:
    partition = ticked()
    partition.say(platelets(0, 200), plan(0), injection(0))
    partition.to(day(400))
    assert removed(partition.outputs) == []
    assert told(partition.outputs) == [("raised", 1)]


def test_an_alert_that_comes_back_before_it_leaves_stays() -> None:
    partition, alert_id = closed_on_day_four()
    charted = [injection(n) for n in (4, *range(5, 10))]
    partition.to(day(8))
    back = partition.say(withdrawal(fact, 8) for fact in charted)
    assert told(back)[-1] == ("raised", 3)
    assert alert_id not in removed(partition.to(day(40)))


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
    (dead,) = partition.send(value, PATIENT)
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
