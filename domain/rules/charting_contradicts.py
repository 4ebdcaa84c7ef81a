"""One chart says that a dose was given, and another that the same dose was not.

Both name the same drug and the same minute, or the same day where one has no hour: a dose that was refused and given
later is no contradiction.  It counts as given meanwhile.  Told for four weeks.  Source: section 5.6, H10.
"""

from __future__ import annotations

from domain.case import Case
from domain.charting import is_told, is_watched, same_minute
from domain.facts import Administration, AdministrationStatus
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "charting-contradicts", 1
STATEMENTS = "section 5.6"
READS = View.PLAN | View.DOSES | View.COBALAMIN


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether it was charted lately both that a dose was given and that it was not."""
    if not is_watched(case):
        return Quiet(because="no treatment is under way")
    for uncounted in reversed(case.uncounted):
        not_done = uncounted.fact
        if not_done.status is not AdministrationStatus.NOT_DONE or not is_told(not_done.time, case, policy, now):
            continue
        done = _given_all_the_same(not_done, case)
        if done is not None:
            return _which_holds(not_done, done, case)
    return Quiet(because="no chart of late contradicts another")


def _given_all_the_same(not_done: Administration, case: Case) -> Administration | None:
    """The chart that says that this dose was given."""
    for given in case.cobalamin:
        if (
            given.status is AdministrationStatus.COMPLETED
            and given.drug is not_done.drug
            and not given.reported
            and same_minute(given.time, not_done.time, case.zone)
        ):
            return given
    return None


def _which_holds(not_done: Administration, done: Administration, case: Case) -> CannotTell:
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "{} of {} is charted as given ({}), and of {} as not given ({}); it is taken as given",
            done.drug,
            done.time,
            done.source,
            not_done.time,
            not_done.source,
        ),
        missing="which of the two charts holds",
        since=max(done.time.instant(case.zone), not_done.time.instant(case.zone)),
        episode=f"charts:{not_done.fact_id}",
        wanted="ask who gave the dose, and withdraw the chart that is not true",
        source=STATEMENTS,
        evidence=(done, not_done),
    )
