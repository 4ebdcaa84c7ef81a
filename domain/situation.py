"""What a patient's status page shows: phase, next dose, what is coming, what is missing, how new the data are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from domain.calendar import ClinicalTime
from domain.derive import Derived
from domain.facts import Cause, Fact, Sex, TreatmentPlan, YesNoUnknown
from domain.judgement import CannotTell, Judgement, Quiet
from domain.phase import Phase
from domain.views import View
from domain.window import DoseWindow
from domain.words import Says, Text

_REMARKS_SHOWN = 20
_NO_DATA = View.PLAN | View.ACTIONS  # these tell of us and not of the patient


class Situation(NamedTuple):
    """What the patient's status page shows; `coming`, `missing` and `remarks` are phrases for people."""

    phase: Phase
    phase_since: date | None
    phase_because: Text
    regimen: str
    next_dose: DoseWindow | None
    coming: tuple[Text, ...]
    missing: tuple[Text, ...]
    remarks: tuple[Text, ...]
    newest_data: ClinicalTime | None


def situation_of(derived: Derived, judgements: Sequence[Judgement]) -> Situation:
    """The situation that the case and the judgements make; the limits of its views are those of `derived`."""
    case, phase = derived.case, derived.case.phase_now
    missing = [j.missing for j in judgements if type(j) is CannotTell]
    waiting, remarks = derived.waiting, case.dosing.remarks
    return Situation(
        phase=phase.phase,
        phase_since=phase.since,
        phase_because=phase.because,
        regimen=case.plan.regimen if case.plan else "",
        next_dose=case.next_dose if isinstance(case.next_dose, DoseWindow) else None,
        coming=tuple([j.coming for j in judgements if type(j) is Quiet and j.coming]),
        missing=tuple(dict.fromkeys((*_unsaid_elsewhere(case.plan, missing), *missing))),
        remarks=_bounded([*_remarks(waiting), *remarks]) if waiting or remarks else (),
        newest_data=derived.newest,
    )


def _unsaid_elsewhere(plan: TreatmentPlan | None, missing: Sequence[Text]) -> list[str]:
    """What the plan leaves unsaid and no rule misses yet: "sex" is not said beside "cause, sex"."""
    return [name for name in _unsaid(plan) if not any(name in said for said in missing)]


def _unsaid(plan: TreatmentPlan | None) -> tuple[str, ...]:
    """What the plan leaves unsaid."""
    if plan is None:
        return ("a treatment plan",)
    unsaid = {
        "neurological involvement": plan.neurological_involvement is YesNoUnknown.UNKNOWN,
        "cause": plan.cause is Cause.UNKNOWN,
        "sex": plan.sex is Sex.UNKNOWN,
        "birth date": plan.birth_date is None,
    }
    return tuple(name for name, is_missing in unsaid.items() if is_missing)


def _remarks(waiting: Sequence[Fact]) -> list[Text]:
    """A remark for each fact that lies in the future."""
    facts = sorted(waiting, key=lambda fact: fact.fact_id)
    return [Says("{} is dated {}, in the future: it counts from then on", (f.fact_id, str(f.time))) for f in facts]


def _bounded(remarks: list[Text]) -> tuple[Text, ...]:
    """The newest remarks: a runaway feed must not make a status that no broker takes."""
    hidden = len(remarks) - _REMARKS_SHOWN
    return tuple(remarks) if hidden <= 0 else (*remarks[-_REMARKS_SHOWN:], f"and {hidden} older remarks")
