"""OBX segments of ORU messages to lab results (section 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from domain.calendar import ClinicalTime
from domain.facts import Analyte, Fact, ResultStatus
from topics.codecs.hl7v2 import values
from topics.codecs.hl7v2.er7 import Delimiters, Segment
from topics.codecs.hl7v2.fields import CODES_REMEMBERED, Coding, entity, meanings_of
from topics.codecs.hl7v2.statement import Context, Statement, by_time, in_fields, order_number
from topics.codecs.hl7v2.values import Value, range_of, value_of
from topics.meaning.codes import LabTest, Rejected
from topics.meaning.feeds import Feed
from topics.meaning.notes import tells_clumps
from topics.meaning.numbers import NoValue
from topics.meaning.results import SentResult, lab_result
from topics.problems import Refused, Whose
from topics.schemas.source_base import fact_id_of

STATUS, TAKEN_AT, INSTANCE = 11, 14, 21
REPORTED_AT, REPORT_STATUS, COLLECTED_AT = 22, 25, 7  # of OBR
SPECIMEN_COLLECTED = 17  # of SPM
_FIELDS: Final = {
    "type": values.TYPE,
    "code": values.CODE,
    "value": values.VALUE,
    "unit": values.UNIT,
    "reference range": values.RANGE,
    "status": STATUS,
}

STATUSES: Final = MappingProxyType(
    {
        "F": ResultStatus.FINAL,
        "C": ResultStatus.CORRECTED,
        "A": ResultStatus.AMENDED,
        "V": ResultStatus.FINAL,
        "B": ResultStatus.FINAL,
        "U": ResultStatus.FINAL,
        "P": ResultStatus.PRELIMINARY,
        "R": ResultStatus.PRELIMINARY,
        "S": ResultStatus.PRELIMINARY,
        "I": ResultStatus.REGISTERED,
        "X": ResultStatus.CANCELLED,
        "N": ResultStatus.CANCELLED,
        "O": ResultStatus.UNKNOWN,
        "": ResultStatus.UNKNOWN,
    }
)
"""OBX-11 (HL7 table 0085).  A blank one is not final, whatever OBR-25 says."""
WITHDRAWN: Final = MappingProxyType({"D": "deleted", "W": "wrong, as a result of another patient"})
_WITHOUT_VALUE: Final = {"X": "cannot be obtained", "N": "not asked", "O": "only describes the order"}
_NOT_YET: Final = frozenset({"I", "O"})
_PROMOTES: Final = frozenset({"U", "V"})


@dataclass(slots=True)
class _Group:
    """What belongs to one order: OBX with their notes, and the specimens, which may come after them."""

    pid: Segment | None = None
    orc: Segment | None = None
    obr: Segment | None = None
    results: list[tuple[Segment, list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)
    _version: int | None = None
    _order: str | None = None

    def version(self, context: Context) -> int:
        """When the report last changed (OBR-22), else the message's time."""
        if self._version is None:
            self._version = context.version(self.obr.text(REPORTED_AT) if self.obr is not None else "")
        return self._version

    @property
    def order(self) -> str:
        """The number of the order; that of the filler, who has the sample, goes before that of the placer."""
        if self._order is None:
            self._order = order_number((self.obr, 3), (self.orc, 3), (self.obr, 2), (self.orc, 2))
        return self._order


def read_results(context: Context) -> Iterator[Statement]:
    """Every OBX of a message: a result, its withdrawal, something refused, or nothing that a rule reads."""
    for group in _groups(context.message.segments):
        for obx, notes in group.results:
            yield Statement(group.pid, _read(context, group, obx, notes))


def _groups(segments: tuple[Segment, ...]) -> Iterator[_Group]:
    """A group ends where another order, or another patient, begins."""
    group = _Group()
    notes = group.notes
    for segment in segments:
        match segment.name:
            case "PID":
                yield group
                group = _Group(segment)
            case "ORC":
                yield group
                group = _Group(group.pid, segment)
                notes = group.notes
            case "OBR":
                if group.obr is not None:
                    yield group
                    group = _Group(group.pid)
                group.obr = segment
                notes = group.notes
            case "OBX":
                notes = []
                group.results.append((segment, notes))
            case "SPM":
                group.specimens.append(segment)
                notes = []
            case "NTE":
                notes.append(segment.plain(segment.sent(3)))
            case _:
                pass
    yield group


def _read(context: Context, group: _Group, obx: Segment, notes: list[str]) -> Fact | Refused | None:
    found: tuple[Coding, LabTest] | None = None
    try:
        found = _test(obx.raw(values.CODE), obx.delimiters, context.feed)
        return _result(context, group, obx, notes, *found) if found is not None else None
    except Refused as refused:
        told = in_fields(refused, obx, _FIELDS)
        return told if found is None else told.about(*_fact(context, group, obx, found[0]))


def _fact(context: Context, group: _Group, obx: Segment, coding: Coding) -> Iterator[Whose]:
    """The fact that a refused result would have been, where that can be told."""
    try:
        fact_id = _fact_id(context, group, obx, coding, _or_none(context, group, obx))
    except Refused:
        return
    yield Whose("", fact_id, group.version(context))


@lru_cache(maxsize=CODES_REMEMBERED)
def _test(raw: str, delimiters: Delimiters, feed: Feed) -> tuple[Coding, LabTest] | None:
    """What OBX-3 says is tested, and the code that says it.  Raises: Refused where its codes contradict each other."""
    said = meanings_of(raw, delimiters, feed)
    tests = [(coding, meaning) for coding, meaning in said if isinstance(meaning, LabTest)]
    if not tests:
        return None
    kinds = {test.kind for _, test in tests if test.kind is not None}
    if len({test.analyte for _, test in tests}) > 1 or len(kinds) > 1 or any(isinstance(m, Rejected) for _, m in said):
        raise Refused("code", "the codes of one result mean different things")
    coding, test = tests[0]
    return coding, LabTest(test.analyte, next(iter(kinds), None), any(one.seeks_clumps for _, one in tests))


def _result(
    context: Context, group: _Group, obx: Segment, notes: list[str], coding: Coding, test: LabTest
) -> Fact | None:
    letter = obx.text(STATUS).upper()
    version = group.version(context)
    if letter in WITHDRAWN:
        time = _or_none(context, group, obx)
        return context.withdrawal(_fact_id(context, group, obx, coding, time), version, time, WITHDRAWN[letter])
    if letter not in STATUSES:
        raise Refused("status", "the status is none of HL7 table 0085")
    value = _value(context, obx, letter)
    if value is None:
        return None
    time = _taken_at(context, group, obx)
    if time is None:
        if letter in _NOT_YET:
            return None  # of a sample that nobody has taken yet, no rule reads anything
        raise Refused(obx.where(TAKEN_AT), "no time of the sample: OBX-14, SPM-17 and OBR-7 are empty")
    low, high = range_of(obx, context.feed)
    none = value.none
    clumped = test.analyte is Analyte.PLATELETS and (
        (none is not None and none.clumped)
        or any(tells_clumps(note, of_platelets=True) for note in notes)
        or any(tells_clumps(note, of_platelets=False) for note in group.notes)
    )
    return lab_result(
        SentResult(
            fact_id=_fact_id(context, group, obx, coding, time),
            version=version,
            source=context.feed.name,
            time=time,
            test=test,
            status=_status(letter, group.obr),
            amount=value.amount,
            unit=value.unit,
            comparator=value.comparator,
            low=low,
            high=high,
            clumped=clumped,
            absent_reason=none.reason if none is not None else "",
        ),
        context.feed,
    )


def _status(letter: str, obr: Segment | None) -> ResultStatus:
    """A report that is a correction (OBR-25) makes one of each final result in it."""
    status = STATUSES[letter]
    if status is ResultStatus.FINAL and obr is not None and obr.text(REPORT_STATUS).upper() == "C":
        return ResultStatus.CORRECTED
    return status


def _value(context: Context, obx: Segment, letter: str) -> Value | None:
    """None where nothing is said about the value that is known already (B: text was appended)."""
    if letter in _WITHOUT_VALUE:
        return Value(None, none=NoValue(_WITHOUT_VALUE[letter]))
    if not obx.raw(values.VALUE).strip():
        if letter == "B":
            return None
        if letter in _PROMOTES:
            raise Refused("status", "made final or verified without its value: what it was, only the sender can say")
    return value_of(obx, context.feed)


def _taken_at(context: Context, group: _Group, obx: Segment) -> ClinicalTime | None:
    """OBX-14, else the one specimen's collection (SPM-17), else OBR-7; never when it was analysed or reported."""
    time = context.clock.at(obx, TAKEN_AT)
    if time is None and group.specimens:
        collected = {context.clock.at(specimen, SPECIMEN_COLLECTED) for specimen in group.specimens} - {None}
        time = collected.pop() if len(collected) == 1 else None
    if time is None and group.obr is not None:
        time = context.clock.at(group.obr, COLLECTED_AT)
    return time


def _or_none(context: Context, group: _Group, obx: Segment) -> ClinicalTime | None:
    """What is taken back need not be dated well."""
    try:
        return _taken_at(context, group, obx)
    except Refused:
        return None


def _fact_id(context: Context, group: _Group, obx: Segment, coding: Coding, time: ClinicalTime | None) -> str:
    """OBX-21; else order number, code and OBX-4; a result without any number goes by code and time of the sample."""
    number = entity(obx, INSTANCE)
    if not number:
        name = f"{coding.system}|{coding.code}"
        sub_id = obx.text(values.SUB_ID)
        number = f"{group.order or by_time(time, 'OBR-3')}#{name}#{sub_id}".rstrip("#")
    return fact_id_of("OBX", context.feed.name, number)
