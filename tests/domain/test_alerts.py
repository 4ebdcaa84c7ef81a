"""The difference between the alerts that are published and those that stand, and the answers people gave to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.alerts import Alert, AlertChange, Change, PublishedAlert, alert_id_of, difference
from domain.facts import Action, Fact
from domain.judgement import Quiet, Severity
from domain.record import Record
from domain.rules import injection_overdue, platelets_low_before_im
from tests.kit import (
    INSTANT,
    action,
    alert_of,
    assess_at,
    day,
    folate,
    injection,
    midnight,
    plan,
    platelets,
    record_of,
    vitamin_b12,
    when,
    withdrawal,
)

Published = dict[str, PublishedAlert]


def step(record: Record, published: Published, at: datetime, offset: int = 1) -> dict[str, AlertChange]:
    """Publishes what has changed; the changes by rule."""
    present = assess_at(record, at)

    def rightly_raised(old: PublishedAlert) -> bool:
        return old.alert.alert_id in {alert.alert_id for alert in assess_at(record, old.raised_at).alerts}

    changes = difference(
        published,
        present.alerts,
        at=at,
        offset=offset,
        rightly_raised=rightly_raised,
        quiet_because={rule: j.because for rule, j in present.judgements.items() if isinstance(j, Quiet)},
    )
    published.update({change.published.alert.alert_id: change.published for change in changes})
    return {change.published.alert.rule: change for change in changes}


RULE = injection_overdue.RULE_ID
BASELINE: list[Fact] = [vitamin_b12(-3, 90), folate(-3, 8)]
FACTS: list[Fact] = [plan(0), *BASELINE, injection(0), platelets(0, "200")]
OVERDUE = midnight(4)


def test_an_alert_is_raised_once_and_then_left_alone() -> None:
    published: Published = {}
    assert step(record_of(FACTS), published, OVERDUE - INSTANT) == {}
    raised = step(record_of(FACTS), published, OVERDUE)[RULE]
    assert (raised.published.change, raised.published.revision) == (Change.RAISED, 1)
    assert raised.published.raised_at == raised.published.changed_at == OVERDUE
    assert raised.reason == raised.published.alert.reason
    assert step(record_of(FACTS), published, day(30)) == {}


def test_an_alert_that_says_something_new_is_updated_and_keeps_when_it_was_raised() -> None:
    published: Published = {}
    low = record_of(plan(0), injection(0), platelets(0, "40"))
    step(low, published, day(1))
    rule = platelets_low_before_im.RULE_ID
    lower = step(low.add(platelets(1, "20"), day(1, 12)), published, day(1, 12))[rule].published
    assert (lower.change, lower.revision, lower.alert.severity) == (Change.UPDATED, 2, Severity.CRITICAL)
    assert (lower.raised_at, lower.changed_at) == (day(1), day(1, 12))


def test_what_was_rightly_raised_is_resolved_and_says_why() -> None:
    published: Published = {}
    step(record_of(FACTS), published, OVERDUE)
    given = record_of(FACTS, injection(5))
    resolved = step(given, published, day(5))[RULE]
    assert resolved.published.change is Change.RESOLVED
    assert not resolved.published.is_open
    assert "the next dose is due on 12 January 2026" in resolved.reason
    assert resolved.published.raised_at == OVERDUE


def test_what_a_late_record_shows_to_have_been_wrong_is_withdrawn() -> None:
    published: Published = {}
    step(record_of(FACTS), published, OVERDUE)
    charted_late = record_of(FACTS).add(injection(3), known_at=day(5))
    assert step(charted_late, published, day(5))[RULE].published.change is Change.WITHDRAWN


def test_a_closed_alert_that_stands_again_is_raised_under_its_old_id() -> None:
    published: Published = {}
    late = injection(5)
    first = step(record_of(FACTS), published, OVERDUE)[RULE].published
    closed = step(record_of(FACTS, late), published, day(5))[RULE].published
    bare = record_of(FACTS, late).add(withdrawal(late, 6), day(6))
    again = step(bare, published, day(6))[RULE].published
    assert [first.revision, closed.revision, again.revision] == [1, 2, 3]
    assert again.alert.alert_id == first.alert.alert_id
    assert (again.change, again.raised_at) == (Change.RAISED, day(6))
    assert again.is_open


def test_a_next_episode_is_raised_as_the_old_one_is_closed() -> None:
    published: Published = {}
    step(record_of(FACTS), published, OVERDUE)
    late = record_of(FACTS, injection(5))
    step(late, published, day(20))  # nobody looked in between: the dose of day 5 has become overdue itself
    changes = {p.alert.episode: p.change for p in published.values() if p.alert.rule == RULE}
    assert changes == {"after-dose:2026-01-05": Change.RESOLVED, "after-dose:2026-01-10": Change.RAISED}


def test_a_closed_alert_is_closed_once() -> None:
    published: Published = {}
    step(record_of(FACTS), published, OVERDUE)
    step(record_of(FACTS, injection(5)), published, day(5))
    assert step(record_of(FACTS, injection(5)), published, day(6)) == {}


def test_changes_come_in_the_order_of_rule_and_id_whatever_order_is_present() -> None:
    alerts = assess_at(record_of(plan(0), BASELINE, injection(0), platelets(0, "20")), midnight(4)).alerts
    assert len(alerts) == 2

    def changes_of(present: tuple[Alert, ...]) -> tuple[AlertChange, ...]:
        return difference({}, present, at=day(4), offset=3, rightly_raised=lambda _: True, quiet_because={})

    assert changes_of(alerts) == changes_of(alerts[::-1])


def test_the_id_of_a_change_names_its_instant_and_offset() -> None:
    (alert,) = assess_at(record_of(FACTS), OVERDUE).alerts

    def change_id(at: datetime, offset: int) -> str:
        (change,) = difference({}, [alert], at=at, offset=offset, rightly_raised=lambda _: True, quiet_because={})
        return change.change_id

    assert change_id(OVERDUE, 1) == change_id(OVERDUE, 1)
    assert len({change_id(OVERDUE, 1), change_id(OVERDUE, 2), change_id(OVERDUE + INSTANT, 1)}) == 3


def test_ids_tell_patients_rules_and_episodes_apart() -> None:
    ids = {
        alert_id_of("p", "r", "e"),
        alert_id_of("q", "r", "e"),
        alert_id_of("p", "s", "e"),
        alert_id_of("p", "r", "f"),
    }
    assert len(ids) == 4
    assert alert_id_of("a", "bc", "d") != alert_id_of("ab", "c", "d")


# --- answers -----------------------------------------------------------------------------------------------------


def test_an_acknowledgement_shows_on_the_alert_from_its_time() -> None:
    record = record_of(FACTS)
    alert = alert_of(injection_overdue, record, OVERDUE)
    answered = record.add(action(day(4, 3), Action.ACKNOWLEDGED, alert.alert_id), day(4, 3))
    assert alert_of(injection_overdue, answered, day(4, 3) - INSTANT).acknowledged_by == ""
    assert alert_of(injection_overdue, answered, day(4, 3)).acknowledged_by == "Sister Bea"
    assert replace(alert, acknowledged_by="Sister Bea") == alert_of(injection_overdue, answered, day(9))


def test_an_answer_to_another_alert_shows_nowhere() -> None:
    record = record_of(FACTS, action(5, Action.ACKNOWLEDGED, "another"))
    assert alert_of(injection_overdue, record, day(6)).acknowledged_by == ""


def test_a_snooze_ends_at_its_instant_and_that_is_a_review() -> None:
    record = record_of(FACTS)
    alert_id = alert_of(injection_overdue, record, OVERDUE).alert_id
    snoozed = record.add(action(5, Action.SNOOZED, alert_id, until=when(day(8))), day(5))
    assert alert_of(injection_overdue, snoozed, day(8) - INSTANT).snoozed_until == day(8)
    assert assess_at(snoozed, day(8) - INSTANT).next_review_at == day(8)
    assert alert_of(injection_overdue, snoozed, day(8)).snoozed_until is None
