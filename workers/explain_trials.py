"""What would have changed an answer, by trial: assess the same moment again, with one thing changed.

Nothing here knows any rule: each fact is left out in turn, each number of the policy is moved as far as its limits
and the policy's other numbers allow, and the time goes on from review to review.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.assess import Assessment, assess
from domain.facts import Withdrawal
from domain.judgement import Quiet
from domain.policy import Policy
from domain.record import Known, Record
from workers.explain_answers import NO_EFFECT, Answer, Effect, answers_of, effect
from workers.explain_history import State

MOST_FACTS = 400  # of one record that are tried; a record is pruned long before
_MOST_REVIEWS = 200
_MOST_CHANGES = 3
_INSTANT = timedelta(microseconds=1)

Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class FactTrial:
    """What would be without one fact, or with an earlier version of it (`instead`): the effect on each rule."""

    known: Known
    instead: Known | None
    effects: Mapping[str, Effect]


@dataclass(frozen=True, slots=True)
class ByItself:
    """An answer that comes by itself, if nobody says anything: at which instant, and how it differs from the last."""

    at: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Began:
    """The first instant at which the concern stood by what is known, and what the rule answers an instant before."""

    since: datetime
    before: Answer


class Moment:
    """One state, assessed: `assessment` is the answer that is explained."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.assessment: Assessment = assess(state.record, state.policy, state.at)
        self.answers: Answers = answers_of(self.assessment)

    def effects(self, others: Answers) -> dict[str, Effect]:
        """How other answers differ from those that are explained, for each rule where they do."""
        found = {rule: effect(answer, others[rule]) for rule, answer in self.answers.items()}
        return {rule: differs for rule, differs in found.items() if differs is not NO_EFFECT}

    def with_policy(self, policy: Policy) -> Answers:
        """The answers by another policy."""
        return answers_of(assess(self.state.record, policy, self.state.at))

    def fact_trials(self, earlier: Mapping[str, Known]) -> Iterator[FactTrial]:
        """Each fact left out in turn, or put back to its `earlier` version; of a large record the newest facts."""
        newest = sorted(self.state.record, key=lambda known: (known.since, known.fact.fact_id), reverse=True)
        for known in newest[:MOST_FACTS]:
            others = [other for other in self.state.record if other is not known]
            if not isinstance(known.fact, Withdrawal):  # without a withdrawal nothing would be known either
                yield FactTrial(known, None, self._with_facts(others))
            instead = earlier.get(known.fact.fact_id)
            if instead is not None:
                yield FactTrial(known, instead, self._with_facts([*others, instead]))

    def _with_facts(self, known: Iterable[Known]) -> dict[str, Effect]:
        record = Record(self.state.record.patient_id).restore(known)
        return self.effects(answers_of(assess(record, self.state.policy, self.state.at)))

    def goes_on(self, rule: str) -> list[ByItself]:
        """What becomes of the answer of one rule by itself, from review to review, up to the end of an alert."""
        found: list[ByItself] = []
        assessment, last = self.assessment, self.answers[rule]
        for _ in range(_MOST_REVIEWS):
            at = assessment.next_review_at
            if at is None:
                break
            assessment = assess(self.state.record, self.state.policy, at)
            answer = answers_of(assessment)[rule]
            differs = effect(last, answer)
            if differs.matters:
                found.append(ByItself(at, differs))
                if answer.alert is None or len(found) == _MOST_CHANGES:
                    break
            last = answer
        return found

    def began(self, rule: str) -> Began | None:
        """Since when the concern stands; None where the rule is quiet."""
        judgement = self.answers[rule].judgement
        if isinstance(judgement, Quiet):
            return None
        before = assess(self.state.record, self.state.policy, judgement.since - _INSTANT)
        return Began(judgement.since, answers_of(before)[rule])
