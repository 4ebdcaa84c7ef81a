"""Which phase a treatment is in, derived from the record (sections 8.1, 8.2 and 8.6 of the clinical reference)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.calendar import ClinicalTime, add_months, start_of_day
from domain.course import Course
from domain.facts import Analyte, EnteredAs, Finding, YesNoUnknown
from domain.haemoglobin import Reading, read
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.words import day_text

_BETTER_OR_PLATEAU = (
    Finding.NEUROLOGY_IMPROVED,
    Finding.NEUROLOGY_RESOLVED,
    Finding.STILL_IMPROVING,
    Finding.NO_FURTHER_IMPROVEMENT,
)


@dataclass(frozen=True, slots=True)
class PhaseNow:
    """The phase, the ward-local day since which it holds (None where nobody told it), and why."""

    phase: Phase
    since: date | None
    because: str


def phase_of(course: Course, policy: Policy, now: Moment) -> PhaseNow:
    """The phase at this moment; silence and time alone never end a loading."""
    if course.plan is None:
        return PhaseNow(Phase.NOT_STARTED, None, "no treatment plan is known")
    if course.plans is not None and course.plans.ended and course.plan.end is not None:
        end = course.plan.end
        return PhaseNow(Phase.ENDED, end.time.day(course.zone), f"ended by {end.actor}: {end.reason}")
    loaded = _loading_complete(course)
    if loaded is None:
        return _before_maintenance(course)
    return _lifelong(course, loaded, policy, now) or loaded


def _before_maintenance(course: Course) -> PhaseNow:
    begun = course.entry is not None and (course.entry.entered_as is not None or course.entry.loading_doses_given > 0)
    if not course.doses and not begun:
        reported = course.reported[-1:]
        besides = "".join(f"; a dose reported on {day_text(dose.day)} moves the next window only" for dose in reported)
        return PhaseNow(Phase.NOT_STARTED, None, f"no dose that counts is recorded{besides}")
    since = course.start.day(course.zone) if course.start else None
    return PhaseNow(Phase.LOADING, since, f"loading doses counted: {course.loading_doses}{_waits_for(course)}")


def _waits_for(course: Course) -> str:
    if course.regimen is None:
        return ""
    if course.regimen.loading_ends_with is Finding.NO_FURTHER_IMPROVEMENT:
        return ', until a clinician records "no further improvement"'
    wanted = course.regimen.loading_doses
    if wanted is not None and course.loading_doses >= wanted:
        return ", but neurological involvement is unknown: loading goes on until it is known"
    return f" of {wanted}"


def _loading_complete(course: Course) -> PhaseNow | None:
    """The maintenance that follows a complete loading; None while loading is not complete."""
    entry = course.entry
    if entry is not None and course.entered_after_loading:
        since = entry.starts.day(course.zone)
        return PhaseNow(Phase.MAINTENANCE, since, f"the plan says that the patient came in {entry.entered_as}")
    if course.regimen is None:
        return None
    return _by_finding(course) or _by_count(course)


def _by_finding(course: Course) -> PhaseNow | None:
    assert course.regimen is not None
    ends_with = course.regimen.loading_ends_with or Finding.LOADING_COMPLETE
    said = '"loading complete"' if ends_with is Finding.LOADING_COMPLETE else '"no further improvement"'
    first = _first_dose_known(course)  # what was found before a dose cannot be about its loading
    complete = [a for a in course.found(ends_with) if first is not None and a.time.is_after(first, course.zone)]
    if not complete:
        return None
    day = complete[0].time.day(course.zone)
    return PhaseNow(Phase.MAINTENANCE, day, f"a clinician recorded {said} on {day_text(day)}")


def _first_dose_known(course: Course) -> ClinicalTime | None:
    """The first dose, reported ones among them; of those that the entering plan tells perhaps only the last."""
    told = course.entry.last_dose if course.entry else None
    known = [course.start, ClinicalTime(told) if told else None, *(dose.time for dose in course.reported)]
    times = [time for time in known if time is not None]
    return min(times, key=lambda time: (time.day(course.zone), time.instant(course.zone)), default=None)


def _by_count(course: Course) -> PhaseNow | None:
    assert course.regimen is not None and course.plan is not None
    wanted = course.regimen.loading_doses
    unknown = course.plan.neurological_involvement is YesNoUnknown.UNKNOWN
    if wanted is None or unknown or course.loading_doses < wanted:
        return None
    before = course.entry.loading_doses_given if course.entry else 0
    if before >= wanted:
        day = course.entry.last_dose if course.entry else None
    else:
        day = course.doses_since_entry[wanted - before - 1].day
    return PhaseNow(Phase.MAINTENANCE, day, f"{wanted} loading doses are complete")


def _lifelong(course: Course, loaded: PhaseNow, policy: Policy, now: Moment) -> PhaseNow | None:
    """Lifelong, when maintenance is meant for life and something has confirmed it."""
    assert course.plan is not None
    if course.plan.cause.can_go_away:
        return None
    confirmed = [found for found in _confirmations(course, policy, now) if found is not None]
    if not confirmed:
        return None
    day, because = min(confirmed)
    return PhaseNow(Phase.LIFELONG, max(day, loaded.since or day), because)


def _confirmations(course: Course, policy: Policy, now: Moment) -> list[tuple[date, str] | None]:
    return [_entered_so(course), _clinician_says(course), _recovered(course, policy), _long_enough(course, policy, now)]


def _entered_so(course: Course) -> tuple[date, str] | None:
    if course.entry is None or course.entry.entered_as is not EnteredAs.LIFELONG:
        return None
    return course.entry.starts.day(course.zone), "the plan says that the patient came in lifelong treatment"


def _clinician_says(course: Course) -> tuple[date, str] | None:
    said = course.found(Finding.LIFELONG_CONFIRMED)
    if not said:
        return None
    day = said[0].time.day(course.zone)
    return day, f"a clinician confirmed lifelong treatment on {day_text(day)}"


def _recovered(course: Course, policy: Policy) -> tuple[date, str] | None:
    """A normal haemoglobin since the start; with neurological involvement improvement or plateau besides."""
    start = course.start or _entry_start(course)
    if start is None or course.regimen is None:
        return None
    normal = [
        r.time.day(course.zone)
        for r in course.results_of(Analyte.HAEMOGLOBIN)
        if r.time.is_after(start, course.zone) and read(r, course, policy).reading is Reading.NORMAL
    ]
    if not normal:
        return None
    because = f"haemoglobin was normal on {day_text(normal[0])}"
    if course.regimen.loading_ends_with is None:
        return normal[0], because
    better = course.found(*_BETTER_OR_PLATEAU)
    if not better:
        return None
    seen = better[0].time.day(course.zone)
    return max(normal[0], seen), f"{because}, and a clinician recorded {_word(better[0].findings)} on {day_text(seen)}"


def _word(findings: frozenset[Finding]) -> str:
    return '"no further improvement"' if Finding.NO_FURTHER_IMPROVEMENT in findings else "improvement"


def _entry_start(course: Course) -> ClinicalTime | None:
    return course.entry.starts if course.entry is not None else None


def _long_enough(course: Course, policy: Policy, now: Moment) -> tuple[date, str] | None:
    if course.start is None:
        return None
    months = policy.phases.lifelong_after_months
    day = add_months(course.start.day(course.zone), months)
    if not now.reached(start_of_day(day, course.zone)):
        return None
    return day, f"{months} months have passed since the first dose on {day_text(course.start.day(course.zone))}"
