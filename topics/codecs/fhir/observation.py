"""FHIR R4 Observation to lab results and assessments (section 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from domain.calendar import ClinicalTime
from domain.facts import ClinicalAssessment, Comparator, Fact, Finding, LabResult, ResultStatus
from topics.codecs.fhir.entry import Entry
from topics.codecs.fhir.shapes import (
    CodeableConcept,
    Effective,
    Observation,
    Period,
    Quantity,
    Specimen,
    Value,
    number,
    shaped,
)
from topics.meaning import times
from topics.meaning.codes import LabTest, Meaning, Rejected
from topics.meaning.numbers import WORDS, NoValue, read_text
from topics.meaning.results import Bound, SentResult, lab_result
from topics.meaning.systems import SYSTEMS, System
from topics.meaning.units import is_same, unit_of
from topics.problems import Refused
from topics.schemas.source_base import IN_ERROR

_STATUSES: Final = frozenset(ResultStatus)
_COMPARATORS: Final = frozenset(Comparator)
_ABSENT_URL: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ABSENT_WORDS: Final = frozenset(
    {
        "unknown",
        "asked-unknown",
        "temp-unknown",
        "not-asked",
        "asked-declined",
        "masked",
        "not-applicable",
        "unsupported",
        "as-text",
        "error",
        "not-a-number",
        "negative-infinity",
        "positive-infinity",
        "not-performed",
        "not-permitted",
    }
)
_NOT_NUMERIC: Final = ("valueRange", "valueRatio", "valueSampledData", "valueTime", "valueDateTime", "valuePeriod")
_NORMAL_RANGE: Final = frozenset({"normal"})

Said = tuple[Decimal | None, str, Comparator | None, NoValue | None]  # amount, unit, comparator, why there is none


def read(entry: Entry) -> Iterator[Fact | Refused]:
    """The facts of an observation and of its components; what is refused of one leaves the others.

    Raises: Refused where nothing of it can be read.
    """
    said = entry.shape(Observation)
    meanings = entry.meanings(said.code)
    test = _test_of(entry, said.code, meanings)
    found = [m for m in (*meanings, *entry.meanings(said.valueCodeableConcept)) if isinstance(m, Finding)]
    parts = list(_parts(entry, said, test)) if said.component else []
    if said.status == IN_ERROR or _is_in_error_by_report(entry):
        if not said.code.coding:
            raise Refused("code", "entered in error, and the code that says what it was is missing")
        yield from _withdrawals(entry, said, [part for part, _, _ in parts], is_ours=bool(test or found))
        return
    if test is None and not found and not parts:
        return
    if said.status not in _STATUSES:
        raise Refused("status", "the status is missing, or none of an observation")
    status = ResultStatus(said.status)
    time = _taken_at(entry, said)
    if found:
        yield from _assessment(entry, said, status, time, found)
    if test is not None:
        yield _result(entry, said, test, status, time, said, "", "")
    for part, tested, place in parts:
        number_of_it = int(place.rpartition(".")[2])
        yield _result(entry, said, tested, status, time, said.component[number_of_it], part, f"{place}.")


def _is_in_error_by_report(entry: Entry) -> bool:
    """A report that is taken back takes back what it contains."""
    return entry.container is not None and shaped(entry.container.resource, Effective).status == IN_ERROR


def _test_of(entry: Entry, concept: CodeableConcept, meanings: Sequence[Meaning]) -> LabTest | None:
    """What is tested; None where it is nothing of ours.  `meanings` are those of the concept.

    Raises: Refused where codes of one concept contradict each other, or a code of ours lacks its system.
    """
    tests = [one for one in meanings if isinstance(one, LabTest)]
    if not tests:
        _check_no_system_is_missing(entry, concept)
        return None
    if len(meanings) == 1:
        return tests[0]
    kinds = {one.kind for one in tests if one.kind is not None}
    if len({one.analyte for one in tests}) > 1 or len(kinds) > 1 or any(isinstance(m, Rejected) for m in meanings):
        raise Refused("code", "the codes of one result mean different things")
    return LabTest(tests[0].analyte, next(iter(kinds), None), any(one.seeks_clumps for one in tests))


def _check_no_system_is_missing(entry: Entry, concept: CodeableConcept) -> None:
    loinc = entry.feed.codes
    if any(not c.system and isinstance(loinc.get((System.LOINC, c.code)), LabTest) for c in concept.coding):
        raise Refused("code", "the code is one of LOINC's, and its system is not said")


def _parts(entry: Entry, said: Observation, top: LabTest | None) -> Iterator[tuple[str, LabTest, str]]:
    """The components that are ours: their names within the resource, what they test, and their places."""
    for place, component in enumerate(said.component):
        try:
            test = _test_of(entry, component.code, entry.meanings(component.code))
        except Refused as refused:
            raise refused.under(f"component.{place}") from None
        if test is None:
            continue
        if top is not None and test.analyte is top.analyte:
            if said.valueQuantity is None and said.valueString is None:
                yield test.analyte.value, test, f"component.{place}"
            elif component.valueQuantity != said.valueQuantity:
                raise Refused(f"component.{place}", "the component contradicts the observation's own value (obs-7)")
            continue
        yield test.analyte.value, test, f"component.{place}"


def _withdrawals(entry: Entry, said: Observation, parts: Sequence[str], *, is_ours: bool) -> Iterator[Fact]:
    try:
        time: ClinicalTime | None = _taken_at(entry, said)
    except Refused:
        time = None  # what is taken back need not be dated well
    if is_ours:
        yield entry.withdrawal(time)
    for part in parts:
        yield entry.withdrawal(time, part=part)


def _assessment(
    entry: Entry, said: Observation, status: ResultStatus, time: ClinicalTime, found: Sequence[Meaning]
) -> Iterator[Fact]:
    """A finding counts once it is final, and only where its value does not say no."""
    if status.counts and said.valueBoolean is not False:
        yield ClinicalAssessment(
            fact_id=entry.fact_id(),
            version=entry.version,
            time=time,
            source=entry.feed.name,
            findings=frozenset(one for one in found if isinstance(one, Finding)),
        )


def _result(
    entry: Entry,
    observation: Observation,
    test: LabTest,
    status: ResultStatus,
    time: ClinicalTime,
    said: Value,
    part: str,
    place: str,
) -> LabResult | Refused:
    try:
        amount, unit, comparator, none = _value(said, entry)
        low, high = _range(said, entry)
        is_clumped = any(_is_clumped(note.text) for note in observation.note)
        return lab_result(
            SentResult(
                fact_id=entry.fact_id(part),
                version=entry.version,
                source=entry.feed.name,
                time=time,
                test=test,
                status=status,
                amount=amount,
                unit=unit,
                comparator=comparator,
                low=low,
                high=high,
                clumped=is_clumped or (none is not None and none.clumped),
                absent_reason=none.reason if none is not None else "",
            ),
            entry.feed,
        )
    except Refused as refused:
        return Refused(f"{place}{refused.where}", refused.problem)


def _is_clumped(note: str) -> bool:
    """A note that says nothing but that platelets clumped; "no clumps seen" is none."""
    known = WORDS.get(note.strip().casefold().strip(".*! "))
    return known is not None and known.clumped


# the value


def _value(said: Value, entry: Entry) -> Said:
    absent = _absent(said.dataAbsentReason)
    given = _given(said, entry)
    if given is not None and given[3] is None and absent is not None:
        raise Refused("dataAbsentReason", "there is a value, and a reason why there is none (obs-6)")
    return given or (None, "", None, absent)


def _given(said: Value, entry: Entry) -> Said | None:
    if said.valueQuantity is not None:
        return _quantity(said.valueQuantity, entry)
    if said.valueString is not None:
        text = read_text(said.valueString, mark=entry.feed.decimal_mark)
        return (None, "", None, text) if isinstance(text, NoValue) else (text.amount, text.rest, text.comparator, None)
    if said.valueInteger is not None:
        return number(said.valueInteger, "valueInteger"), "", None, None
    if said.valueCodeableConcept is not None:
        absent = _absent(said.valueCodeableConcept)
        if absent is None:
            raise Refused("valueCodeableConcept", "a code stands where a number is wanted")
        return None, "", None, absent
    if said.valueBoolean is not None or any(getattr(said, name) is not None for name in _NOT_NUMERIC):
        raise Refused("value", "neither a quantity nor text: no rule could read it as a number")
    return None


def _quantity(said: Quantity, entry: Entry) -> Said:
    if said.value is None:
        reason = next((x.valueCode for x in said.extension if x.url == _ABSENT_URL), "")
        return None, "", None, NoValue(reason if reason in _ABSENT_WORDS else "")
    amount = number(said.value, "valueQuantity.value")
    if said.comparator is not None and said.comparator not in _COMPARATORS:
        raise Refused("valueQuantity.comparator", "the comparator is none of <, <=, >=, >")
    comparator = Comparator(said.comparator) if said.comparator is not None else None
    return amount, unit_text(said), comparator, None


def unit_text(said: Quantity) -> str:
    """The unit as a quantity says it: the UCUM code, else the text.

    Raises: Refused where code and text are two different units.
    """
    code = said.code if not said.system or SYSTEMS.get(said.system) is System.UCUM else ""
    if code == said.unit:
        return code
    by_code, by_text = unit_of(code), unit_of(said.unit)
    if by_code is not None and by_text is not None and not is_same(by_code, by_text):
        raise Refused("unit", "the unit's code and its text are two different units")
    return code or said.unit


def _absent(reason: CodeableConcept | None) -> NoValue | None:
    if reason is None:
        return None
    words = [coding.code for coding in reason.coding if coding.code in _ABSENT_WORDS]
    return NoValue(words[0] if words else "unknown")


def _range(said: Value, entry: Entry) -> tuple[Bound | None, Bound | None]:
    """The laboratory's normal range; where it sent several (by age or sex) none of them is taken."""
    ranges = [one for one in said.referenceRange if one.type is None or _is_normal(one.type)]
    if len(ranges) != 1:
        return None, None
    return _bound(ranges[0].low, "low"), _bound(ranges[0].high, "high")


def _is_normal(kind: CodeableConcept) -> bool:
    return any(coding.code in _NORMAL_RANGE for coding in kind.coding)


def _bound(said: Quantity | None, end: str) -> Bound | None:
    if said is None or said.value is None:
        return None
    return Bound(number(said.value, f"referenceRange.{end}"), unit_text(said))


# the time


def _taken_at(entry: Entry, said: Observation) -> ClinicalTime:
    """When the sample was taken: `effective[x]`, else the specimen's collection; never `issued`, which is its release.

    What a report or a panel of the same message contains or lists, and is not dated itself, has the time of that.
    Raises: Refused where nothing of this is said, or two of them say different times.
    """
    time = _effective(entry, said) or _collected(entry, said)
    if time is not None:
        return time
    outer = entry.container
    holders = [outer.resource] if outer is not None else entry.around.holders_of(entry.resource)
    held = {_effective(entry, shaped(holder, Effective)) for holder in holders} - {None}
    if len(held) > 1:
        raise Refused("effective", "the reports that list it say different times")
    for one in held:
        if one is not None:
            return one
    raise Refused("effective", "nothing says when the sample was taken; when it was released is another time")


def _effective(entry: Entry, said: Observation | Effective) -> ClinicalTime | None:
    zone = entry.feed.zone
    if said.effectiveDateTime is not None:
        return times.at(said.effectiveDateTime, "effectiveDateTime", zone)
    if said.effectiveInstant is not None:
        return times.at(said.effectiveInstant, "effectiveInstant", zone)
    if said.effectivePeriod is not None:
        return beginning(said.effectivePeriod, "effectivePeriod", entry)
    if said.effectiveTiming is not None and len(said.effectiveTiming.event) == 1:
        return times.at(said.effectiveTiming.event[0], "effectiveTiming", zone)
    return None


def _collected(entry: Entry, said: Observation) -> ClinicalTime | None:
    specimen = entry.find(said.specimen)
    collection = shaped(specimen, Specimen).collection if specimen is not None else None
    if collection is None:
        return None
    if collection.collectedDateTime is not None:
        return times.at(collection.collectedDateTime, "specimen.collection", entry.feed.zone)
    return beginning(collection.collectedPeriod or Period(), "specimen.collection", entry)


def beginning(period: Period, where: str, entry: Entry) -> ClinicalTime:
    """When it began; where only its end is said, its end."""
    text = period.start if period.start is not None else period.end
    if text is None:
        raise Refused(where, "the period has neither start nor end")
    return times.at(text, where, entry.feed.zone)
