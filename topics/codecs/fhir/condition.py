"""FHIR R4 Condition and Procedure to conditions: a disease, an operation or a diet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.calendar import ClinicalTime
from domain.facts import Condition as ConditionFact
from domain.facts import ConditionCode, Fact
from topics.codecs.fhir.entry import Entry
from topics.codecs.fhir.shapes import CodeableConcept, Condition, Period, Procedure
from topics.meaning import times
from topics.problems import Refused
from topics.schemas.source_base import IN_ERROR

_OVER: Final = frozenset({"inactive", "remission", "resolved"})
_NOT_CONFIRMED: Final = frozenset({"unconfirmed", "provisional", "differential", "refuted"})


def read_condition(entry: Entry) -> Iterator[Fact | Refused]:
    """A condition that is confirmed, or of which nothing else is said; one that was and is no more has an end.

    One that is only suspected, or was refuted, takes an earlier version of itself back.
    """
    said = entry.shape(Condition)
    code = _code(entry, said.code)
    verified = _words(said.verificationStatus)
    if code is None:
        if IN_ERROR in verified and not said.code.coding:
            raise Refused("code", "entered in error, and the code that says what it was is missing")
        return
    if IN_ERROR in verified:
        yield entry.withdrawal(None)
        return
    if verified & _NOT_CONFIRMED:
        if entry.has_version:  # else it would stand over the one that is confirmed later
            yield entry.withdrawal(None, reason="not confirmed")
        return
    yield _fact(entry, code, _began(entry, said), _ended(entry, said))


def read_procedure(entry: Entry) -> Iterator[Fact | Refused]:
    """An operation that was done; one that was not, or not yet, is none."""
    said = entry.shape(Procedure)
    code = _code(entry, said.code)
    if said.status == IN_ERROR and code is None and not said.code.coding:
        raise Refused("code", "entered in error, and the code that says what it was is missing")
    if code is None:
        return
    if said.status == IN_ERROR:
        yield entry.withdrawal(None)
    elif said.status == "completed":
        period = said.performedPeriod or Period()
        when = said.performedDateTime or period.end or period.start
        if when is None:
            raise Refused("performed", "nothing says when it was done")
        yield _fact(entry, code, times.began(when, "performed", entry.feed.zone), None)


def _fact(entry: Entry, code: ConditionCode, began: ClinicalTime, ended: ClinicalTime | None) -> ConditionFact:
    return ConditionFact(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=began,
        source=entry.feed.name,
        code=code,
        end=ended,
    )


def _code(entry: Entry, concept: CodeableConcept) -> ConditionCode | None:
    codes = {one for one in entry.meanings(concept) if isinstance(one, ConditionCode)}
    if len(codes) > 1:
        raise Refused("code", "the codes of one condition mean different things")
    return next(iter(codes), None)


def _began(entry: Entry, said: Condition) -> ClinicalTime:
    """Its onset, else when it was recorded: by then it was there."""
    onset = said.onsetDateTime or (said.onsetPeriod.start if said.onsetPeriod is not None else None)
    if onset is not None:
        return times.began(onset, "onset", entry.feed.zone)
    if said.recordedDate is None:
        raise Refused("onset", "nothing says since when it is there, or when it was recorded")
    return times.began(said.recordedDate, "recordedDate", entry.feed.zone)


def _ended(entry: Entry, said: Condition) -> ClinicalTime | None:
    period = said.abatementPeriod
    end = said.abatementDateTime or ((period.end or period.start) if period is not None else None)
    if end is not None:
        return times.ended(end, "abatement", entry.feed.zone)
    if not _words(said.clinicalStatus) & _OVER:
        return None
    if entry.updated is None:
        raise Refused("abatement", "it is over, and nothing says since when")
    return entry.updated  # it was over when the source said so


def _words(concept: CodeableConcept | None) -> frozenset[str]:
    return frozenset(coding.code for coding in concept.coding) if concept is not None else frozenset()
