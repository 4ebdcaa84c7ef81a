"""A dose is charted that cannot be one of vitamin B12: a gram or 1000 mg in place of micrograms, or the antidote.

More than 2000 ug at once is not counted and goes to review.  Hydroxocobalamin of a gram or more into a vein is the
antidote to cyanide: a note, so that nobody takes it for a dose.  Told for four weeks, or until the chart is corrected.
Source: section 4.2, section 5.6, H8.
"""

from __future__ import annotations

from domain.case import Case
from domain.charting import is_antidote, is_told, is_watched
from domain.facts import Administration, AdministrationStatus
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "dose-implausible", 1
STATEMENTS = "section 2, section 4.2, section 5.6"
READS = View.PLAN | View.DOSES

_SOURCE = "section 4.2 and 5.6"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a dose that was charted lately is too high to be one."""
    if not is_watched(case):
        return Quiet(because="no treatment is under way")
    too_high = [u.fact for u in case.uncounted if _is_too_high(u.fact, policy)]
    told = [given for given in too_high if is_told(given.time, case, policy, now)]
    if not told:
        return Quiet(because="no dose of late is too high to be one of vitamin B12")
    mistaken = [given for given in told if not is_antidote(given, policy)]
    if not mistaken:
        return _antidote(told[-1], case)
    newest = mistaken[-1]
    return Fires(
        severity=Severity.MEDIUM,
        because=case.say(
            "{} {} ({}) is charted on {}: more than {} ug is not a dose of vitamin B12, and it is not counted",
            newest.drug,
            newest.dose,
            newest.route,
            newest.time,
            policy.doses.plausible_ug_at_most,
        ),
        since=newest.time.instant(case.zone),
        episode=f"dose:{newest.fact_id}",
        wanted="check dose and unit, and correct the chart",
        source=_SOURCE,
        evidence=(newest,),
    )


def _is_too_high(given: Administration, policy: Policy) -> bool:
    dose_ug = given.dose_ug
    is_given = given.status is AdministrationStatus.COMPLETED
    return is_given and dose_ug is not None and dose_ug > policy.doses.plausible_ug_at_most


def _antidote(given: Administration, case: Case) -> Fires:
    return Fires(
        severity=Severity.INFO,
        because=case.say(
            "{} {} into a vein on {} is the antidote to cyanide and not a dose of vitamin B12; it is not counted",
            given.drug,
            given.dose,
            given.time,
        ),
        since=given.time.instant(case.zone),
        episode=f"dose:{given.fact_id}",
        wanted="nothing, where it was given as an antidote; else correct the chart",
        source=_SOURCE,
        evidence=(given,),
    )
