"""What made an alert, what would have changed it, and what the other rules answered: gathered from a log.

explain_alert(log, "3f2a", ...)                    the newest change of one alert, or another moment of its patient
explain_patient(log, "p-1", at=..., ...)           everything that stood for one patient at one moment
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.policy import Policy
from topics.meaning.feeds import Feeds
from workers.explain_answers import Effect
from workers.explain_history import History, Published, State, alerts_of, history_of
from workers.explain_policy import KeyTrial, key_trials
from workers.explain_trials import Began, ByItself, FactTrial, Moment
from workers.records import InputRecord

_IDS_SHOWN = 10


class NothingToExplain(Exception):
    """The log has no such alert, patient or moment; the text says what it has instead."""


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """One answer: when its concern began, what becomes of it by itself, and the changes of its alert.

    `published` is the whole history of the alert that is asked for, or that the rule has at this moment.
    """

    rule: str
    began: Began | None
    goes_on: list[ByItself]
    published: list[Published]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One moment of one patient: `explained` are the rules in question, `alert_id` the alert that was asked for."""

    history: History
    moment: Moment
    alert_id: str | None
    explained: list[RuleExplained]
    facts: list[FactTrial]
    keys: list[KeyTrial]

    @property
    def state(self) -> State:
        return self.moment.state

    def facts_for(self, rule: str) -> list[tuple[FactTrial, Effect]]:
        """The trials of facts that give the rule another answer."""
        return [(fact, fact.effects[rule]) for fact in self.facts if rule in fact.effects]

    def keys_for(self, rule: str) -> list[KeyTrial]:
        """The numbers of the policy that made the answer of the rule."""
        return [key for key in self.keys if key.matters_to(rule)]


def explain_alert(
    log: Sequence[InputRecord],
    prefix: str,
    *,
    policy: Policy | None = None,
    patient_id: str | None = None,
    at: datetime | None = None,
    until: datetime | None = None,
    feeds: Feeds | None = None,
) -> Explanation:
    """Explain the alert whose id begins with `prefix`, at its newest change or at `at`.

    Raises: NothingToExplain.
    """
    until = _later(at, until)
    if patient_id is None:
        known = alerts_of(log, policy=policy, until=until, feeds=feeds)
        alert_id = _the_one(prefix, list(known), "")
        history = _history(log, known[alert_id], policy, until, feeds)
    else:
        history = _history(log, patient_id, policy, until, feeds)
        alert_id = _the_one(prefix, history.alert_ids, f" of {patient_id!r}")
    published = history.of_alert(alert_id)
    newest = published[-1]
    state = newest.state if at is None else _state(history, at)
    return _explain(history, state, [newest.change.published.alert.rule], alert_id)


def explain_patient(
    log: Sequence[InputRecord],
    patient_id: str,
    *,
    policy: Policy | None = None,
    at: datetime | None = None,
    until: datetime | None = None,
    feeds: Feeds | None = None,
) -> Explanation:
    """Explain what stood for the patient at `at`, or at the end of the log.

    Raises: NothingToExplain.
    """
    history = _history(log, patient_id, policy, _later(at, until), feeds)
    return _explain(history, _state(history, at or history.ends_at), None, None)


def _explain(history: History, state: State, rules: list[str] | None, alert_id: str | None) -> Explanation:
    moment = Moment(state)
    if rules is None:
        rules = [rule for rule, answer in moment.answers.items() if answer.alert is not None]
    return Explanation(
        history=history,
        moment=moment,
        alert_id=alert_id,
        explained=[_rule(history, moment, rule, alert_id) for rule in rules],
        facts=list(moment.fact_trials(history.versions_before(state))),
        keys=list(key_trials(moment)),
    )


def _rule(history: History, moment: Moment, rule: str, alert_id: str | None) -> RuleExplained:
    alert = moment.answers[rule].alert
    asked = alert_id or (alert.alert_id if alert else "")
    return RuleExplained(rule, moment.began(rule), moment.goes_on(rule), history.of_alert(asked))


def _later(at: datetime | None, until: datetime | None) -> datetime | None:
    return max(filter(None, (at, until)), default=None)


def _history(
    log: Sequence[InputRecord], patient_id: str, policy: Policy | None, until: datetime | None, feeds: Feeds | None
) -> History:
    history = history_of(log, patient_id, policy=policy, until=until, feeds=feeds)
    if history is None:
        raise NothingToExplain(f"the log says nothing of a patient {patient_id!r} that could be judged")
    return history


def _state(history: History, at: datetime) -> State:
    state = history.state_at(at)
    if state is None:
        asked, first = (f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in (at, history.states[0].at))
        raise NothingToExplain(f"nothing was known of {history.patient_id!r} at {asked}: it begins at {first}")
    return state


def _the_one(prefix: str, known: list[str], whose: str) -> str:
    """The one id that begins so.  Raises: NothingToExplain, with the ids that there are."""
    found = [alert_id for alert_id in known if alert_id.startswith(prefix.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise NothingToExplain(f"--alert: {prefix!r} is the beginning of {len(found)} ids{whose}: {_some(found)}")
    there_are = f"the log gives {_some(known)}" if known else "the log gives none"
    raise NothingToExplain(f"--alert: no alert{whose} has an id that begins with {prefix!r}; {there_are}")


def _some(ids: list[str]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return f"{', '.join(ids[:_IDS_SHOWN])}{more}"
