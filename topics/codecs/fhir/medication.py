"""FHIR R4 resources about medications (section 5.2): only an administration is a dose that was given.

A request is an order, a dispense a supply.  A statement is hearsay: that a dose of vitamin B12 was given on a day is a
*reported* dose (section 8.1), and that folic acid is being taken counts as an order of it (section 8.7); else no rule
reads statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.facts import (
    Administration,
    AdministrationStatus,
    Drug,
    Fact,
    MedicationOrder,
    MedicationSupply,
    OrderStatus,
    Route,
    SupplyStatus,
)
from domain.quantity import Quantity as DomainQuantity
from topics.codecs.fhir.entry import Entry
from topics.codecs.fhir.observation import beginning, unit_text
from topics.codecs.fhir.shapes import (
    CodeableConcept,
    DosageInstruction,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    MedicationUse,
    Period,
    Quantity,
    Ratio,
    number,
    shaped,
)
from topics.meaning import times
from topics.meaning.codes import Product
from topics.meaning.doses import dose_of
from topics.meaning.units import Kind, unit_of
from topics.problems import Refused
from topics.schemas.source_base import IN_ERROR

_CHARTED: Final = frozenset(AdministrationStatus)
_ORDERED: Final = frozenset(OrderStatus)
_SUPPLIED: Final = frozenset(SupplyStatus)
_NO_ORDER: Final = frozenset({"proposal", "plan", "option"})  # nobody may act on them
_DAYS: Final = frozenset({"d", "day", "days", "Day", "Days", "dag", "Tage"})
_MOST_DAYS: Final = 366  # as canonical supplies: a slip to ten times as many would hide a gap for years


def read_administration(entry: Entry) -> Iterator[Fact | Refused]:
    """A dose that was given, or was not; without a dosage it is a dose of which nobody said how much."""
    said = entry.shape(MedicationAdministration)
    product = _product(entry, said)
    if product is None:
        return
    if said.status == IN_ERROR:
        yield entry.withdrawal(_or_none(entry, said.effectiveDateTime, said.effectivePeriod))
        return
    if said.status not in _CHARTED:
        raise Refused("status", "the status is missing, or none of an administration")
    dosage = said.dosage
    yield Administration(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=_time(entry, said.effectiveDateTime, said.effectivePeriod),
        source=entry.feed.name,
        drug=product.drug,
        status=AdministrationStatus(said.status),
        dose=_dose(product, dosage.dose if dosage is not None else None),
        route=_route(entry, dosage.route if dosage is not None else None),
    )


def read_request(entry: Entry) -> Iterator[Fact | Refused]:
    said = entry.shape(MedicationRequest)
    product = _product(entry, said)
    if product is None:
        return
    instruction = _the_one(said.dosageInstruction)
    bounds = _bounds(instruction)
    if said.status == IN_ERROR:
        yield entry.withdrawal(_or_none(entry, said.authoredOn, None))
        return
    if said.doNotPerform or said.intent in _NO_ORDER:
        return
    if said.status not in _ORDERED:
        raise Refused("status", "the status is missing, or none of a request")
    start = _in(entry, bounds.start, "dosageInstruction.timing")
    ordered = _in(entry, said.authoredOn, "authoredOn")
    time = ordered or start
    if time is None:
        raise Refused("authoredOn", "nothing says when it was ordered, or when it begins")
    yield MedicationOrder(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=time,
        source=entry.feed.name,
        drug=product.drug,
        status=OrderStatus(said.status),
        dose=_dose(product, _dose_quantity(instruction)),
        route=_route(entry, instruction.route if instruction is not None else None),
        start=start if ordered is not None else None,
        end=_in(entry, bounds.end, "dosageInstruction.timing"),
    )


def read_dispense(entry: Entry) -> Iterator[Fact | Refused]:
    """What was handed over; before that, when it was prepared is all that can be known."""
    said = entry.shape(MedicationDispense)
    product = _product(entry, said)
    if product is None:
        return
    if said.status == IN_ERROR:
        yield entry.withdrawal(_or_none(entry, said.whenHandedOver or said.whenPrepared, None))
        return
    if said.status not in _SUPPLIED:
        raise Refused("status", "the status is missing, or none of a dispense")
    time = _in(entry, said.whenHandedOver, "whenHandedOver") or _in(entry, said.whenPrepared, "whenPrepared")
    if time is None:
        raise Refused("whenHandedOver", "nothing says when it was handed over or prepared")
    instruction = _the_one(said.dosageInstruction)
    route = _route(entry, instruction.route if instruction is not None else None)
    yield MedicationSupply(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=time,
        source=entry.feed.name,
        drug=product.drug,
        status=SupplyStatus(said.status),
        days=_days(said.daysSupply),
        dose=_dose(product, _dose_quantity(instruction)),
        route=Route.ORAL if route is Route.UNKNOWN else route,
    )


def read_statement(entry: Entry) -> Iterator[Fact | Refused]:
    said = entry.shape(MedicationStatement)
    product = _product(entry, said)
    if product is None:
        return
    if said.status == IN_ERROR:
        yield entry.withdrawal(_or_none(entry, said.effectiveDateTime, said.effectivePeriod))
    elif said.status == "not-taken":
        if entry.has_version:  # else it would stand over one that is taken later
            yield entry.withdrawal(None, reason="not taken")
    elif said.status == "completed" and said.effectiveDateTime is not None and product.drug.is_cobalamin:
        instruction = _the_one(said.dosage)
        yield Administration(
            fact_id=entry.fact_id(),
            version=entry.version,
            time=times.at(said.effectiveDateTime, "effectiveDateTime", entry.feed.zone),
            source=entry.feed.name,
            drug=product.drug,
            status=AdministrationStatus.COMPLETED,
            dose=_dose(product, _dose_quantity(instruction)),
            route=_route(entry, instruction.route if instruction is not None else None),
            reported=True,
        )
    elif said.status in ("active", "intended", "completed", "stopped", "on-hold") and product.drug.is_folic_acid:
        yield _folic_acid_taken(entry, said, product)


_STATED: Final = {
    "active": OrderStatus.ACTIVE,
    "intended": OrderStatus.ACTIVE,
    "completed": OrderStatus.COMPLETED,
    "stopped": OrderStatus.STOPPED,
    "on-hold": OrderStatus.ON_HOLD,
}


def _folic_acid_taken(entry: Entry, said: MedicationStatement, product: Product) -> MedicationOrder:
    """Taking it masks a deficiency whoever prescribed it; since when decides between a danger and an old habit."""
    period = said.effectivePeriod or Period()
    start = said.effectiveDateTime or period.start
    time = times.began(start, "effective", entry.feed.zone) if start else _in(entry, said.dateAsserted, "dateAsserted")
    if time is None:
        raise Refused("effective", "nothing says since when it is taken")
    return MedicationOrder(
        fact_id=entry.fact_id(),
        version=entry.version,
        time=time,
        source=entry.feed.name,
        drug=product.drug,
        status=_STATED[said.status],
        dose=_dose(product, _dose_quantity(_the_one(said.dosage))),
        route=Route.ORAL,
        end=times.ended(period.end, "effective", entry.feed.zone) if period.end else None,
    )


# the drug


def _product(entry: Entry, said: MedicationUse) -> Product | None:
    """What was given; None where it is nothing of ours.

    Raises: Refused where codes contradict each other, and where the medication is only referred to and not there.
    """
    if said.medicationCodeableConcept is not None:
        return _of_codes(entry, said.medicationCodeableConcept, "medicationCodeableConcept")
    if said.medicationReference is None:  # in FHIR R5 it has another name: such a message must not vanish
        raise Refused("medication", "there is no medicationCodeableConcept and no medicationReference")
    found = entry.find(said.medicationReference)
    if found is not None:
        try:
            return _of_medication(entry, shaped(found, Medication))
        except Refused as refused:
            raise refused.under("medicationReference") from None
    listed = entry.feed.medications
    if listed is None:
        raise Refused("medicationReference", "the medication is only referred to, and is not in the message")
    drug = listed.get(said.medicationReference.reference)
    return Product(drug) if drug is not None else None


def _of_medication(entry: Entry, medication: Medication) -> Product | None:
    strength = _strength(medication.ingredient[0].strength) if len(medication.ingredient) == 1 else None
    product = _of_codes(entry, medication.code, "code")
    if product is None:
        product = _of_ingredients(entry, medication)
    if product is None or product.ug_per_ml is not None:
        return product
    return Product(product.drug, strength, product.antidote)


def _of_ingredients(entry: Entry, medication: Medication) -> Product | None:
    """Folic acid among others is a combination; a mixture with vitamin B12 in it is for people to judge."""
    products = [_of_codes(entry, one.itemCodeableConcept, "ingredient") for one in medication.ingredient]
    ours = [one for one in products if one is not None]
    if len(products) <= 1 or not ours:
        return ours[0] if ours else None
    if any(one.drug.is_folic_acid for one in ours):
        return Product(Drug.FOLIC_ACID_COMBINATION)
    raise Refused("ingredient", "a mixture that holds vitamin B12; whether it is a dose of it, nobody says")


def _of_codes(entry: Entry, concept: CodeableConcept | None, where: str) -> Product | None:
    products = [one for one in entry.meanings(concept) if isinstance(one, Product)]
    if not products:
        return None
    drugs, strengths = {one.drug for one in products}, {one.ug_per_ml for one in products} - {None}
    if drugs == {Drug.FOLIC_ACID, Drug.FOLIC_ACID_COMBINATION}:
        drugs = {Drug.FOLIC_ACID_COMBINATION}
    if len(drugs) > 1 or len(strengths) > 1:
        raise Refused(where, "the codes of one medication mean different things")
    return Product(drugs.pop(), next(iter(strengths), None), any(one.antidote for one in products))


def _strength(ratio: Ratio | None) -> Decimal | None:
    """Micrograms in a millilitre, where the medication says so."""
    if ratio is None or ratio.numerator is None or ratio.denominator is None:
        return None
    mass, volume = unit_of(unit_text(ratio.numerator)), unit_of(unit_text(ratio.denominator))
    if mass is None or volume is None or mass.kind is not Kind.WEIGHT or volume.kind is not Kind.VOLUME:
        return None
    amount, per = number(ratio.numerator.value, "strength"), number(ratio.denominator.value, "strength")
    if per == 0:
        raise Refused("strength", "a strength in no volume at all")
    return amount * mass.factor * (1000 if mass.text == "mg" else 1) / per


# dose, route, time


def _dose(product: Product, said: Quantity | None) -> DomainQuantity | None:
    if said is None or said.value is None:
        return dose_of(product, None, "")
    if said.comparator is not None:
        raise Refused("dose", "a dose has no comparator")
    return dose_of(product, number(said.value, "dose"), unit_text(said))


def _dose_quantity(instruction: DosageInstruction | None) -> Quantity | None:
    doses = instruction.doseAndRate if instruction is not None else []
    return doses[0].doseQuantity if len(doses) == 1 else None


def _the_one(instructions: list[DosageInstruction]) -> DosageInstruction | None:
    """Of several instructions (a dose that is tapered) none is the dose."""
    return instructions[0] if len(instructions) == 1 else None


def _bounds(instruction: DosageInstruction | None) -> Period:
    timing = instruction.timing if instruction is not None else None
    if timing is None:
        return Period()
    if timing.repeat is not None and timing.repeat.boundsPeriod is not None:
        return timing.repeat.boundsPeriod
    return Period(start=timing.event[0]) if timing.event else Period()


def _route(entry: Entry, concept: CodeableConcept | None) -> Route:
    routes = {one for one in entry.meanings(concept) if isinstance(one, Route)}
    if len(routes) > 1:
        raise Refused("route", "the codes of one route mean different things")
    return next(iter(routes), Route.UNKNOWN)


def _days(supply: Quantity | None) -> int | None:
    """How long it lasts; None where that is not said in whole days."""
    if supply is None or supply.value is None or (supply.code or supply.unit) not in _DAYS:
        return None
    days: Any = number(supply.value, "daysSupply")
    if not 1 <= days <= _MOST_DAYS or days != int(days):
        raise Refused("daysSupply", f"a supply lasts whole days, from 1 to {_MOST_DAYS}")
    return int(days)


def _time(entry: Entry, text: str | None, period: Period | None) -> ClinicalTime:
    if text is not None:
        return times.at(text, "effectiveDateTime", entry.feed.zone)
    if period is None:
        raise Refused("effective", "nothing says when it was given, or was not")
    return beginning(period, "effectivePeriod", entry)


def _or_none(entry: Entry, text: str | None, period: Period | None) -> ClinicalTime | None:
    """Of what is taken back: it need not be dated well."""
    try:
        return _time(entry, text, period)
    except Refused:
        return None


def _in(entry: Entry, text: str | None, where: str) -> ClinicalTime | None:
    return None if text is None else times.at(text, where, entry.feed.zone)
