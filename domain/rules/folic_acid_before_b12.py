"""Folic acid is given or ordered before the first vitamin B12: it hides the deficiency, and may harm the spinal cord.

Fires while no B12 is known to have been given: critical; medium where folic acid was taken for more than 28 days
already (high when no B12 came within 24 hours of the plan).  From the first B12 on it is a note for 28 days, or a
question where the order of the two is uncertain; B12 first or at the same time is right.  Combinations with folic acid
count, and an order that is to start only after B12 was given does not.  Source: S8, section 8.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.b12_first import GIVEN_READS, QUESTION_READS, Given, Question, given_first, question_of
from domain.calendar import ClinicalTime, after_day
from domain.case import Case
from domain.facts import (
    Administration,
    AdministrationStatus,
    Drug,
    MedicationOrder,
    MedicationSupply,
    OrderStatus,
    SupplyStatus,
)
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "folic-acid-before-b12", 1
STATEMENTS = "S8, section 8.7"
READS = QUESTION_READS | GIVEN_READS | View.FOLIC_ACID | View.ORDERS | View.SUPPLIES | View.PHASE

_SOURCE = "S8, section 8.7"
_EPISODE = "before-first-b12"
_FIRST_B12 = "give vitamin B12 first, and decide about the folic acid until then"
_WATCH = "watch for neurological signs; folic acid may go on together with vitamin B12"


@dataclass(frozen=True, slots=True)
class _Taken:
    """Folic acid that was given, or that is ordered from `time` on."""

    time: ClinicalTime
    fact: Administration | MedicationOrder

    def since(self, case: Case) -> datetime:
        """The first instant at which somebody could be concerned about it."""
        return min(self.time.instant(case.zone), self.fact.time.instant(case.zone))

    def says(self, case: Case) -> Text:
        drug = "folic acid" if self.fact.drug is Drug.FOLIC_ACID else "a product with folic acid"
        if isinstance(self.fact, Administration):
            return case.say("{} was given on {}", drug, self.time)
        return case.say("{} is ordered from {} on", drug, self.time)


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether folic acid came, or is to come, before vitamin B12."""
    if not case.folic_acid and not case.orders:
        return Quiet(because="no folic acid is given or ordered")
    taken = sorted(_taken(case), key=lambda t: (t.time.instant(case.zone), t.fact.fact_id))
    if not taken:
        return Quiet(because="no folic acid is given or ordered")
    question = question_of(case, policy, now)
    if not isinstance(question, Question):
        return Quiet(because=question)
    concerned = [t for t in taken if _reaches(t, question.from_day, case)]
    if not concerned:
        return Quiet(because=case.say("no folic acid is given or ordered since {}", question.from_day))
    given = given_first(case, question, policy)
    if not given:
        return _none_given(concerned, _long_term(taken, concerned, question, policy, case), question, case, policy, now)
    return _after_b12(concerned, given, question, case, policy, now)


def _taken(case: Case) -> Iterator[_Taken]:
    for given in case.folic_acid:
        if given.status is AdministrationStatus.COMPLETED and given.dose_ug != 0:
            yield _Taken(given.time, given)
    for order in case.orders:
        if order.drug.is_folic_acid and order.status is OrderStatus.ACTIVE:
            yield _Taken(order.starts, order)


def _reaches(taken: _Taken, from_day: date, case: Case) -> bool:
    """Whether it was taken on `from_day` or later, as far as is known."""
    if isinstance(taken.fact, Administration):
        return taken.time.day(case.zone) >= from_day
    return taken.fact.end is None or taken.fact.end.day(case.zone) >= from_day


def _long_term(
    taken: list[_Taken], concerned: list[_Taken], question: Question, policy: Policy, case: Case
) -> _Taken | None:
    """Folic acid that was taken already when the days that are looked at began, and goes on."""
    if concerned[0].time.day(case.zone) < question.from_day:
        return concerned[0]  # an order from before
    earliest = question.from_day - timedelta(days=policy.folic_acid.look_back_days)
    return next(
        (
            t
            for t in taken
            if isinstance(t.fact, Administration) and earliest <= t.time.day(case.zone) < question.from_day
        ),
        None,
    )


def _none_given(
    concerned: list[_Taken], long_term: _Taken | None, question: Question, case: Case, policy: Policy, now: Moment
) -> Judgement:
    """No B12 is known to have been given."""
    first = concerned[0]
    supply = _handed_over(case, question)
    if supply is not None:
        return _perhaps_taken(first, supply, question, case)
    severity, before = Severity.CRITICAL, first
    because = case.say("{}; no vitamin B12 is recorded as given since {}", first.says(case), question.from_day)
    if long_term is not None:
        severity, before = _long_term_severity(question, policy, now), long_term
        days = policy.folic_acid.look_back_days
        because = case.say(
            "{}; folic acid was taken on {} already, more than {} days before {}",
            because,
            before.time,
            days,
            question.day,
        )
    return Fires(
        severity=severity,
        because=because,
        since=max(question.since, before.since(case)),
        episode=_EPISODE,
        wanted=_FIRST_B12,
        source=_SOURCE,
        evidence=(first.fact, *(() if before is first else (before.fact,)), *question.rests_on),
    )


def _perhaps_taken(first: _Taken, supply: MedicationSupply, question: Question, case: Case) -> Judgement:
    """What was handed over is no dose; but it may well have been taken."""
    if case.phase is Phase.LIFELONG:
        return Quiet(because=case.say("vitamin B12 is handed over since {}, and goes on for life", supply.time))
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "{}; vitamin B12 was handed over on {}, but nothing says that it was taken", first.says(case), supply.time
        ),
        missing="whether vitamin B12 was taken before folic acid",
        since=max(question.since, first.since(case)),
        episode=_EPISODE,
        wanted="confirm that vitamin B12 is taken",
        source=_SOURCE,
        evidence=(first.fact, supply, *question.rests_on),
    )


def _long_term_severity(question: Question, policy: Policy, now: Moment) -> Severity:
    if question.planned is None:
        return Severity.MEDIUM
    late = question.planned + timedelta(hours=policy.folic_acid.b12_within_hours)
    return Severity.HIGH if now.reached(late) else Severity.MEDIUM


def _handed_over(case: Case, question: Question) -> MedicationSupply | None:
    """The first vitamin B12 that was handed over to the patient in the days that are looked at."""
    return next(
        (
            supply
            for supply in case.supplies
            if supply.drug.is_cobalamin
            and supply.status is SupplyStatus.COMPLETED
            and supply.time.day(case.zone) >= question.from_day
        ),
        None,
    )


def _after_b12(
    concerned: list[_Taken], given: list[Given], question: Question, case: Case, policy: Policy, now: Moment
) -> Judgement:
    """B12 was given: what remains is what came before it, or may have."""
    first_b12 = given[0]
    doubtful = [t for t in concerned if not _b12_came_first(t, given, case)]
    if not doubtful:
        return Quiet(because=case.say("vitamin B12 came first, on {}", first_b12.time))
    told_until = first_b12.time.day(case.zone) + timedelta(days=policy.folic_acid.note_days)
    if now.reached(after_day(told_until, case.zone)):
        return Quiet(because=case.say("vitamin B12 was given on {}, and is given since", first_b12.time))
    before = next((t for t in doubtful if _certainly_before(t, given, case)), None)
    evidence = (first_b12.fact, *(fact for fact in question.rests_on if fact is not first_b12.fact))
    if before is None:
        first = doubtful[0]
        return CannotTell(
            severity=Severity.MEDIUM,
            because=case.say(
                "order uncertain: {}, vitamin B12 was given on {}{}",
                first.says(case),
                first_b12.time,
                " or before" if first_b12.or_earlier else "",
            ),
            missing="whether vitamin B12 was given before folic acid",
            since=max(question.since, first.since(case)),
            episode=_EPISODE,
            wanted="record the hours at which both were given",
            source=_SOURCE,
            evidence=(first.fact, *evidence),
        )
    return Fires(
        severity=Severity.INFO,
        because=case.say("{}, before the first vitamin B12 on {}", before.says(case), first_b12.time),
        since=max(question.since, before.since(case)),
        episode=_EPISODE,
        wanted=_WATCH,
        source=_SOURCE,
        evidence=(before.fact, *evidence),
    )


def _b12_came_first(taken: _Taken, given: list[Given], case: Case) -> bool:
    """Whether some B12 was certainly given before it, or at the very time."""
    return any(
        taken.time.is_after(g.time, case.zone) or (taken.time == g.time and not taken.time.is_day) for g in given
    )


def _certainly_before(taken: _Taken, given: list[Given], case: Case) -> bool:
    return all(g.time.is_after(taken.time, case.zone) and not g.or_earlier for g in given)
