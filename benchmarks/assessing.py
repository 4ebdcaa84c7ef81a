"""How long `assess` takes: from scratch, as a step after a fact, as a review; and which rules take how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.samples import History, Sample, StepSample, samples, steps
from benchmarks.timing import Clock, Times, time_each
from domain.assess import Assessment, assess
from domain.derive import Derived, derive
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Record
from domain.rules import ALL_RULES, Rule
from workers.cohort_people import random_of

SIZES: Final = (5, 30, 100)
_SCRATCH_WANTED: Final = {30: 50.0}  # us on average; no other size has a target
_STEP_WANTED: Final = 15.0
_BEFORE_TIMING: Final = 200  # calls that fill the caches of the calendar and of the interpreter


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `target` is the mean that is wanted, in microseconds."""

    what: str
    facts: int
    times: Times
    target: float | None = None


def assessments(known: Mapping[str, History], count: int, seed: int, clock: Clock) -> Iterator[Row]:
    """From scratch on a fresh record and on one that was assessed before, a step, and a review, for each size."""
    policy = Policy()
    for size in SIZES:
        taken = samples(known, size, count, random_of(seed, size))
        _warm_up(taken, policy)
        taken_fresh = [(sample.fresh(), sample) for sample in taken]
        stepping = list(steps(taken, policy))
        due = [pair for sample in taken if (pair := _due(sample, policy)) is not None]
        wanted = _SCRATCH_WANTED.get(size)
        for what in ("from scratch, fresh record", "from scratch, record assessed before"):
            yield Row(what, size, time_each(lambda pair: _scratch(*pair, policy), taken_fresh, clock), wanted)
        yield Row("step: one fact added", size, time_each(lambda s: _step(s, policy), stepping, clock), _STEP_WANTED)
        yield Row("step: a review", size, time_each(lambda pair: _review(*pair, policy), due, clock), _STEP_WANTED)


def _warm_up(taken: list[Sample], policy: Policy) -> None:
    for sample in taken[:_BEFORE_TIMING]:
        assess(sample.fresh(), policy, sample.at)


def _scratch(record: Record, sample: Sample, policy: Policy) -> Assessment:
    return assess(record, policy, sample.at)


def _step(sample: StepSample, policy: Policy) -> Assessment:
    return assess(sample.record.add(sample.fact, sample.at), policy, sample.at, earlier=sample.earlier)


def _due(sample: Sample, policy: Policy) -> tuple[Record, Assessment] | None:
    assessment = assess(sample.record, policy, sample.at)
    return None if assessment.next_review_at is None else (sample.record, assessment)


def _review(record: Record, assessment: Assessment, policy: Policy) -> Assessment:
    due = assessment.next_review_at
    assert due is not None, "those without a review were left out"
    return assess(record, policy, due, earlier=assessment)


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What one rule took on average, and how often it was not quiet."""

    rule_id: str
    times: Times
    not_quiet: float


def rule_costs(
    known: Mapping[str, History], size: int, count: int, seed: int, clock: Clock
) -> tuple[Times, list[RuleCost]]:
    """The views from scratch, and each rule on them, the dearest first."""
    policy = Policy()
    taken = samples(known, size, count, random_of(seed, size))
    _warm_up(taken, policy)
    views = time_each(lambda pair: derive(pair[0], policy, pair[1].at), [(s.fresh(), s) for s in taken], clock)
    derived = [(derive(sample.record, policy, sample.at), sample) for sample in taken]
    costs = [_cost(rule, derived, policy, clock) for rule in ALL_RULES]
    return views, sorted(costs, key=lambda cost: -cost.times.mean)


def _cost(rule: Rule, derived: list[tuple[Derived, Sample]], policy: Policy, clock: Clock) -> RuleCost:
    times = time_each(lambda pair: rule.judge(pair[0].case, policy, Moment(pair[1].at)), derived, clock)
    answers = [type(rule.judge(case.case, policy, Moment(sample.at))).__name__ for case, sample in derived]
    return RuleCost(rule.RULE_ID, times, 1 - answers.count("Quiet") / len(answers))
