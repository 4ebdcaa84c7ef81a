"""What an explanation says is what was published, and what a trial says is what really comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from domain.alerts import Change
from domain.assess import assess
from domain.facts import Action
from domain.policies.general import CalendarPolicy
from domain.policy import Policy
from tests.kit import INSTANT, action, day, injection, loading, midnight, on, plan, platelets, withdrawal
from tests.workers.explaining import (
    HAEMOGLOBIN,
    OVERDUE,
    PATIENT,
    PLATELETS,
    alert_id,
    edges,
    explained,
    history,
    log_of,
    put_back,
    recording,
    without,
)
from tests.workers.logs import activation, event_logs, numbered, tick
from topics.codecs.clinical_event import encode_fact
from workers.explain import NothingToExplain, explain_alert, explain_patient
from workers.explain_answers import answers_of, effect
from workers.explain_history import State, alerts_of, history_of
from workers.explain_policy import KeyTrial, key_trials
from workers.explain_trials import MOST_FACTS, Moment
from workers.records import InputRecord

LOW = log_of(plan(0), platelets(1, 42, fact_id="count"), injection(2, fact_id="dose"))
"""A count of 42 before the first dose, and the dose."""


# --- the history is what was published ---------------------------------------------------------------------------


@settings(max_examples=40)
@given(event_logs(patients=2))
def test_the_state_of_each_change_gives_the_very_alert_that_was_published(log: list[InputRecord]) -> None:
    for patient_id in set(alerts_of(log, policy=None, until=None).values()):
        for published in history(log, patient_id).changes:
            change, state = published.change.published, published.state
            alerts = assess(state.record, state.policy, state.at).alerts
            assert (change.alert in alerts) is change.is_open
            assert state.at == change.changed_at


def test_the_history_has_every_change_with_what_it_came_with() -> None:
    told = history(LOW, until=midnight(6))
    platelets_told = [
        (p.change.published.change, p.came_with and p.came_with.fact.fact_id)
        for p in told.changes
        if p.change.published.alert.rule == PLATELETS
    ]
    assert platelets_told == [("raised", "plan-20260105T090000"), ("updated", "count"), ("updated", "dose")]
    (overdue,) = (p for p in told.changes if p.change.published.alert.rule == OVERDUE)
    assert overdue.came_with is None  # nobody said anything: the time came


def test_another_policy_that_comes_into_force_is_in_the_states_from_there_on() -> None:
    strict = Policy.model_validate({"platelets": {"limit": 70}})
    facts = (plan(0), platelets(0, 60, fact_id="count"))
    log = numbered(
        [
            (day(0), None, activation(Policy())),
            (day(0), None, tick(day(0))),
            *((day(1), PATIENT.encode(), encode_fact(PATIENT, fact)) for fact in facts),
            (day(2), None, activation(strict)),
            (day(2), None, tick(day(3))),
        ]
    )
    told = history(log)
    assert told.state_at(day(3)) is not None
    raised = [p for p in told.changes if p.change.published.alert.severity.word == "high"]
    assert [(p.state.policy.version, p.came_with) for p in raised] == [(strict.version, None)]
    assert {state.policy.version for state in told.states} == {Policy().version, strict.version}


def test_before_the_first_fact_there_is_nothing_to_explain() -> None:
    told = history(LOW)
    assert told.state_at(day(0) - INSTANT) is None
    first, second = told.state_at(day(0)), told.state_at(day(1) - INSTANT)
    assert first is not None and second is not None and len(first.record.known) == len(second.record.known) == 1
    with pytest.raises(NothingToExplain, match="it begins at 2026-01-05T09:00:00Z"):
        explain_patient(LOW, PATIENT, at=day(0) - INSTANT)


def test_a_log_that_tells_no_time_has_nothing_to_explain() -> None:
    log = numbered([(day(0), None, activation()), (day(0), PATIENT.encode(), encode_fact(PATIENT, plan(0)))])
    log.append(log[0].__class__(log[0].topic, 0, 2, day(0), None, tick(day(0), ["lab-results/0"])))
    assert history_of(log, PATIENT, policy=None, until=None) is None


# --- numbers of the policy ---------------------------------------------------------------------------------------


def test_the_limit_that_made_the_alert_is_found_to_its_last_step() -> None:
    told = explained(LOW, PLATELETS, at=day(1, hour=10))
    assert edges(told, PLATELETS)["platelets.limit"] == [("at most 41.9", "no alert")]
    assert edges(told, PLATELETS)["platelets.critical_below"] == [("at least 42.1", "critical")]
    assert "haemoglobin.alert_months" not in edges(told, PLATELETS)


def test_a_number_that_stands_in_the_words_alone_is_told_without_an_edge() -> None:
    assert edges(explained(LOW, PLATELETS, at=day(1, hour=10)), PLATELETS)["platelets.at_limit_holds_hours"] == []


def test_a_number_is_moved_only_as_far_as_the_others_allow() -> None:
    """With a limit under critical_below the policy is refused: 24 is out of reach, whatever a count of 20 would say."""
    told = explained(log_of(plan(0), platelets(1, 20)), PLATELETS)
    assert edges(told, PLATELETS)["platelets.limit"] == []
    assert edges(told, PLATELETS)["platelets.critical_below"] == [("at most 20", "high")]


def test_the_last_number_that_the_others_allow_is_tried() -> None:
    told = explained(log_of(plan(0), platelets(1, "25.1")), PLATELETS)
    assert edges(told, PLATELETS)["platelets.limit"] == [("at most 25", "no alert")]


def test_days_of_the_policy_are_found_too() -> None:
    log = log_of(plan(0), *loading())
    told = explained(log, OVERDUE, at=midnight(on(2026, 5, 15)))
    assert edges(told, OVERDUE)["injection.high_after_days"] == [("at least 29", "medium")]


def test_what_is_no_number_is_tried_with_its_default() -> None:
    """At 23:30 UTC it is already the next day in Paris, and the dose is overdue there."""
    paris = Policy(calendar=CalendarPolicy(time_zone="Europe/Paris"))
    log = log_of(plan(0), platelets(0, 240), injection(0))
    told = explain_patient(log, PATIENT, policy=paris, at=midnight(4) - timedelta(minutes=30))
    (zone,) = (trial for trial in told.keys_for(OVERDUE) if trial.key.dotted == "calendar.time_zone")
    assert zone.defaults[OVERDUE].what == "no alert"


@pytest.mark.parametrize("log", [LOW[:2], recording("tests/recordings/three-patients.jsonl")], ids=["low", "recorded"])
def test_each_edge_is_where_the_answer_turns(log: list[InputRecord]) -> None:
    """By a policy made anew: at the edge the answer is what was said, and one step before it is not."""
    turned = 0
    for state in _states(log):
        for trial in key_trials(Moment(state)):
            for rule, found in trial.edges.items():
                for edge in found:
                    before = edge.value + _STEPS[type(trial.value)] * (-1 if edge.is_upper else 1)
                    assert _with(state, trial, edge.value, rule) == edge.effect.sort
                    assert _with(state, trial, before, rule) != edge.effect.sort
                    turned += 1
    assert turned


def _states(log: list[InputRecord]) -> list[State]:
    """Those in which the newest alert of each of three rules was changed last."""
    told = alerts_of(log, policy=None, until=None)
    changes = [p for patient_id in sorted(set(told.values())) for p in history(log, patient_id).changes]
    newest = {p.change.published.alert.rule: p.state for p in changes}
    return [newest[rule] for rule in (OVERDUE, PLATELETS, HAEMOGLOBIN) if rule in newest]


_STEPS = {int: Decimal(1), Decimal: Decimal("0.1"), float: Decimal("0.01")}


def _with(state: State, trial: KeyTrial, value: Decimal, rule: str) -> object:
    """How the answer of the rule differs with another value of one number."""
    data, kind = state.policy.as_data(), type(trial.value)
    data[trial.key.section][trial.key.name] = (
        str(value) if kind is Decimal else int(value) if kind is int else float(value)
    )
    policies = (state.policy, Policy.model_validate(data))
    before, after = (answers_of(assess(state.record, policy, state.at))[rule] for policy in policies)
    return effect(before, after).sort


# --- facts -------------------------------------------------------------------------------------------------------


def test_a_fact_without_which_there_would_be_no_alert_is_told() -> None:
    told = explained(LOW, PLATELETS, at=day(1, hour=10))
    assert without(told, PLATELETS) == {"count": "info, cannot tell", "plan-20260105T090000": "no alert"}
    left_out = explained(LOW[:1] + LOW[2:], PLATELETS, at=day(1, hour=10))
    assert left_out.moment.answers[PLATELETS].words == "info, cannot tell"


def test_a_dose_that_keeps_a_rule_quiet_is_told() -> None:
    log = log_of(plan(0), platelets(0, 240), injection(0, fact_id="first"), injection(2, fact_id="second"))
    told = explain_patient(log, PATIENT, at=day(4))
    assert told.moment.answers[OVERDUE].words == "quiet"
    assert without(told, OVERDUE)["second"] == "an alert: high"


def test_an_alert_about_another_dose_is_another_alert() -> None:
    log = log_of(plan(0), platelets(0, 240), injection(0), injection(2, fact_id="second"))
    assert without(explained(log, OVERDUE, at=midnight(6)), OVERDUE)["second"] == "another alert in its place: high"


def test_a_corrected_fact_is_put_back_to_what_it_said_before() -> None:
    corrected = platelets(1, 242, fact_id="count", version=2)
    log = log_of(plan(0), platelets(1, 42, fact_id="count"), (day(2), corrected))
    told = explained(log, PLATELETS)
    assert told.explained[0].published[-1].change.published.change is Change.WITHDRAWN
    assert put_back(told, PLATELETS) == {"count": "an alert: high"}


def test_a_version_that_came_later_is_not_put_back() -> None:
    """Both came at one instant; the change that came with the first is explained by the first alone."""
    versions = [(day(2), platelets(1, count, fact_id="count", version=n)) for n, count in ((1, 42), (2, 242))]
    told = history(log_of(plan(0), *versions))
    states = [p.state for p in told.changes if p.came_with is not None and p.came_with.fact.fact_id == "count"]
    assert [list(told.versions_before(state)) for state in states] == [[], ["count"]]


def test_a_withdrawn_fact_is_put_back_and_not_left_out() -> None:
    dose = injection(2, fact_id="second")
    log = log_of(plan(0), injection(0), dose, (midnight(4), withdrawal(dose, 4)))
    told = explained(log, OVERDUE)
    assert put_back(told, OVERDUE) == {"second": "no alert"}
    assert "second" not in {trial.known.fact.fact_id for trial in told.facts if trial.instead is None}


def test_an_acknowledgement_is_a_fact_like_others() -> None:
    asked = alert_id(LOW, PLATELETS)
    log = [*LOW, *log_of(*([plan(0)] * 3), (day(3), action(3, Action.ACKNOWLEDGED, asked, fact_id="seen")))[3:]]
    assert without(explained(log, PLATELETS), PLATELETS)["seen"] == "not acknowledged"


def test_of_a_large_record_the_newest_facts_are_tried() -> None:
    many = [platelets(day(n, hour=8), 240, fact_id=f"count-{n:03}") for n in range(MOST_FACTS)]
    state = history(log_of(plan(0), *many)).states[-1]
    tried = [trial.known.fact.fact_id for trial in Moment(state).fact_trials({})]
    assert len(tried) == MOST_FACTS and "count-399" in tried
    assert len(state.record.known) == MOST_FACTS + 1


# --- by itself ---------------------------------------------------------------------------------------------------


def test_what_becomes_of_an_alert_by_itself_is_told_with_its_instant() -> None:
    log = log_of(plan(0), *loading())
    told = explained(log, OVERDUE, at=midnight(on(2026, 4, 20)))
    (rule,) = told.explained
    assert [(coming.at, coming.effect.what) for coming in rule.goes_on] == [(midnight(on(2026, 5, 15)), "high")]
    assert rule.began is not None
    assert (rule.began.since, rule.began.before.words) == (midnight(on(2026, 4, 17)), "quiet")


def test_of_a_quiet_rule_nothing_has_begun_and_what_comes_is_told() -> None:
    log = log_of(plan(0), injection(0), injection(4))
    told = explained(log, OVERDUE)
    assert told.moment.answers[OVERDUE].words == "quiet"
    assert told.explained[0].began is None
    assert [(c.at, c.effect.what) for c in told.explained[0].goes_on] == [(midnight(8), "an alert: high")]


def test_one_change_after_the_other_is_told() -> None:
    told = explain_patient(log_of(plan(0), *loading()), PATIENT, at=day(90))
    assert told.moment.answers[OVERDUE].words == "quiet"
    coming = [(c.at, c.effect.what) for c in told.moment.goes_on(OVERDUE)]
    assert coming == [(midnight(on(2026, 4, 17)), "an alert: medium"), (midnight(on(2026, 5, 15)), "high")]


# --- which alert -------------------------------------------------------------------------------------------------


def test_the_newest_change_is_explained_unless_a_moment_is_named() -> None:
    assert explained(LOW, PLATELETS).state.at == day(2)
    assert explained(LOW, PLATELETS, at=day(1, hour=10)).state.at == day(1, hour=10)


def test_the_beginning_of_an_id_is_enough_while_it_is_the_only_one() -> None:
    log = recording("tests/recordings/three-patients.jsonl")
    ids = list(alerts_of(log, policy=None, until=None))
    assert explain_alert(log, ids[0][:8].upper()).alert_id == ids[0]
    with pytest.raises(NothingToExplain, match=rf"'' is the beginning of {len(ids)} ids: {ids[0]}, "):
        explain_alert(log, "")


def test_an_unknown_id_is_told_with_those_that_there_are() -> None:
    ids = list(alerts_of(LOW, policy=None, until=None))
    with pytest.raises(NothingToExplain, match=f"begins with 'xyz'; the log gives {', '.join(ids[:3])}"):
        explain_alert(LOW, "xyz")
    with pytest.raises(NothingToExplain, match=f"no alert of '{PATIENT}' has an id .*; the log gives {ids[0]}"):
        explain_alert(LOW, "xyz", patient_id=PATIENT)
    with pytest.raises(NothingToExplain, match="begins with 'xyz'; the log gives none"):
        explain_alert([], "xyz")


def test_all_that_stands_for_a_patient_is_explained_at_one_moment() -> None:
    told = explain_patient(LOW, PATIENT, at=midnight(6))
    assert {PLATELETS, OVERDUE} <= {rule.rule for rule in told.explained}
    assert HAEMOGLOBIN not in {rule.rule for rule in told.explained}
    assert set(told.moment.answers) > {rule.rule for rule in told.explained}


def test_without_a_moment_the_end_of_the_log_is_explained() -> None:
    assert explain_patient(LOW, PATIENT).state.at == day(2)
    assert explain_patient(LOW, PATIENT, until=midnight(9)).state.at == midnight(9)
    ticked = numbered(
        [
            (day(0), None, activation(Policy())),
            (day(0), None, tick(day(0))),
            (day(0), PATIENT.encode(), encode_fact(PATIENT, plan(0))),
            (day(9), None, tick(day(1))),
        ]
    )
    assert explain_patient(ticked, PATIENT).state.at == day(1)  # what its ticks tell, not when they were written


def test_a_patient_of_whom_nothing_is_said_is_told() -> None:
    with pytest.raises(NothingToExplain, match="the log says nothing of a patient 'nobody'"):
        explain_patient(LOW, "nobody")
