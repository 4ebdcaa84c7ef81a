"""Feeds that fall silent and intake that lags: when that is said, to whom, what it casts doubt on, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.alerts import Alert, AlertKind
from domain.calendar import ClinicalTime
from domain.facts import Action
from domain.policies.general import SilencePolicy
from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from tests.kit import INSTANT, POLICY, action, day, haemoglobin, injection, plan
from tests.workers.logs import SOURCES, activation
from tests.workers.partition import MORNING, OVERDUE, PATIENT, PLATELETS, Partition, changes, said_on
from topics.codecs.clinical_event import Heard, encode_tick
from topics.definitions import ALERTS, CLINICAL_EVENTS, OPERATIONAL_ALERTS, PATIENT_STATUS, SOURCE_TOPICS
from workers import absence
from workers.records import Output
from workers.treatment import Treatment

DOSES, LABS, LIS = "administrations", "lab-results", "lab-results/laboratory"
HOUR = timedelta(hours=1)
RHYTHM = 48 * HOUR


def policy(**silence: Any) -> Policy:
    """Doses are expected within two days, and nothing else is."""
    told = {"administrations_hours": 48, "lab_results_hours": 0, **silence}
    return POLICY.model_copy(update={"silence": SilencePolicy(**told)})


def tick(partition: Partition, to: datetime, heard: Mapping[str, datetime] | None, messages: int = 1) -> list[Output]:
    """A tick that says up to when all is there, and when each feed was heard last."""
    partition.later(to)
    told = None if heard is None else {feed: Heard(at, messages) for feed, at in heard.items()}
    return partition.send(encode_tick(to, SOURCES, heard=told))


def listening(**silence: Any) -> Partition:
    """One patient, whose second dose is overdue from day 4 on; doses were heard at the beginning."""
    partition = Partition(policy(**silence))
    tick(partition, MORNING, {DOSES: MORNING})
    partition.say(plan(0), injection(0))
    return partition


def alerts(outputs: list[Output], kind: str = "feed-silent") -> list[dict[str, Any]]:
    return [alert for alert in said_on(OPERATIONAL_ALERTS, outputs) if alert["kind"] == kind]


def told(outputs: list[Output], kind: str = "feed-silent") -> list[str]:
    return [alert["change"] for alert in alerts(outputs, kind)]


# --- silence -------------------------------------------------------------------------------------------------------


def test_a_feed_is_silent_from_the_instant_at_which_its_rhythm_is_over() -> None:
    partition = listening()
    assert told(tick(partition, MORNING + RHYTHM - INSTANT, {})) == []
    (alert,) = alerts(tick(partition, day(3), {}))
    assert (alert["change"], alert["subject"]) == ("raised", "clinical-events/0/silent/administrations")
    assert (alert["at"], alert["since"]) == ("2026-01-07T09:00:00Z", "2026-01-05T09:00:00Z")
    assert (alert["behind"], alert["patients"]) == ([DOSES], 1)
    assert alert["reason"] == (
        "nothing came on administrations since 2026-01-05 09:00 UTC, and something is expected within 48 h"
    )
    assert PATIENT not in json.dumps(alert)
    assert told(tick(partition, day(9), {})) == [], "said once"


def test_a_feed_that_was_heard_in_time_is_not_silent() -> None:
    """What came is known before the time goes on: intake that was down for a week makes no feed silent."""
    partition = listening()
    assert told(tick(partition, day(7), {DOSES: day(6)})) == []
    assert told(tick(partition, day(8) - INSTANT, {})) == []
    assert told(tick(partition, day(8), {})) == ["raised"]


def test_when_messages_come_again_the_alert_is_resolved_with_how_many_came() -> None:
    partition = listening()
    tick(partition, day(3), {})
    (alert,) = alerts(tick(partition, day(3) + HOUR, {DOSES: day(3)}, messages=12))
    assert (alert["change"], alert["messages"], alert["at"]) == ("resolved", 12, "2026-01-08T09:00:00Z")
    assert alert["reason"] == "12 messages came on administrations, after nothing since 2026-01-05 09:00 UTC"
    assert told(tick(partition, day(5) - INSTANT, {})) == []
    assert told(tick(partition, day(5), {})) == ["raised"], "and it may fall silent again"


def test_a_log_in_which_nobody_listens_tells_of_no_silence() -> None:
    partition = Partition(policy())
    tick(partition, MORNING, None)
    partition.say(plan(0))
    assert told(tick(partition, day(30), None)) == []
    assert told(tick(partition, day(31), {})) == []
    assert told(tick(partition, day(33), {})) == ["raised"], "expected from when somebody listens on"


def test_a_feed_that_never_spoke_is_silent_too() -> None:
    partition = Partition(policy())
    tick(partition, MORNING, {})
    assert told(tick(partition, MORNING + RHYTHM, {})) == ["raised"]


def test_a_source_within_a_topic_has_a_rhythm_of_its_own_and_concerns_those_of_whom_it_spoke() -> None:
    partition = listening(administrations_hours=0, facility_hours={LIS: 24})
    partition.say(haemoglobin(0, 100))
    partition.say(plan(0), patient="bob")
    heard = {LABS: day(1), LIS: MORNING}
    outputs = tick(partition, day(1), heard)
    (alert,) = alerts(outputs)
    assert (alert["behind"], alert["patients"]) == ([LIS], 1)
    marked = [(status["patient_id"], status["silent_feeds"]) for status in said_on(PATIENT_STATUS, outputs)]
    assert marked == [(PATIENT, [{"feed": LIS, "since": "2026-01-05T09:00:00Z"}])]
    assert told(tick(partition, day(2), {LABS: day(2)})) == [], "another source of the topic says nothing of this one"
    assert told(tick(partition, day(2), {LIS: day(2)})) == ["resolved"]


def test_a_clock_that_is_ahead_makes_no_feed_heard_for_ever() -> None:
    partition = listening()
    tick(partition, day(1), {DOSES: day(4000)})
    assert told(tick(partition, day(3), {})) == ["raised"], "it cannot have been later than the tick"


def test_another_policy_may_end_a_silence_or_find_one() -> None:
    partition = listening()
    tick(partition, day(3), {})
    (alert,) = alerts(partition.send(activation(policy(administrations_hours=100))))
    assert (alert["change"], alert["reason"]) == (
        "resolved",
        "nothing is expected on administrations any more, or not so soon",
    )
    assert told(partition.send(activation(policy(administrations_hours=72)))) == ["raised"]
    assert told(partition.send(activation(policy(administrations_hours=0)))) == ["resolved"]
    assert told(partition.send(activation(policy()))) == [], "expected anew from here on"
    assert told(tick(partition, day(5), {})) == ["raised"]


def test_while_the_time_goes_on_blind_nobody_can_tell_and_afterwards_it_is_told() -> None:
    partition = listening()
    assert told(partition.send(encode_tick(day(4), blind=True))) == []
    assert told(tick(partition, day(4), {})) == ["raised"]
    partition = listening()
    partition.send(encode_tick(day(4), blind=True))
    assert told(tick(partition, day(4), {DOSES: day(3)})) == []


# --- patients and alerts -------------------------------------------------------------------------------------------


def test_the_status_of_those_who_are_enrolled_says_which_feed_is_silent() -> None:
    partition = listening()
    partition.say(haemoglobin(0, 100), patient="not-enrolled")
    *before, status = said_on(PATIENT_STATUS, tick(partition, MORNING + RHYTHM, {}))
    assert {one["patient_id"] for one in before} <= {PATIENT} and not any(one["silent_feeds"] for one in before)
    assert (status["patient_id"], status["at"]) == (PATIENT, "2026-01-07T09:00:00Z")
    assert status["silent_feeds"] == [{"feed": DOSES, "since": "2026-01-05T09:00:00Z"}]
    (late,) = said_on(PATIENT_STATUS, partition.say(plan(2), patient="late"))
    assert late["silent_feeds"] == status["silent_feeds"], "who is enrolled meanwhile, too"
    after = said_on(PATIENT_STATUS, tick(partition, day(2) + HOUR, {DOSES: day(2)}))
    assert [(one["patient_id"], one["silent_feeds"]) for one in after] == [("late", []), (PATIENT, [])]


def overdue_in_silence(**silence: Any) -> tuple[Partition, dict[str, Any]]:
    partition = listening(**silence)
    (raised,) = changes(tick(partition, day(4), {}))
    return partition, raised


def test_an_overdue_dose_that_silence_could_have_faked_says_so_and_its_page_may_be_held_for_a_day() -> None:
    _, raised = overdue_in_silence()
    assert raised["change"] == "raised"
    assert raised["feed_silent_since"] == "2026-01-05T09:00:00Z"
    at = datetime.fromisoformat(raised["at"])
    assert datetime.fromisoformat(raised["hold_page_until"]) - at == timedelta(hours=24)
    doubt = "; feed silent: nothing came on administrations since 2026-01-05 09:00 UTC"
    assert raised["reason"].endswith(f"{doubt}: what is asked for may be done already")
    assert "silent" not in raised["alert_reason"]


@pytest.mark.parametrize("hours", [0, 6])
def test_a_hospital_may_hold_it_for_less(hours: int) -> None:
    _, raised = overdue_in_silence(hold_page_hours=hours)
    held = datetime.fromisoformat(raised["hold_page_until"]) - datetime.fromisoformat(raised["at"])
    assert held == timedelta(hours=hours)


def test_it_is_withdrawn_by_the_dose_that_comes_late() -> None:
    partition, _ = overdue_in_silence()
    (withdrawn,) = changes(partition.say(injection(2)))
    assert (withdrawn["change"], withdrawn["hold_page_until"]) == ("withdrawn", None)


def test_it_is_confirmed_when_the_feed_speaks_again_and_the_page_waits_no_longer() -> None:
    partition, raised = overdue_in_silence()
    outputs = tick(partition, day(4) + HOUR, {DOSES: day(4)})
    (confirmed,) = changes(outputs)
    assert (confirmed["change"], confirmed["feed_silent_since"], confirmed["hold_page_until"]) == (
        "updated",
        None,
        None,
    )
    assert confirmed["reason"].startswith("confirmed, no reports are missing any more: ")
    (stored,) = [alert for alert in said_on(ALERTS, outputs) if alert["rule"] == OVERDUE]
    assert (stored["alert_id"], stored["hold_page_until"]) == (raised["alert_id"], None)


def test_what_was_raised_before_the_silence_stays_as_it_is_and_is_held_from_its_first_change_in_it() -> None:
    partition = listening(administrations_hours=240)
    (raised,) = changes(tick(partition, day(4), {}))
    assert (raised["feed_silent_since"], raised["hold_page_until"]) == (None, None)
    assert changes(tick(partition, day(11), {})) == []
    seen = action(day(11), Action.ACKNOWLEDGED, raised["alert_id"])
    (changed,) = changes(partition.say(seen))
    assert (changed["change"], changed["feed_silent_since"]) == ("updated", "2026-01-05T09:00:00Z")
    assert changed["hold_page_until"] == "2026-01-17T09:00:00Z"
    tick(partition, day(11) + HOUR, {})
    again = action(day(11) + HOUR, Action.SNOOZED, raised["alert_id"], until=ClinicalTime(day(13)))
    (changed,) = changes(partition.say(again))
    assert changed["hold_page_until"] == "2026-01-17T09:00:00Z", "a day from the first change, and not from each"


def test_another_feed_has_no_part_in_it() -> None:
    partition = listening(administrations_hours=0, lab_results_hours=24)
    outputs = tick(partition, day(4), {})
    assert told(outputs) == ["raised"]
    (overdue,) = changes(outputs)
    assert (overdue["feed_silent_since"], overdue["hold_page_until"]) == (None, None)
    (missing,) = changes(outputs, "baseline-missing")
    assert missing["at"] == "2026-01-06T09:00:00Z", "at the instant at which the feed falls silent: the feed goes first"
    assert missing["feed_silent_since"] == "2026-01-05T09:00:00Z"


def alert(rule: str, kind: AlertKind) -> Alert:
    parts: dict[str, Any] = dict.fromkeys(Alert.__dataclass_fields__, "")
    return Alert(**{**parts, "rule": rule, "kind": kind})


def test_every_rule_is_told_apart_by_what_its_alerts_rest_on() -> None:
    tables = [absence.ABSENT.keys(), absence.ABSENT_WHERE_UNKNOWN.keys(), absence.REPORTED]
    assert sorted(rule for table in tables for rule in table) == sorted(RULE_VERSIONS), "each once, and no other"
    topics = {topic.name for topic in SOURCE_TOPICS}
    assert all(
        awaited <= topics for table in (absence.ABSENT, absence.ABSENT_WHERE_UNKNOWN) for awaited in table.values()
    )


def test_a_low_count_waits_for_no_feed_and_a_missing_one_does() -> None:
    assert absence.awaited(alert(PLATELETS, AlertKind.FINDING)) == frozenset()
    assert absence.awaited(alert(PLATELETS, AlertKind.UNKNOWN)) == {LABS}
    assert absence.awaited(alert(OVERDUE, AlertKind.FINDING)) >= {DOSES}
    assert absence.awaited(alert("folic-acid-before-b12", AlertKind.FINDING)) == frozenset()


# --- intake lags ---------------------------------------------------------------------------------------------------


def probe(partition: Partition, at: datetime) -> list[Output]:
    """A record that claims nothing, as treatment appends where no tick comes; its log time tells the time."""
    partition.later(at)
    return partition.send(encode_tick(datetime.fromisoformat("1970-01-01T00:00:00Z")))


def test_intake_that_lags_is_said_by_the_time_of_the_log_and_so_is_that_it_caught_up() -> None:
    partition = listening()
    assert told(probe(partition, MORNING + HOUR - INSTANT), "intake-lags") == []
    outputs = probe(partition, MORNING + HOUR)
    (alert,) = alerts(outputs, "intake-lags")
    assert (alert["change"], alert["subject"], alert["since"]) == (
        "raised",
        "clinical-events/0/intake",
        "2026-01-05T09:00:00Z",
    )
    assert alert["at"] == "2026-01-05T10:00:00Z"
    (status,) = said_on(PATIENT_STATUS, outputs)
    assert status["silent_feeds"] == [{"feed": "intake", "since": "2026-01-05T09:00:00Z"}]
    assert told(probe(partition, day(1)), "intake-lags") == [], "said once"
    outputs = tick(partition, day(1) + HOUR, {})
    assert told(outputs, "intake-lags") == ["resolved"]
    assert [status["silent_feeds"] for status in said_on(PATIENT_STATUS, outputs)][-1] == []


def test_one_source_that_is_behind_makes_intake_lag_though_the_others_tick() -> None:
    partition = listening()
    partition.later(MORNING + 2 * HOUR)
    outputs = partition.send(encode_tick(MORNING + 2 * HOUR, SOURCES[:1], heard={}))
    assert told(outputs, "intake-lags") == ["raised"]


def test_a_source_that_never_ticks_is_a_lag_too() -> None:
    partition = Partition(policy())
    partition.later(MORNING + HOUR)
    assert told(partition.send(encode_tick(MORNING + HOUR, SOURCES[:1], heard={})), "intake-lags") == ["raised"]
    assert told(tick(partition, MORNING + 2 * HOUR, {}), "intake-lags") == ["resolved"]


# --- restarts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 3, 4])
def test_a_restart_goes_on_as_if_there_had_been_none(days: int) -> None:
    partition, other = listening(facility_hours={LIS: 24}), listening(facility_hours={LIS: 24})
    for one in (partition, other):
        one.say(haemoglobin(0, 100))
        tick(one, day(days), {LIS: day(days) - 30 * HOUR})
    work = Treatment().take_over(CLINICAL_EVENTS.name, 0, partition.stored())
    assert work.remembered() == other.remembered()
    again = Partition.going_on(work, partition)
    assert tick(again, day(6), {}) == tick(other, day(6), {})
    assert tick(again, day(7), {DOSES: day(7)}) == tick(other, day(7), {DOSES: day(7)})
