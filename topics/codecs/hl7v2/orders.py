"""RXE segments of RDE messages, and RXO of OMP messages, to orders: what was prescribed, which is never a dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.calendar import ClinicalTime
from domain.facts import Fact, MedicationOrder, OrderStatus
from topics.codecs.hl7v2.administrations import amount_of, product_of, route_of
from topics.codecs.hl7v2.er7 import Segment
from topics.codecs.hl7v2.statement import Context, Statement, in_fields, order_number
from topics.meaning.codes import Product
from topics.problems import Refused, Whose
from topics.schemas.source_base import fact_id_of

CONTROL, PLACER, FILLER, STATUS, ORDERED_AT = 1, 2, 3, 5, 9  # of ORC
STARTS_AT, ENDS_AT = 7, 8  # of TQ1


class _Fields(NamedTuple):
    """Where a segment has what was ordered."""

    code: int
    amount: int
    unit: int


CONTROLS: Final = MappingProxyType(
    {
        **dict.fromkeys(("NW", "OK", "SN", "NA", "RO", "XO", "XX", "XR", "RL", "OE", "OR"), OrderStatus.ACTIVE),
        **dict.fromkeys(("HD", "HR", "OH"), OrderStatus.ON_HOLD),
        **dict.fromkeys(("CA", "CR", "OC", "UA"), OrderStatus.CANCELLED),
        **dict.fromkeys(("DC", "DR", "OD", "RP", "RQ", "RU"), OrderStatus.STOPPED),
        "OF": OrderStatus.COMPLETED,
    }
)
"""ORC-1 (HL7 table 0119).  Who asks for an order to be cancelled or held does not want it carried out."""
STATUSES: Final = MappingProxyType(
    {
        **dict.fromkeys(("IP", "SC", "A"), OrderStatus.ACTIVE),
        "HD": OrderStatus.ON_HOLD,
        "CA": OrderStatus.CANCELLED,
        **dict.fromkeys(("DC", "RP"), OrderStatus.STOPPED),
        "CM": OrderStatus.COMPLETED,
        "": OrderStatus.UNKNOWN,
    }
)
"""ORC-5 (HL7 table 0038), asked where ORC-1 only says that it tells the status."""
_TELLS_THE_STATUS: Final = frozenset({"SC", "SR", "RE"})
_REFILL: Final = frozenset({"RF", "AF", "DF"})  # whether more is handed over; the order itself stays as it was


@dataclass(slots=True)
class _Order:
    pid: Segment | None = None
    orc: Segment | None = None
    ordered: Segment | None = None
    timings: list[Segment] = field(default_factory=list)
    routes: list[Segment] = field(default_factory=list)


def read_encoded_orders(context: Context) -> Iterator[Statement]:
    """Every RXE of an RDE.  Its RXO is what the pharmacy made the RXE from."""
    return _read_all(context, "RXE", _Fields(2, 3, 5))


def read_requested_orders(context: Context) -> Iterator[Statement]:
    """Every RXO of an OMP."""
    return _read_all(context, "RXO", _Fields(1, 2, 4))


def _read_all(context: Context, name: str, fields: _Fields) -> Iterator[Statement]:
    for order in _orders(context.message.segments, name):
        if order.ordered is not None:
            yield Statement(order.pid, _read(context, order, order.ordered, fields))


def _orders(segments: tuple[Segment, ...], name: str) -> Iterator[_Order]:
    """An order begins with its ORC; another drug under the same ORC is an order that no number tells apart."""
    order = _Order()
    for segment in segments:
        if segment.name == "PID":
            yield order
            order = _Order(segment)
        elif segment.name == "ORC":
            yield order
            order = _Order(order.pid, segment)
        elif segment.name == name:
            if order.ordered is not None:
                yield order
                order = _Order(order.pid, order.orc)
            order.ordered = segment
        elif segment.name == "TQ1":
            order.timings.append(segment)
        elif segment.name == "RXR" and order.ordered is not None:
            order.routes.append(segment)
    yield order


def _read(context: Context, order: _Order, ordered: Segment, fields: _Fields) -> Fact | Refused | None:
    number = order_number((order.orc, PLACER), (order.orc, FILLER))
    try:
        found = product_of(context, ordered, fields.code)
        return _fact(context, order, ordered, fields, found[1], number) if found is not None else None
    except Refused as refused:
        places = {"code": fields.code, "dose": fields.amount, "value": fields.amount, "dose.unit": fields.unit}
        told = in_fields(refused, ordered, places)
        return told.about(Whose("", _fact_id(context, number), context.version())) if number else told


def _fact_id(context: Context, number: str) -> str:
    return fact_id_of("ORC", context.feed.name, number)


def _fact(
    context: Context, order: _Order, ordered: Segment, fields: _Fields, product: Product, number: str
) -> Fact | None:
    status = _status(order.orc)
    if status is None:
        return None
    if not number:
        raise Refused("ORC-2", "no number tells this order from others: a change of it could not be told")
    start = _the_one(context, order, STARTS_AT)
    said = context.clock.at(order.orc, ORDERED_AT) if order.orc is not None else None
    time = said or start
    if time is None:
        raise Refused("ORC-9", "nothing says when it was ordered, or when it begins")
    return MedicationOrder(
        fact_id=_fact_id(context, number),
        version=context.version(),
        time=time,
        source=context.feed.name,
        drug=product.drug,
        status=status,
        dose=amount_of(context, ordered, product, fields.amount, fields.unit),
        route=route_of(context, order.routes),
        start=start if said is not None else None,
        end=_the_one(context, order, ENDS_AT),
    )


def _status(orc: Segment | None) -> OrderStatus | None:
    """None where nothing is said about the order itself."""
    control = orc.text(CONTROL).upper() if orc is not None else ""
    if orc is None or not control:
        raise Refused("ORC-1", "nothing says what is done with the order")
    if control in _REFILL:
        return None
    said = orc.text(STATUS).upper()
    status = STATUSES.get(said) if control in _TELLS_THE_STATUS else CONTROLS.get(control)
    if status is None:
        where, table = (STATUS, "0038") if control in _TELLS_THE_STATUS else (CONTROL, "0119")
        raise Refused(orc.where(where), f"none of HL7 table {table} that is read")
    return status


def _the_one(context: Context, order: _Order, number: int) -> ClinicalTime | None:
    """A time that all timings of the order agree on; of a dose that is tapered there is none."""
    said = {context.clock.at(timing, number) for timing in order.timings} - {None}
    return said.pop() if len(said) == 1 else None
