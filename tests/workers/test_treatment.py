"""Treatment on one partition, a record at a time: what it publishes, when, and what it never does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

import pytest

from domain.alerts import Change, alert_id_of
from domain.policies.general import AlertsPolicy
from domain.policy import Policy
from tests.kit import (
    INSTANT,
    POLICY,
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
from tests.workers.logs import SOURCES
from tests.workers.partition import (
    HAEMOGLOBIN,
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
from topics.codecs.clinical_event import encode_tick
from topics.definitions import (
    ALERT_CHANGES,
    ALERTS,
    CLINICAL_EVENTS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
)
from topics.schemas.changelog import PARTITION_KEY
from workers.records import Output
from workers.treatment import Treatment

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
    assert "42 ×10⁹/L" in low["reason"] and "30 ×10⁹/L" in lower["reason"]


def test_a_dose_charted_late_withdraws_the_alert_that_it_should_have_kept_away() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    assert told(partition.say(injection(2))) == [("withdrawn", 2)]


def test_a_false_finding_is_withdrawn_though_what_was_unknown_before_it_rightly_stood() -> None:
    partition = ticked()
    partition.say(plan(0))
    partition.to(day(3))
    wrong = platelets(2, 18, fact_id="count")
    partition.say(wrong)
    partition.to(day(4))
    partition.say(platelets(2, 180, fact_id="count", version=2))
    assert told(partition.outputs, PLATELETS) == [("raised", 1), ("updated", 2), ("withdrawn", 3)]


def test_a_finding_that_is_over_is_resolved_though_it_was_unknown_before() -> None:
    partition = ticked()
    partition.say(plan(0))
    partition.to(day(3))
    partition.say(platelets(2, 18))
    partition.to(day(6))
    partition.say(platelets(5, 180))
    assert told(partition.outputs, PLATELETS) == [("raised", 1), ("updated", 2), ("resolved", 3)]


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
    for later, value in enumerate((101, 131, 108), start=5):
        partition.to(day(two_months + later))
        partition.say(haemoglobin(two_months + later, value))
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
    changes = said_on(ALERT_CHANGES, first)
    assert len({change["change_id"] for change in changes}) == len(changes)
    alerts = {(change["patient_id"], change["rule"], change["episode"]) for change in changes}
    assert len({change["alert_id"] for change in changes}) == len(alerts) > 4


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
    assert told(partition.outputs)[0] == ("raised", 1)
    overdue = [c for c in said_on(ALERT_CHANGES, partition.outputs) if c["rule"] == "injection-overdue"]
    assert {change["change"] for change in overdue} == {"raised"}, "nobody answers it"
    assert overdue[0]["alert_id"].encode() not in removed(partition.outputs)


def test_an_alert_that_comes_back_before_it_leaves_stays() -> None:
    partition, alert_id = closed_on_day_four()
    charted = [injection(n) for n in (4, *range(5, 10))]
    partition.to(day(8))
    back = partition.say(withdrawal(fact, 8) for fact in charted)
    assert told(back)[-1] == ("raised", 3)
    assert alert_id not in removed(partition.to(day(40)))


def test_a_restart_keeps_the_alerts_of_somebody_of_whom_no_fact_is_left() -> None:
    partition = ticked()
    partition.say(plan(0), injection(0))
    partition.to(day(4))
    stored = partition.stored()
    entry = stored[TREATMENT_CHANGELOG.name][PARTITION_KEY]
    kept = {TREATMENT_CHANGELOG.name: {PARTITION_KEY: entry}, ALERTS.name: stored[ALERTS.name]}
    work = Treatment().take_over(CLINICAL_EVENTS.name, 0, kept)
    assert work.remembered().published == partition.remembered().published != {}, "they are still to be closed and left"
