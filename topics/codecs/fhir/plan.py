"""FHIR R4 CarePlan to a treatment plan, where its categories name a regimen that we hold.

FHIR has no code for a regimen.  A feed's file says which of its own codes mean which, or the feed adds ours:
`urn:b12watch:regimen|R2`, `urn:b12watch:neurological-involvement|no`, `urn:b12watch:cause|pernicious-anaemia`,
`urn:b12watch:pregnancy|second-trimester`, `urn:b12watch:end-reason|transferred`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from domain.facts import Cause, EndReason, Fact, PlanEnd, Pregnancy, Sex, TreatmentPlan, YesNoUnknown
from topics.codecs.fhir.entry import Entry
from topics.codecs.fhir.shapes import CarePlan, Patient, Period
from topics.meaning import times
from topics.meaning.codes import Meaning, Regimen
from topics.meaning.patients import checked_id
from topics.problems import Refused
from topics.schemas.source_base import IN_ERROR

_IN_FORCE: Final = frozenset({"active", "on-hold", "unknown"})
_OVER: Final = frozenset({"revoked", "completed"})
_SEXES: Final = {"female": Sex.FEMALE, "male": Sex.MALE}
_NO_PLAN: Final = frozenset({"proposal", "option"})
M = TypeVar("M")


def read_plan(entry: Entry) -> Iterator[Fact | Refused]:
    """The plan; a draft is none yet.  Without a word on the nerves their involvement is unknown, which is asked for."""
    said = entry.shape(CarePlan)
    meanings = entry.meanings(*said.category)
    regimen = _one(meanings, Regimen)
    if regimen is None:
        if said.status == IN_ERROR and not said.category:
            raise Refused("category", "entered in error, and the category that says what it was is missing")
        return
    if said.status == IN_ERROR:
        yield entry.withdrawal(None)
        return
    if said.status not in _IN_FORCE | _OVER or said.intent in _NO_PLAN:
        return
    zone, period, patient = entry.feed.zone, said.period or Period(), entry.patient()
    if period.start is None:
        raise Refused("period", "nothing says when treatment by this plan starts")
    reason = _one(meanings, EndReason) or (EndReason.DIED if _has_died(patient) else EndReason.STOPPED)
    start = times.at(period.start, "period.start", zone)
    made = times.at(said.created, "created", zone) if said.created is not None else None
    yield TreatmentPlan(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=made or start,
        start=start if made is not None else None,
        source=entry.feed.name,
        regimen=regimen.code,
        neurological_involvement=_one(meanings, YesNoUnknown) or YesNoUnknown.UNKNOWN,
        cause=_one(meanings, Cause) or Cause.UNKNOWN,
        sex=_sex(patient),
        birth_date=times.birth_date(patient.birthDate) if patient is not None else None,
        pregnancy=_one(meanings, Pregnancy) or Pregnancy.UNKNOWN,
        end=_end(entry, said, period, reason) if said.status in _OVER else None,
    )


def _end(entry: Entry, said: CarePlan, period: Period, reason: EndReason) -> PlanEnd:
    """Ending what is meant for life needs a day and an actor (H14)."""
    if period.end is None:
        raise Refused("period", "the plan is over, and nothing says since when")
    if said.author is None or not said.author.reference:
        raise Refused("author", "the plan is over, and nothing says who ended it")
    time = times.at(period.end, "period.end", entry.feed.zone)
    return PlanEnd(time=time, reason=reason, actor=checked_id(said.author.reference, "author"))


def _has_died(patient: Patient | None) -> bool:
    return patient is not None and (patient.deceasedBoolean is True or patient.deceasedDateTime is not None)


def _sex(patient: Patient | None) -> Sex:
    return _SEXES.get(patient.gender, Sex.UNKNOWN) if patient is not None else Sex.UNKNOWN


def _one(meanings: Sequence[Meaning], kind: type[M]) -> M | None:
    found = [one for one in meanings if isinstance(one, kind)]
    if len(set(found)) > 1:
        raise Refused("category", "the categories of one plan mean different things")
    return found[0] if found else None
