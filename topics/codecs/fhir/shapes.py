"""The fields of FHIR R4 that we read, and no others.  Names are FHIR's own.

A field that is there in another form than FHIR's refuses the resource, by its path.  Numbers are checked where they are
read (`number`): text is never read as a number.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from topics.meaning.numbers import checked
from topics.problems import WHOLE_MESSAGE, Refused


class Coding(msgspec.Struct):
    system: str = ""
    code: str = ""


class CodeableConcept(msgspec.Struct):
    coding: list[Coding] = []


class Extension(msgspec.Struct):
    url: str = ""
    valueCode: str = ""  # noqa: N815


class Quantity(msgspec.Struct):
    value: Any = None
    comparator: str | None = None
    unit: str = ""
    system: str = ""
    code: str = ""
    extension: list[Extension] = []


class Period(msgspec.Struct):
    start: str | None = None
    end: str | None = None


class Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""
    use: str = ""
    type: CodeableConcept | None = None


class Reference(msgspec.Struct):
    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None


class Meta(msgspec.Struct):
    versionId: str = ""  # noqa: N815
    lastUpdated: str = ""  # noqa: N815
    source: str = ""


class Link(msgspec.Struct):
    type: str = ""
    other: Any = None


class Annotation(msgspec.Struct):
    text: str = ""


class Resource(msgspec.Struct, kw_only=True):
    """What every resource has."""

    resourceType: str  # noqa: N815
    id: str = ""
    meta: Meta = msgspec.field(default_factory=Meta)
    identifier: list[Identifier] | Identifier = []
    subject: Reference | None = None


class Patient(Resource, kw_only=True):
    birthDate: str = ""  # noqa: N815
    gender: str = ""
    link: list[Link] = []


class ReferenceRange(msgspec.Struct):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None


class Value(msgspec.Struct, kw_only=True):
    """What an observation and each of its components have."""

    code: CodeableConcept = msgspec.field(default_factory=CodeableConcept)
    valueQuantity: Quantity | None = None  # noqa: N815
    valueString: str | None = None  # noqa: N815
    valueInteger: Any = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueCodeableConcept: CodeableConcept | None = None  # noqa: N815
    valueRange: Any = None  # noqa: N815
    valueRatio: Any = None  # noqa: N815
    valueSampledData: Any = None  # noqa: N815
    valueTime: Any = None  # noqa: N815
    valueDateTime: Any = None  # noqa: N815
    valuePeriod: Any = None  # noqa: N815
    dataAbsentReason: CodeableConcept | None = None  # noqa: N815
    referenceRange: list[ReferenceRange] = []  # noqa: N815


class Timing(msgspec.Struct):
    event: list[str] = []


class Effective(msgspec.Struct, kw_only=True):
    """When an observation, or all that a report holds, was made."""

    status: str = ""
    effectiveDateTime: str | None = None  # noqa: N815
    effectiveInstant: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    effectiveTiming: Timing | None = None  # noqa: N815


class Observation(Value, kw_only=True):
    status: str = ""
    effectiveDateTime: str | None = None  # noqa: N815
    effectiveInstant: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    effectiveTiming: Timing | None = None  # noqa: N815
    specimen: Reference | None = None
    note: list[Annotation] = []
    component: list[Value] = []


class Collection(msgspec.Struct):
    collectedDateTime: str | None = None  # noqa: N815
    collectedPeriod: Period | None = None  # noqa: N815


class Specimen(msgspec.Struct):
    collection: Collection | None = None


class Ratio(msgspec.Struct):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Ingredient(msgspec.Struct):
    itemCodeableConcept: CodeableConcept | None = None  # noqa: N815
    strength: Ratio | None = None


class Medication(msgspec.Struct):
    code: CodeableConcept = msgspec.field(default_factory=CodeableConcept)
    ingredient: list[Ingredient] = []


class Dosage(msgspec.Struct):
    route: CodeableConcept | None = None
    dose: Quantity | None = None


class MedicationUse(Resource, kw_only=True):
    """What the four resources about medications share."""

    status: str = ""
    medicationCodeableConcept: CodeableConcept | None = None  # noqa: N815
    medicationReference: Reference | None = None  # noqa: N815


class MedicationAdministration(MedicationUse, kw_only=True):
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    dosage: Dosage | None = None


class Repeat(msgspec.Struct):
    boundsPeriod: Period | None = None  # noqa: N815


class DosageTiming(msgspec.Struct):
    event: list[str] = []
    repeat: Repeat | None = None


class DoseAndRate(msgspec.Struct):
    doseQuantity: Quantity | None = None  # noqa: N815


class DosageInstruction(msgspec.Struct):
    timing: DosageTiming | None = None
    route: CodeableConcept | None = None
    doseAndRate: list[DoseAndRate] = []  # noqa: N815


class DispenseRequest(msgspec.Struct):
    validityPeriod: Period | None = None  # noqa: N815


class MedicationRequest(MedicationUse, kw_only=True):
    intent: str = ""
    doNotPerform: bool = False  # noqa: N815
    authoredOn: str | None = None  # noqa: N815
    dosageInstruction: list[DosageInstruction] = []  # noqa: N815


class MedicationDispense(MedicationUse, kw_only=True):
    whenHandedOver: str | None = None  # noqa: N815
    whenPrepared: str | None = None  # noqa: N815
    daysSupply: Quantity | None = None  # noqa: N815
    dosageInstruction: list[DosageInstruction] = []  # noqa: N815


class MedicationStatement(MedicationUse, kw_only=True):
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    dateAsserted: str | None = None  # noqa: N815
    dosage: list[DosageInstruction] = []


class Condition(Resource, kw_only=True):
    clinicalStatus: CodeableConcept | None = None  # noqa: N815
    verificationStatus: CodeableConcept | None = None  # noqa: N815
    code: CodeableConcept = msgspec.field(default_factory=CodeableConcept)
    onsetDateTime: str | None = None  # noqa: N815
    onsetPeriod: Period | None = None  # noqa: N815
    abatementDateTime: str | None = None  # noqa: N815
    abatementPeriod: Period | None = None  # noqa: N815
    recordedDate: str | None = None  # noqa: N815


class Procedure(Resource, kw_only=True):
    status: str = ""
    code: CodeableConcept = msgspec.field(default_factory=CodeableConcept)
    performedDateTime: str | None = None  # noqa: N815
    performedPeriod: Period | None = None  # noqa: N815


class CarePlan(Resource, kw_only=True):
    status: str = ""
    intent: str = ""
    category: list[CodeableConcept] = []
    period: Period | None = None
    created: str | None = None
    author: Reference | None = None


class Request(msgspec.Struct):
    method: str = ""
    url: str = ""


S = TypeVar("S", bound=msgspec.Struct)


def shaped(content: Any, shape: type[S]) -> S:
    """The fields that `shape` names, out of parsed JSON.  Raises: Refused with the path of what has another form."""
    try:
        return msgspec.convert(content, shape)
    except UnicodeEncodeError:
        raise Refused(WHOLE_MESSAGE, "the text is not well-formed Unicode") from None
    except (msgspec.ValidationError, RecursionError) as error:
        problem, _, path = str(error).partition(" - at `$")
        where = path.strip("`").lstrip(".").replace("[", ".").replace("]", "") or WHOLE_MESSAGE
        raise Refused(where, problem.replace("`", "")) from None


def number(value: Any, where: str) -> Decimal:
    """Raises: Refused for what is no JSON number, or none that somebody can have measured."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused(where, "a JSON number is wanted; text is never read as a number")
    return checked(value, where)
