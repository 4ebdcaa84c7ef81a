"""RXA and RXR segments of RAS messages to administrations (section 5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from domain.calendar import ClinicalTime
from domain.facts import Administration, AdministrationStatus, Fact, Route
from domain.quantity import Quantity
from topics.codecs.hl7v2.er7 import Segment
from topics.codecs.hl7v2.fields import Coding, codings, meanings
from topics.codecs.hl7v2.statement import Context, Statement, by_time, in_fields, order_number
from topics.codecs.hl7v2.values import unit_text
from topics.meaning.codes import Product
from topics.meaning.doses import dose_of
from topics.meaning.numbers import NoValue, read_text
from topics.meaning.systems import System
from topics.meaning.units import Kind, unit_of
from topics.problems import Refused, Whose
from topics.schemas.source_base import fact_id_of
from topics.schemas.wire_types import show_clinical_time

GIVE_NUMBER, NUMBER, GIVEN_AT, DRUG, AMOUNT, UNIT = 1, 2, 3, 5, 6, 7
STRENGTH, STRENGTH_UNIT, REFUSAL, COMPLETION, ACTION, STRENGTH_VOLUME, STRENGTH_VOLUME_UNIT = 13, 14, 18, 20, 21, 23, 24
ROUTE = 1  # of RXR
_FIELDS: Final = {
    "code": DRUG,
    "dose": AMOUNT,
    "value": AMOUNT,
    "dose.unit": UNIT,
    "completion": COMPLETION,
    "action": ACTION,
}
COMPLETIONS: Final = MappingProxyType(
    {
        "CP": AdministrationStatus.COMPLETED,
        "PA": AdministrationStatus.STOPPED,  # a part of it: given, and not as a whole dose
        "RE": AdministrationStatus.NOT_DONE,
        "NA": AdministrationStatus.NOT_DONE,
    }
)
"""RXA-20 (HL7 table 0322).  A blank one is neither given nor missed, unless the feed's file says what it means."""
_ACTIONS: Final = frozenset({"", "A", "U", "X"})
_AMOUNT_NOT_KNOWN: Final = "999"  # a filler, where it has no unit (section 5.4)
_FILLERS: Final = frozenset({"", "0", "1"})  # of RXA-1 and RXA-2, where nothing is counted in them
_UG_PER_ML: Final = MappingProxyType({"g/L": Decimal(1000), "mg/L": Decimal(1), "g/dL": Decimal(10_000)})


@dataclass(slots=True)
class _Doses:
    """The RXA of one order, and the RXR after them, which is theirs together."""

    pid: Segment | None = None
    orc: Segment | None = None
    given: list[Segment] = field(default_factory=list)
    routes: list[Segment] = field(default_factory=list)


def read_administrations(context: Context) -> Iterator[Statement]:
    """Every RXA of a message."""
    for doses in _orders(context.message.segments):
        for rxa in doses.given:
            yield Statement(doses.pid, _read(context, doses, rxa))


def _orders(segments: tuple[Segment, ...]) -> Iterator[_Doses]:
    doses = _Doses()
    for segment in segments:
        match segment.name:
            case "PID":
                yield doses
                doses = _Doses(segment)
            case "ORC":
                yield doses
                doses = _Doses(doses.pid, segment)
            case "RXA":
                if doses.routes:  # the route of the ones before was said
                    yield doses
                    doses = _Doses(doses.pid, doses.orc)
                doses.given.append(segment)
            case "RXR":
                if doses.given:
                    doses.routes.append(segment)
            case _:
                pass
    yield doses


def _read(context: Context, doses: _Doses, rxa: Segment) -> Fact | Refused | None:
    found: tuple[Coding, Product] | None = None
    try:
        found = product_of(context, rxa, DRUG)
        return _administration(context, doses, rxa, *found) if found is not None else None
    except Refused as refused:
        told = in_fields(refused, rxa, _FIELDS)
        return told if found is None else told.about(*_fact(context, doses, rxa, found[0]))


def _fact(context: Context, doses: _Doses, rxa: Segment, coding: Coding) -> Iterator[Whose]:
    """The fact that a refused dose would have been, where that can be told."""
    try:
        time = context.clock.at(rxa, GIVEN_AT)
        fact_id = _fact_id(context, doses, rxa, coding, time) if time is not None else ""
    except Refused:
        return
    if fact_id:
        yield Whose("", fact_id, context.version())


def product_of(context: Context, segment: Segment, field: int) -> tuple[Coding, Product] | None:
    """The drug that a field names, and the code that does.  Raises: Refused where its codes contradict each other."""
    found = [(coding, one) for coding, one in meanings(segment, field, context.feed) if isinstance(one, Product)]
    if len({(product.drug, product.antidote) for _, product in found}) > 1:
        raise Refused("code", "the codes of one drug mean different things")
    return max(found, key=lambda one: one[1].ug_per_ml is not None, default=None)


def _administration(context: Context, doses: _Doses, rxa: Segment, coding: Coding, product: Product) -> Fact:
    time = context.clock.at(rxa, GIVEN_AT)
    action = rxa.text(ACTION).upper()
    if time is None:
        raise Refused(rxa.where(GIVEN_AT), "nothing says when it was given")
    fact_id = _fact_id(context, doses, rxa, coding, time)
    if action == "D":
        return context.withdrawal(fact_id, context.version(), time, "deleted")
    if action not in _ACTIONS:
        raise Refused("action", "the action is none of HL7 table 0206")
    return Administration(
        fact_id=fact_id,
        version=context.version(),
        time=time,
        source=context.feed.name,
        drug=product.drug,
        status=_status(context, rxa, action),
        dose=amount_of(context, rxa, product, AMOUNT, UNIT, ug_per_ml=_strength(rxa)),
        route=route_of(context, doses.routes),
    )


def _status(context: Context, rxa: Segment, action: str) -> AdministrationStatus:
    said = rxa.text(COMPLETION).upper()
    refused = bool(rxa.text(REFUSAL) or rxa.text(REFUSAL, 2))
    if not said:
        if action == "U":
            raise Refused("completion", "an update that leaves the completion as it was: only the sender knows it")
        return AdministrationStatus.NOT_DONE if refused else context.feed.blank_completion
    if said not in COMPLETIONS:
        raise Refused("completion", "the completion is none of HL7 table 0322")
    status = COMPLETIONS[said]
    if refused and status is AdministrationStatus.COMPLETED:
        raise Refused("completion", "it is said to be complete, and a reason is given why it was refused (RXA-18)")
    return status


def amount_of(
    context: Context, segment: Segment, product: Product, amount: int, unit: int, *, ug_per_ml: Decimal | None = None
) -> Quantity | None:
    """The dose that two fields tell.  Raises: Refused where they tell none."""
    text, unit_said = segment.text(amount), unit_text(segment, unit)
    if not text or (text == _AMOUNT_NOT_KNOWN and not unit_said):
        return dose_of(product, None, unit_said)
    said = read_text(text, mark=context.feed.decimal_mark or ".")
    if isinstance(said, NoValue) or said.rest or said.comparator is not None:
        raise Refused("dose", "the amount is no number")
    return dose_of(product, said.amount, unit_said, ug_per_ml=ug_per_ml)


def _strength(rxa: Segment) -> Decimal | None:
    """Micrograms in a millilitre, where the message says them: `1 mg` in `1 mL`, or `1 mg/mL`."""
    strength, unit = rxa.text(STRENGTH), unit_of(unit_text(rxa, STRENGTH_UNIT))
    if not strength or unit is None:
        return None
    amount = _plain_number(strength)
    if unit.text in _UG_PER_ML:
        return amount * _UG_PER_ML[unit.text] * unit.factor if amount is not None else None
    volume = _plain_number(rxa.text(STRENGTH_VOLUME))
    volume_unit = unit_of(unit_text(rxa, STRENGTH_VOLUME_UNIT))
    if amount is None or not volume or volume_unit is None or volume_unit.kind is not Kind.VOLUME:
        return None
    if unit.kind is not Kind.WEIGHT:
        return None
    return amount * unit.factor * (1000 if unit.text == "mg" else 1) / volume


def _plain_number(text: str) -> Decimal | None:
    try:
        said = read_text(text, mark=".")
    except Refused:
        return None
    return None if isinstance(said, NoValue) or said.rest or said.comparator is not None else said.amount


def route_of(context: Context, routes: Sequence[Segment]) -> Route:
    """Raises: Refused where two segments name different routes; which of them it was, nobody could tell."""
    said = {one for rxr in routes for one in _routes(context, rxr)}
    if len(said) > 1:
        raise Refused(routes[0].where(ROUTE), "the routes of one dose differ")
    return next(iter(said), Route.UNKNOWN)


def _routes(context: Context, rxr: Segment) -> Iterator[Route]:
    """A route without a system is of the table that HL7 has for this field."""
    for coding in codings(rxr, ROUTE):
        meaning = context.feed.meaning(coding.system or System.ROUTE_V2, coding.code)
        if isinstance(meaning, Route):
            yield meaning


def _fact_id(context: Context, doses: _Doses, rxa: Segment, coding: Coding, time: ClinicalTime) -> str:
    """Order number, RXA-1 and RXA-2; where these two count nothing (0 and 1 in every message), the time as well.

    A dose of no order goes by its drug and its time.
    """
    give, number = rxa.text(GIVE_NUMBER), rxa.text(NUMBER)
    order = order_number((doses.orc, 3), (doses.orc, 2))
    if not order:
        own_id = f"{coding.system}|{coding.code}@{by_time(time, rxa.where(GIVEN_AT))}"
    elif give in _FILLERS and number in _FILLERS:
        own_id = f"{order}#{show_clinical_time(time)}"
    else:
        own_id = f"{order}#{give}#{number}"
    return fact_id_of("RXA", context.feed.name, own_id)
