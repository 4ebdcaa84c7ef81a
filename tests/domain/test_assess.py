"""The whole answer: situation, alerts, judgements, review."""

from __future__ import annotations

from domain.facts import Cause, DosesGivenBy
from domain.judgement import Quiet, Severity
from domain.phase import Phase
from domain.record import Record
from domain.rules import ALL_RULES, RULE_VERSIONS
from tests.kit import (
    POLICY,
    alert_of,
    assess_at,
    date_of,
    day,
    folate,
    haemoglobin,
    injection,
    loading,
    midnight,
    on,
    plan,
    platelets,
    record_of,
    reticulocytes,
    rule_named,
    vitamin_b12,
    when,
)


def test_of_nobody_nothing_is_known_and_nothing_is_to_review() -> None:
    nothing = assess_at(Record("nobody"), day(0))
    assert nothing.alerts == ()
    assert nothing.next_review_at is None
    assert nothing.situation.phase is Phase.NOT_STARTED
    assert "a treatment plan" in nothing.situation.missing
    assert set(nothing.judgements) == {rule.RULE_ID for rule in ALL_RULES}


def test_every_alert_is_stamped_with_patient_rule_policy_and_regimen() -> None:
    for alert in assess_at(record_of(plan(0), injection(0)), day(90)).alerts:
        assert alert.patient_id == "patient-1"
        assert alert.rule_version == RULE_VERSIONS[alert.rule]
        assert alert.policy_version == POLICY.version
        assert alert.regimen == "R2"
        assert alert.wanted_action and alert.reason and alert.source_statement


def test_alerts_stand_in_the_order_of_rules() -> None:
    rules = [alert.rule for alert in assess_at(record_of(plan(0), injection(0)), day(90)).alerts]
    assert rules == sorted(rules) and len(rules) >= 3


def test_a_story_from_first_plan_to_lifelong() -> None:
    before = [vitamin_b12(-1, 120), folate(-1, 8), haemoglobin(-1, 95), platelets(0, "200")]
    since = [reticulocytes(7, 120), haemoglobin(50, 125), vitamin_b12(50, 900)]
    record = record_of(plan(0), before, loading(), since)
    assert assess_at(record, day(0)).alerts == ()
    assert assess_at(record, day(12)).situation.phase is Phase.MAINTENANCE
    later = assess_at(record, day(70))
    assert later.situation.phase is Phase.LIFELONG
    assert later.situation.phase_since == date_of(50)
    assert later.alerts == ()
    assert later.next_review_at == midnight(on(2026, 4, 17))
    assert [alert.severity for alert in assess_at(record, midnight(on(2026, 4, 17))).alerts] == [Severity.MEDIUM]


def test_what_is_missing_is_said_once() -> None:
    unsaid = plan(0, birth_date=None, cause=Cause.UNKNOWN)
    at_once, asked = (assess_at(record_of(unsaid), day(n)).situation.missing for n in (0, 1))
    assert {"birth date", "cause"} < set(at_once)
    assert len(at_once) == len(set(at_once))
    assert "cause, birth date" in asked
    assert not {"birth date", "cause"} & set(asked)


def test_the_newest_data_is_the_newest_that_counts_already() -> None:
    record = record_of(plan(0), haemoglobin(3, 100)).add(injection(90), known_at=day(3))
    assert assess_at(record, day(10)).situation.newest_data == when(3)
    assert assess_at(record, day(90)).situation.newest_data == when(90)


def test_a_note_is_of_class_info() -> None:
    note = alert_of(rule_named("platelets-low-before-im"), record_of(plan(0), injection(0)), day(1))
    assert note.severity is Severity.INFO


def test_what_is_coming_comes_from_quiet_rules_alone() -> None:
    coming = assess_at(record_of(plan(0, doses_given_by=DosesGivenBy.ELSEWHERE), injection(0)), day(1))
    assert coming.situation.coming == tuple(
        j.coming for j in coming.judgements.values() if isinstance(j, Quiet) and j.coming
    )
    assert coming.situation.coming
