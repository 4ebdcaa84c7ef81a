"""Folate is low: it is to be treated only after vitamin B12.

A note, while the result is not older than 90 days and no folic acid is given or ordered since.  Once B12 was given it
says that folate may be treated now, since a lack of it hides the response.  Source: S8, section 8.7 and hazard H23.
"""

from __future__ import annotations

from datetime import timedelta

from domain.b12 import laboratory_limit, may_be_newest
from domain.b12_first import GIVEN_READS, QUESTION_READS, Question, given_first, question_of
from domain.calendar import after_day
from domain.case import Case
from domain.comparison import is_below
from domain.facts import AdministrationStatus, Analyte, LabResult, OrderStatus
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "folate-low", 1
STATEMENTS = "S8, section 8.7"
READS = QUESTION_READS | GIVEN_READS | View.FOLATE | View.FOLIC_ACID | View.ORDERS

_SOURCE = "S8, section 8.7"
_EPISODE = "before-first-b12"
_B12_FIRST = "treat folate only after vitamin B12 was given"
_TREAT = "consider treating folate now that vitamin B12 was given"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the newest folate is low and waits for vitamin B12."""
    results = case.results(Analyte.FOLATE)
    if not results:
        return Quiet(because="no folate result is known")
    newest = _newest(results, policy, case)
    is_low = _is_low(newest, policy)
    if is_low is False:
        return Quiet(because=case.say("folate was {} on {}: not low", newest, newest.time))
    question = question_of(case, policy, now)
    if not isinstance(question, Question):
        return Quiet(because=question)
    told_until = newest.time.day(case.zone) + timedelta(days=policy.folate.holds_days)
    if now.reached(after_day(told_until, case.zone)):
        return Quiet(because=case.say("the newest folate result is of {}: it is too old to tell", newest.time))
    if is_low is None:
        return _undecidable(newest, question, case)
    if _is_treated(newest, case):
        return Quiet(because="folic acid is given or ordered: whether vitamin B12 came first is another concern")
    return _low(newest, question, policy, case)


def _newest(results: tuple[LabResult, ...], policy: Policy, case: Case) -> LabResult:
    """The newest; of those that may be it (one day, and one of them without an hour) a low one, then the lowest."""
    rivals = may_be_newest(results, case.zone)
    order = (True, None, False)
    return (
        min(rivals, key=lambda r: (order.index(_is_low(r, policy)), r.amount if r.has_value else 0, r.fact_id))
        if len(rivals) > 1
        else rivals[0]
    )


def _is_low(result: LabResult, policy: Policy) -> bool | None:
    if not result.has_value:
        return None
    ours = policy.folate.low_below_ug_per_l
    own = laboratory_limit(result, ours, policy.folate.lab_limit_within_ug_per_l)
    return is_below(result, ours if own is None else own)


def _is_treated(low: LabResult, case: Case) -> bool:
    """Whether folic acid is ordered, or was given on the day of the sample or since."""
    day = low.time.day(case.zone)
    given = any(
        g.status is AdministrationStatus.COMPLETED and g.time.day(case.zone) >= day for g in reversed(case.folic_acid)
    )
    return given or any(o.drug.is_folic_acid and o.status is OrderStatus.ACTIVE for o in case.orders)


def _undecidable(newest: LabResult, question: Question, case: Case) -> CannotTell:
    return CannotTell(
        severity=Severity.INFO,
        because=case.say("folate was {} on {}; whether that is low cannot be told", newest, newest.time),
        missing="a folate result that can be judged",
        since=max(question.since, newest.time.instant(case.zone)),
        episode=_EPISODE,
        wanted=_B12_FIRST,
        source=_SOURCE,
        evidence=(newest,),
    )


def _low(newest: LabResult, question: Question, policy: Policy, case: Case) -> Fires:
    given = given_first(case, question, policy)
    b12: Text = "no vitamin B12 is recorded as given"
    if given:
        b12 = case.say("vitamin B12 was given on {}; a lack of folate hides the response to it", given[0].time)
    return Fires(
        severity=Severity.INFO,
        because=case.say("folate was {} on {}: low; {}", newest, newest.time, b12),
        since=max(question.since, newest.time.instant(case.zone)),
        episode=_EPISODE,
        wanted=_TREAT if given else _B12_FIRST,
        source=_SOURCE,
        evidence=(newest, *(g.fact for g in given[:1])),
    )
