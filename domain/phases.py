"""Which phase a treatment is in, derived from the record (sections 8.1, 8.2 and 8.6 of the clinical reference)."""

from __future__ import annotations

from datetime import date

from domain.calendar import ClinicalTime, add_months, start_of_day
from domain.case import Case
from domain.facts import ClinicalAssessment, EnteredAs, Finding
from domain.haemoglobin import Reading
from domain.loading import has_begun, loading_complete, loading_opened_by, waits_for
from domain.moment import Moment
from domain.phase import Phase, PhaseNow
from domain.policy import Policy
from domain.words import Text

_BETTER_OR_PLATEAU = (
    Finding.NEUROLOGY_IMPROVED,
    Finding.NEUROLOGY_RESOLVED,
    Finding.STILL_IMPROVING,
    Finding.NO_FURTHER_IMPROVEMENT,
)


def phase_of(case: Case, policy: Policy, now: Moment) -> PhaseNow:
    """The phase at this moment; silence and time alone never end a loading."""
    plans = case.plans
    if plans is None:
        return PhaseNow(Phase.NOT_STARTED, None, "no treatment plan is known")
    if plans.ended and plans.current.end is not None:
        end = plans.current.end
        return PhaseNow(Phase.ENDED, end.time.day(case.zone), case.say("ended by {}: {}", end.actor, end.reason))
    loaded = loading_complete(case)
    if loaded is None:
        return _before_maintenance(case)
    return _lifelong(case, loaded, policy, now) or loaded


def _before_maintenance(case: Case) -> PhaseNow:
    if not has_begun(case):
        if not case.reported:
            return PhaseNow(Phase.NOT_STARTED, None, "no dose that counts is recorded")
        besides = "no dose that counts is recorded; a dose reported on {} moves the next window only"
        return PhaseNow(Phase.NOT_STARTED, None, case.say(besides, case.reported[-1].day))
    opened, since = loading_opened_by(case), case.start.day(case.zone) if case.start else None
    if opened is not None:  # loading goes on since the plan that asked for it, whatever was given before
        since = opened.starts.day(case.zone)
    because = case.say("loading doses counted: {}{}", case.loading_doses, waits_for(case))
    return PhaseNow(Phase.LOADING, since, because)


# --- lifelong: maintenance that is meant for life, once something has confirmed it --------------------------------

_Confirmed = tuple[date, Text]


def _lifelong(case: Case, loaded: PhaseNow, policy: Policy, now: Moment) -> PhaseNow | None:
    if not case.is_meant_for_life:
        return None
    confirmed = _earliest(_entered_so(case), _for_prevention(case, loaded), _clinician_says(case))
    confirmed = _earliest(confirmed, _recovered(case, confirmed))
    confirmed = _earliest(confirmed, _long_enough(case, confirmed, policy, now))
    if confirmed is None:
        return None
    day, because = confirmed
    return PhaseNow(Phase.LIFELONG, max(day, loaded.since or day), because)


def _earliest(*confirmed: _Confirmed | None) -> _Confirmed | None:
    """The earliest; of those of one day the first."""
    return min((c for c in confirmed if c is not None), key=lambda c: c[0], default=None)


def _entered_so(case: Case) -> _Confirmed | None:
    if case.entry is None or case.entry.entered_as is not EnteredAs.LIFELONG:
        return None
    return case.entry.starts.day(case.zone), "the plan says that the patient came in lifelong treatment"


def _for_prevention(case: Case, loaded: PhaseNow) -> _Confirmed | None:
    """Prophylaxis is for life at once."""
    assert case.plan is not None
    if case.regimen is None or not case.regimen.is_prophylaxis:
        return None
    return loaded.since or case.plan.starts.day(case.zone), "the treatment is a prophylaxis, which is for life"


def _clinician_says(case: Case) -> _Confirmed | None:
    said = case.found(Finding.LIFELONG_CONFIRMED)
    if not said:
        return None
    day = said[0].time.day(case.zone)
    return day, case.say("a clinician confirmed lifelong treatment on {}", day)


def _recovered(case: Case, known: _Confirmed | None) -> _Confirmed | None:
    """A normal haemoglobin since the start; with neurological involvement improvement or plateau besides.

    Only one that is earlier than what is `known` is looked for.
    """
    start = case.start or (case.entry.starts if case.entry is not None else None)
    if start is None or case.regimen is None:
        return None
    normal = _normal_since(case, start, known[0] if known is not None else date.max)
    if normal is None:
        return None
    if case.regimen.loading_ends_with is None:
        return normal, case.say("haemoglobin was normal on {}", normal)
    better = case.found(*_BETTER_OR_PLATEAU)
    if not better:
        return None
    seen = better[0].time.day(case.zone)
    template = "haemoglobin was normal on {}, and a clinician recorded {} on {}"
    return max(normal, seen), case.say(template, normal, _word(better[0]), seen)


def _normal_since(case: Case, start: ClinicalTime, before: date) -> date | None:
    for reading in case.haemoglobins:
        if reading.reading is Reading.NORMAL and reading.time.is_after(start, case.zone):
            day = reading.time.day(case.zone)
            return day if day < before else None
    return None


def _word(better: ClinicalAssessment) -> str:
    return '"no further improvement"' if Finding.NO_FURTHER_IMPROVEMENT in better.findings else "improvement"


def _long_enough(case: Case, known: _Confirmed | None, policy: Policy, now: Moment) -> _Confirmed | None:
    """So many months since the first dose; not asked where something earlier is `known`."""
    if case.start is None:
        return None
    months, started = policy.phases.lifelong_after_months, case.start.day(case.zone)
    day = add_months(started, months)
    if (known is not None and known[0] <= day) or not now.reached(start_of_day(day, case.zone)):
        return None
    return day, case.say("{} months have passed since the first dose on {}", months, started)
