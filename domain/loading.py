"""Whether the loading of a treatment is complete: by its doses, by what a clinician found, or by a normal haemoglobin.

Source: sections 8.1, 8.2, 8.6 and 8.8 of the clinical reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from domain.calendar import ClinicalTime
from domain.case import Case
from domain.facts import Finding, MedicationSupply, TreatmentPlan, YesNoUnknown
from domain.haemoglobin import Reading
from domain.paperwork import held_since
from domain.phase import Phase, PhaseNow
from domain.regimens import REGIMENS
from domain.regimens.table import Regimen
from domain.steps import Place, place_of
from domain.words import Text

_PLATEAU = '"no further improvement"'
_WORDS = {Finding.NO_FURTHER_IMPROVEMENT: _PLATEAU, Finding.LOADING_COMPLETE: '"loading complete"'}


def entered_begun(case: Case) -> bool:
    """Whether the entering plan says that treatment had begun before."""
    return case.entry is not None and (case.entry.entered_as is not None or case.entry.loading_doses_given > 0)


def has_begun(case: Case) -> bool:
    """Whether a dose that counts is known, or treatment by mouth, or an entering plan that says so."""
    return bool(case.doses) or case.dosing.by_mouth is not None or entered_begun(case)


def involvement_decides(case: Case) -> bool:
    """Whether the next dose hangs on whether there is neurological involvement, and that is unknown.

    It does from the end of the step at which the regimen parts from the one with involvement; section 8.6.
    """
    place = case.dosing.place
    return place is not None and place.number > 0 and _is_in_doubt(case.plan, case.regimen)


def loading_complete(case: Case) -> PhaseNow | None:
    """The maintenance after a complete loading, or where none is prescribed; None while it is not complete."""
    entry = case.entry
    if entry is not None and case.entered_after_loading and _stays_loaded(entry, case.regimen):
        since = entry.starts.day(case.zone)
        return _maintenance(since, case.say("the plan says that the patient came in {}", entry.entered_as))
    regimen, place = case.regimen, case.dosing.place
    if regimen is None or place is None:
        return None
    if not regimen.loading:
        return _none_prescribed(case) if has_begun(case) else None
    return (
        _by_finding(case, regimen)
        or _by_place(case, _Loading(regimen, place, case.plan, None))
        or _under_an_earlier_plan(case, regimen)
    )


def _stays_loaded(entry: TreatmentPlan, regimen: Regimen | None) -> bool:
    """Whether the loading that was over when the patient came is one for the present regimen too.

    As of one that was seen here: it is for another that loads in another way, and not for one that only a finding ends;
    and who came on a regimen without a loading had none.
    """
    entered = REGIMENS.get(entry.regimen)
    if regimen is None or regimen is entered or not regimen.loading:
        return True
    return regimen.loading_ends_with is None and (entered is None or bool(entered.loading))


def opened_by(case: Case) -> TreatmentPlan | None:
    """The plan that asked for the present loading of a patient who was past one, or was treated without.

    None where no loading goes on, or where it began with the treatment or goes on from an earlier plan.
    """
    return loading_opened_by(case) if case.phase is Phase.LOADING else None


def loading_opened_by(case: Case) -> TreatmentPlan | None:
    """The same for who is known to be in loading."""
    plans, regimen = case.plans, case.regimen
    if plans is None or regimen is None or len(plans.history) == 1:
        return None
    held = held_since(case, lambda plan: plan.regimen == regimen.code)
    before = next((plan for plan, after in pairwise(plans.history) if after is held), None)
    if before is None:
        return None
    earlier = REGIMENS.get(before.regimen)
    is_past = case.entered_after_loading or (earlier is not None and not earlier.loading)
    return held if is_past or _complete_before(case, regimen) is not None else None


def waits_for(case: Case) -> Text:
    """What the loading waits for, after the number of doses in a sentence."""
    regimen, place = case.regimen, case.dosing.place
    if regimen is None or place is None:
        return ", and which loading is prescribed is not known"
    if regimen.loading_ends_with is Finding.NO_FURTHER_IMPROVEMENT:
        return f", until a clinician records {_PLATEAU}"
    if involvement_decides(case):
        return ", but neurological involvement is unknown: loading goes on until it is known"
    if regimen.loading_doses is not None:
        return f" of {regimen.loading_doses}"
    if place.step.until_normal_haemoglobin:
        return ", until haemoglobin is normal"
    steps = (place.number + 1, len(regimen.loading))
    if place.step.doses is None:
        return case.say(", step {} of {}", *steps)
    return case.say(", {} of {} in step {} of {}", place.given, place.step.doses, *steps)


@dataclass(frozen=True, slots=True)
class _Loading:
    """The loading of one regimen in this treatment; `until` is when another plan took its place."""

    regimen: Regimen
    place: Place
    plan: TreatmentPlan | None
    until: ClinicalTime | None


def _maintenance(since: date | None, because: Text) -> PhaseNow:
    return PhaseNow(Phase.MAINTENANCE, since, because)


def _none_prescribed(case: Case) -> PhaseNow:
    by_mouth, since = case.dosing.by_mouth, case.start.day(case.zone) if case.start else None
    if not case.doses and isinstance(by_mouth, MedicationSupply):
        handed_over = by_mouth.time.day(case.zone)
        return _maintenance(since, case.say("tablets were handed over on {}; a supply is no dose", handed_over))
    return _maintenance(since, "treatment has begun, and no loading is prescribed")


def _by_finding(case: Case, regimen: Regimen, until: ClinicalTime | None = None) -> PhaseNow | None:
    found = case.found(*regimen.loading_findings)
    if not found:
        return None
    first = _first_dose_known(case)  # what was found before a dose cannot be about its loading
    if first is None:
        return None
    asked = _asked_with(case, regimen)
    for assessment in found:
        if until is not None and not until.is_after(assessment.time, case.zone):
            return None
        if assessment.time.is_after(first, case.zone) and (asked is None or assessment.time.is_after(asked, case.zone)):
            day = assessment.time.day(case.zone)
            word = next(_WORDS[f] for f in regimen.loading_findings if f in assessment.findings)
            return _maintenance(day, case.say("a clinician recorded {} on {}", word, day))
    return None


def _asked_with(case: Case, regimen: Regimen) -> ClinicalTime | None:
    """When a later plan first asked for a loading that only a finding ends: what was found before is not about it."""
    if regimen.loading_ends_with is None or case.plans is None:
        return None
    begun_with = next((plan for plan in case.plans.history if plan.regimen == regimen.code), None)
    return None if begun_with is None or begun_with is case.plans.history[0] else begun_with.starts


def _first_dose_known(case: Case) -> ClinicalTime | None:
    """The first dose, reported ones among them; of those that the entering plan tells perhaps only the last."""
    told = case.entry.last_dose if case.entry else None
    known = [case.start, ClinicalTime(told) if told else None, *(dose.time for dose in case.reported)]
    times = [time for time in known if time is not None]
    return min(times, key=lambda time: (time.day(case.zone), time.instant(case.zone)), default=None)


def _is_in_doubt(plan: TreatmentPlan | None, regimen: Regimen | None) -> bool:
    """Whether a regimen for patients without involvement is given to one of whom that is not known."""
    return (
        plan is not None
        and plan.neurological_involvement is YesNoUnknown.UNKNOWN
        and regimen is not None
        and regimen.for_involvement is YesNoUnknown.NO
    )


def _by_place(case: Case, loading: _Loading) -> PhaseNow | None:
    """By the number of doses, or by a normal haemoglobin once the doses before are given."""
    place, regimen = loading.place, loading.regimen
    if not (place.is_loaded or place.step.until_normal_haemoglobin) or _is_in_doubt(loading.plan, regimen):
        return None
    if place.is_loaded:
        wanted, told = regimen.loading_doses, case.entry.last_dose if case.entry else None
        because = case.say("{} loading doses are complete", "the" if wanted is None else wanted)
        return _maintenance(place.done[-1] or told, because)  # where the entering plan tells more, at the latest then
    normal = _first_normal(case, loading.until)
    if normal is None:
        return None
    since = max(normal, (place.done[-1] if place.done else None) or normal)
    return _maintenance(since, case.say("the doses before are given, and haemoglobin was normal on {}", normal))


def _first_normal(case: Case, until: ClinicalTime | None) -> date | None:
    """The day of the first normal haemoglobin since the start."""
    if case.start is None:
        return None
    for reading in case.haemoglobins:
        if until is not None and not until.is_after(reading.time, case.zone):
            return None
        if reading.reading is Reading.NORMAL and reading.time.is_after(case.start, case.zone):
            return reading.time.day(case.zone)
    return None


def _under_an_earlier_plan(case: Case, regimen: Regimen) -> PhaseNow | None:
    """A loading that was complete stays so under another regimen, but for one that only a finding ends."""
    return None if regimen.loading_ends_with is not None else _complete_before(case, regimen)


def _complete_before(case: Case, regimen: Regimen) -> PhaseNow | None:
    """The loading of another regimen that was complete before another plan took its place."""
    assert case.plans is not None
    for plan, after in pairwise(case.plans.history):
        earlier = REGIMENS.get(plan.regimen)
        if earlier is None or earlier is regimen or not earlier.loading:
            continue
        loading = _Loading(earlier, _place_before(case, earlier, after), plan, after.starts)
        complete = _by_finding(case, earlier, after.starts) or _by_place(case, loading)
        if complete is not None:
            return complete
    return None


def _place_before(case: Case, regimen: Regimen, after: TreatmentPlan) -> Place:
    entry = case.entry
    days = [dose.day for dose in case.dosing.of_loading if after.starts.is_after(dose.time, case.zone)]
    return place_of(regimen, entry.loading_doses_given if entry else 0, entry.last_dose if entry else None, days)
