"""Which phase a treatment is in, derived from the record (sections 8.1, 8.2 and 8.6 of the clinical reference)."""

from __future__ import annotations

from datetime import date

from domain.calendar import ClinicalTime, add_months, start_of_day
from domain.case import Case
from domain.facts import EnteredAs, Finding, YesNoUnknown
from domain.haemoglobin import Reading
from domain.moment import Moment
from domain.phase import Phase, PhaseNow
from domain.policy import Policy
from domain.words import Text, day_text

_BETTER_OR_PLATEAU = (
    Finding.NEUROLOGY_IMPROVED,
    Finding.NEUROLOGY_RESOLVED,
    Finding.STILL_IMPROVING,
    Finding.NO_FURTHER_IMPROVEMENT,
)


def phase_of(case: Case, policy: Policy, now: Moment) -> PhaseNow:
    """The phase at this moment; silence and time alone never end a loading."""
    if case.plan is None:
        return PhaseNow(Phase.NOT_STARTED, None, "no treatment plan is known")
    if case.plans is not None and case.plans.ended and case.plan.end is not None:
        end = case.plan.end
        return PhaseNow(Phase.ENDED, end.time.day(case.zone), f"ended by {end.actor}: {end.reason}")
    loaded = _loading_complete(case)
    if loaded is None:
        return _before_maintenance(case)
    return _lifelong(case, loaded, policy, now) or loaded


def _before_maintenance(case: Case) -> PhaseNow:
    begun = case.entry is not None and (case.entry.entered_as is not None or case.entry.loading_doses_given > 0)
    if not case.doses and not begun:
        reported = case.reported[-1:]
        besides = "".join(f"; a dose reported on {day_text(dose.day)} moves the next window only" for dose in reported)
        return PhaseNow(Phase.NOT_STARTED, None, f"no dose that counts is recorded{besides}")
    since = case.start.day(case.zone) if case.start else None
    return PhaseNow(Phase.LOADING, since, f"loading doses counted: {case.loading_doses}{_waits_for(case)}")


def _waits_for(case: Case) -> str:
    if case.regimen is None:
        return ""
    if case.regimen.loading_ends_with is Finding.NO_FURTHER_IMPROVEMENT:
        return ', until a clinician records "no further improvement"'
    wanted = case.regimen.loading_doses
    if wanted is not None and case.loading_doses >= wanted:
        return ", but neurological involvement is unknown: loading goes on until it is known"
    return f" of {wanted}"


def _loading_complete(case: Case) -> PhaseNow | None:
    """The maintenance that follows a complete loading; None while loading is not complete."""
    entry = case.entry
    if entry is not None and case.entered_after_loading:
        since = entry.starts.day(case.zone)
        return PhaseNow(Phase.MAINTENANCE, since, f"the plan says that the patient came in {entry.entered_as}")
    if case.regimen is None:
        return None
    return _by_finding(case) or _by_count(case)


def _by_finding(case: Case) -> PhaseNow | None:
    assert case.regimen is not None
    ends_with = case.regimen.loading_ends_with or Finding.LOADING_COMPLETE
    said = '"loading complete"' if ends_with is Finding.LOADING_COMPLETE else '"no further improvement"'
    first = _first_dose_known(case)  # what was found before a dose cannot be about its loading
    complete = [a for a in case.found(ends_with) if first is not None and a.time.is_after(first, case.zone)]
    if not complete:
        return None
    day = complete[0].time.day(case.zone)
    return PhaseNow(Phase.MAINTENANCE, day, f"a clinician recorded {said} on {day_text(day)}")


def _first_dose_known(case: Case) -> ClinicalTime | None:
    """The first dose, reported ones among them; of those that the entering plan tells perhaps only the last."""
    told = case.entry.last_dose if case.entry else None
    known = [case.start, ClinicalTime(told) if told else None, *(dose.time for dose in case.reported)]
    times = [time for time in known if time is not None]
    return min(times, key=lambda time: (time.day(case.zone), time.instant(case.zone)), default=None)


def _by_count(case: Case) -> PhaseNow | None:
    assert case.regimen is not None and case.plan is not None
    wanted = case.regimen.loading_doses
    unknown = case.plan.neurological_involvement is YesNoUnknown.UNKNOWN
    if wanted is None or unknown or case.loading_doses < wanted:
        return None
    before = case.entry.loading_doses_given if case.entry else 0
    if before >= wanted:
        day = case.entry.last_dose if case.entry else None
    else:
        day = case.doses_since_entry[wanted - before - 1].day
    return PhaseNow(Phase.MAINTENANCE, day, f"{wanted} loading doses are complete")


def _lifelong(case: Case, loaded: PhaseNow, policy: Policy, now: Moment) -> PhaseNow | None:
    """Lifelong, when maintenance is meant for life and something has confirmed it."""
    assert case.plan is not None
    if case.plan.cause.can_go_away:
        return None
    confirmed = [found for found in _confirmations(case, policy, now) if found is not None]
    if not confirmed:
        return None
    day, because = min(confirmed)
    return PhaseNow(Phase.LIFELONG, max(day, loaded.since or day), because)


def _confirmations(case: Case, policy: Policy, now: Moment) -> list[tuple[date, Text] | None]:
    return [_entered_so(case), _clinician_says(case), _recovered(case, policy), _long_enough(case, policy, now)]


def _entered_so(case: Case) -> tuple[date, Text] | None:
    if case.entry is None or case.entry.entered_as is not EnteredAs.LIFELONG:
        return None
    return case.entry.starts.day(case.zone), "the plan says that the patient came in lifelong treatment"


def _clinician_says(case: Case) -> tuple[date, Text] | None:
    said = case.found(Finding.LIFELONG_CONFIRMED)
    if not said:
        return None
    day = said[0].time.day(case.zone)
    return day, f"a clinician confirmed lifelong treatment on {day_text(day)}"


def _recovered(case: Case, policy: Policy) -> tuple[date, Text] | None:
    """A normal haemoglobin since the start; with neurological involvement improvement or plateau besides."""
    start = case.start or _entry_start(case)
    if start is None or case.regimen is None:
        return None
    normal = [
        h.time.day(case.zone)
        for h in case.haemoglobins
        if h.reading is Reading.NORMAL and h.time.is_after(start, case.zone)
    ]
    if not normal:
        return None
    because = f"haemoglobin was normal on {day_text(normal[0])}"
    if case.regimen.loading_ends_with is None:
        return normal[0], because
    better = case.found(*_BETTER_OR_PLATEAU)
    if not better:
        return None
    seen = better[0].time.day(case.zone)
    return max(normal[0], seen), f"{because}, and a clinician recorded {_word(better[0].findings)} on {day_text(seen)}"


def _word(findings: frozenset[Finding]) -> str:
    return '"no further improvement"' if Finding.NO_FURTHER_IMPROVEMENT in findings else "improvement"


def _entry_start(case: Case) -> ClinicalTime | None:
    return case.entry.starts if case.entry is not None else None


def _long_enough(case: Case, policy: Policy, now: Moment) -> tuple[date, Text] | None:
    if case.start is None:
        return None
    months = policy.phases.lifelong_after_months
    day = add_months(case.start.day(case.zone), months)
    if not now.reached(start_of_day(day, case.zone)):
        return None
    return day, f"{months} months have passed since the first dose on {day_text(case.start.day(case.zone))}"
