"""An explanation for programs: one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.facts import Fact
from domain.record import Known
from domain.rules import RULE_VERSIONS
from domain.words import fact_text
from topics.schemas.wire_types import show_instant
from workers.explain import Explanation, RuleExplained
from workers.explain_answers import Answer, Effect, Weight
from workers.explain_history import Published
from workers.explain_policy import Edge, KeyTrial
from workers.explain_trials import FactTrial


def explanation_data(told: Explanation) -> dict[str, Any]:
    """All of it; instants are UTC, and effects say what would be instead of the answer that is explained."""
    situation, state = told.moment.assessment.situation, told.state
    window, review = situation.next_dose, told.moment.assessment.next_review_at
    return {
        "schema_version": 1,
        "patient_id": told.history.patient_id,
        "at": show_instant(state.at),
        "alert_id": told.alert_id,
        "policy_version": state.policy.version,
        "phase": situation.phase,
        "phase_because": str(situation.phase_because),
        "regimen": situation.regimen,
        "next_dose": None
        if window is None
        else {name: getattr(window, name).isoformat() for name in ("earliest", "due", "overdue_after")},
        "next_review_at": None if review is None else show_instant(review),
        "facts_known": len(state.record.known),
        "trials_of_facts": len(told.facts),
        "explained": [_explained(told, explained) for explained in told.explained],
        "rules": {rule: _answer(rule, answer) for rule, answer in told.moment.answers.items()},
        "one_change_away": _one_change_away(told),
    }


def _answer(rule: str, answer: Answer) -> dict[str, Any]:
    alert = answer.alert
    shown: dict[str, Any] = {
        "version": RULE_VERSIONS[rule],
        "answer": alert.kind if alert else "quiet",
        "severity": alert.severity.word if alert else None,
        "because": answer.because,
        "missing": answer.missing,
        "coming": answer.coming,
    }
    if alert is not None:
        shown |= {
            "alert_id": alert.alert_id,
            "episode": alert.episode,
            "wanted_action": str(alert.wanted_action),
            "source_statement": alert.source_statement,
            "standing": alert.standing,
            "acknowledged_by": alert.acknowledged_by,
            "snoozed_until": None if alert.snoozed_until is None else show_instant(alert.snoozed_until),
            "evidence": [evidence.fact_id for evidence in alert.evidence],
        }
    return shown


def _explained(told: Explanation, explained: RuleExplained) -> dict[str, Any]:
    rule, began = explained.rule, explained.began
    return {
        "rule": rule,
        "history": [_published(published) for published in explained.published],
        "facts": [_trial(trial, seen) for trial, seen in told.facts_for(rule)],
        "policy": [_key(key, rule) for key in told.keys_for(rule)],
        "stands_since": None if began is None else show_instant(began.since),
        "an_instant_before": None if began is None else {"answer": began.before.words, "because": began.before.because},
        "by_itself": [{"at": show_instant(next_.at), "effect": _effect(next_.effect)} for next_ in explained.goes_on],
    }


def _published(published: Published) -> dict[str, Any]:
    change, known = published.change.published, published.came_with
    return {
        "at": show_instant(change.changed_at),
        "change": change.change,
        "change_id": published.change.change_id,
        "revision": change.revision,
        "kind": change.alert.kind,
        "severity": change.alert.severity.word,
        "reason": str(published.change.reason),
        "rule_version": change.alert.rule_version,
        "policy_version": change.alert.policy_version,
        "came_with": None if known is None else _fact(known.fact),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"fact_id": fact.fact_id, "version": fact.version, "says": fact_text(fact), "time": str(fact.time)}


def _known(known: Known) -> dict[str, Any]:
    return {**_fact(known.fact), "known_since": show_instant(known.since)}


def _trial(trial: FactTrial, seen: Effect) -> dict[str, Any]:
    """`instead` is the earlier version that was put back; null: the fact was left out."""
    return {**_known(trial.known), "instead": trial.instead and _known(trial.instead), "effect": _effect(seen)}


def _effect(effect: Effect) -> dict[str, Any]:
    """`weight` is words (reasons and dates alone), alert (what people see of it) or stands (whether there is one)."""
    return {"weight": Weight(effect.weight).name.lower(), "what": effect.what, "because": effect.because}


def _key(trial: KeyTrial, rule: str) -> dict[str, Any]:
    default = trial.defaults.get(rule)
    return {
        "key": trial.key.dotted,
        "value": _plain(trial.value),
        "unit": trial.key.unit,
        "source": trial.key.source,
        "meaning": trial.key.description,
        "edges": [_edge(edge) for edge in trial.edges.get(rule, ())],
        "with_default": None if default is None else _effect(default),
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {"at_least" if edge.is_upper else "at_most": _plain(edge.value), "effect": _effect(edge.effect)}


def _plain(value: object) -> object:
    """A number of the policy as JSON has it; its digits are few."""
    if isinstance(value, Mapping | str | bool | int | float):
        return value
    number = float(str(value))
    return int(number) if number.is_integer() else number


def _one_change_away(told: Explanation) -> list[dict[str, Any]]:
    """What would raise an alert of a rule that is quiet: one fact less, or another value of one number."""
    quiet = [rule for rule, answer in told.moment.answers.items() if answer.alert is None]
    facts = [
        {"rule": rule, "fact": _trial(trial, seen)}
        for rule in quiet
        for trial, seen in told.facts_for(rule)
        if seen.matters
    ]
    keys = [
        {"rule": rule, "key": trial.key.dotted, **_edge(edge)}
        for rule in quiet
        for trial in told.keys_for(rule)
        for edge in trial.edges.get(rule, ())
    ]
    return [*facts, *keys]
