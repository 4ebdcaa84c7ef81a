"""Two charts look like one dose: a nurse and a pharmacist charted it, or it was charted on both sides of midnight.

Charts of one ward-local day count as one dose; two doses of two days that are less than twelve hours apart both count.
A note, told for four weeks, since a dose that is charted twice may hide another that was missed.  What is taken every
day is not looked at: it may be taken in two halves.  Source: section 5.6, section 6.2, H9.
"""

from __future__ import annotations

from itertools import pairwise

from domain.case import Case
from domain.charting import is_told, is_watched, may_be_one
from domain.doses import Dose
from domain.facts import Fact
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "dose-doubled", 1
STATEMENTS = "section 5.6, section 6.2"
READS = View.PLAN | View.DOSES

_CHARTS_SHOWN = 5  # of one dose that many systems chart
_NOTHING = Quiet(because="no dose of late is charted twice")


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a dose of late looks doubled."""
    if not is_watched(case):
        return Quiet(because="no treatment is under way")
    if case.regimen is not None and case.regimen.is_daily:
        return Quiet(because="what is taken every day is not looked at")
    newest_first = case.doses[::-1]
    doubled = next((dose for dose in newest_first if len(dose.facts) > 1), None)
    pair = next(
        ((before, after) for after, before in pairwise(newest_first) if may_be_one(before, after, policy)), None
    )
    if pair is not None and (doubled is None or doubled.day <= pair[1].day):
        return _both_counted(*pair, case, policy, now)
    if doubled is None:
        return _NOTHING
    because = case.say("{} charts of {} are counted as one dose", len(doubled.facts), doubled.day)
    return _note(doubled, because, doubled.facts[:_CHARTS_SHOWN], case, policy, now)


def _both_counted(before: Dose, after: Dose, case: Case, policy: Policy, now: Moment) -> Judgement:
    because = case.say(
        "the doses of {} and {} are less than {} hours apart and may be one; both are counted",
        before.time,
        after.time,
        policy.charting.double_within_hours,
    )
    return _note(after, because, (before.facts[0], after.facts[0]), case, policy, now)


def _note(dose: Dose, because: Text, charts: tuple[Fact, ...], case: Case, policy: Policy, now: Moment) -> Judgement:
    if not is_told(dose.time, case, policy, now):
        return _NOTHING
    return Fires(
        severity=Severity.INFO,
        because=because,
        since=dose.time.instant(case.zone),
        episode=f"dose:{dose.day.isoformat()}",
        wanted="check whether it was one dose, and withdraw the chart that is not true",
        source=STATEMENTS,
        evidence=charts,
    )
