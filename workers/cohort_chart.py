"""What the source systems say about one invented patient: the words for it, with ids and versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.facts import Action, Analyte, ConditionCode, Drug, EndReason, Finding, OrderStatus, Route, SupplyStatus
from topics.schemas.source import AdministrationV1, AlertActionV1, AssessmentV1, ConditionV1, LabResultV1
from topics.schemas.source_base import IN_ERROR, SourceShape
from topics.schemas.source_medication import MedicationOrderV1, MedicationSupplyV1
from topics.schemas.source_plan import TreatmentPlanV1
from workers.cohort_people import Person
from workers.source_messages import Said, said

SOURCE: Final = "INVENTED by b12watch cohort"
PHARMACY: Final = "INVENTED by b12watch cohort (pharmacy)"
_MILLIGRAM: Final = 1000
_BEFORE: Final = timedelta(hours=3)


class Chart:
    """Collects the messages about one patient, in no order."""

    def __init__(self, person: Person, random: Random) -> None:
        self.person = person
        self.random = random
        self.messages: list[Said] = []
        self._numbers: Counter[str] = Counter()
        self._plan: dict[str, Any] = {}
        self._plan_version = 0

    def plan(self, at: datetime, **changes: Any) -> None:
        """The plan as it is from now on: what it said before, and these changes, as its next version."""
        self._plan |= changes
        self._plan_version += 1
        self._say(TreatmentPlanV1, at, self._id("plan", 1), version=self._plan_version, **self._plan)

    def end(self, at: datetime, reason: EndReason) -> None:
        self.plan(at + self.soon(), end={"at": ClinicalTime(at), "reason": reason, "actor": self._who()})

    def dose(self, given_at: date | datetime, told_at: datetime, ug: int, **but: Any) -> str:
        """A cobalamin dose of the patient's regimen; gives its own id, by which it can be told again."""
        own_id = self._next("dose")
        self.dose_again(own_id, 1, given_at, told_at, ug, **but)
        return own_id

    def dose_again(
        self, own_id: str, version: int, given_at: date | datetime, told_at: datetime, ug: int, **but: Any
    ) -> None:
        course = self.person.course
        content = {"drug": course.drug, "route": course.route, "status": "completed", **_amount(ug)}
        content |= {"given_at": ClinicalTime(given_at), **but}
        source = content.pop("source", SOURCE)
        self._say(AdministrationV1, told_at, own_id, version=version, source=source, **content)

    def given(self, drug: Drug, at: datetime, **content: Any) -> None:
        """Another drug that was given: folic acid, red cells."""
        content = {"dose": None, "status": "completed", **content}
        self._say(
            AdministrationV1, at + self.soon(), self._next("given"), drug=drug, given_at=ClinicalTime(at), **content
        )

    def order(self, drug: Drug, at: datetime, *, status: OrderStatus = OrderStatus.ACTIVE, **content: Any) -> str:
        """An order; one that is older than the plan comes with it."""
        own_id = self._next("order")
        self.order_again(own_id, 1, drug, at, max(at, self.person.start - _BEFORE), status=status, **content)
        return own_id

    def order_again(
        self, own_id: str, version: int, drug: Drug, ordered_at: datetime, told_at: datetime, **content: Any
    ) -> None:
        self._say(
            MedicationOrderV1,
            told_at + self.soon(),
            own_id,
            version=version,
            drug=drug,
            ordered_at=ClinicalTime(ordered_at),
            **content,
        )

    def supply(self, at: datetime, days: int, status: SupplyStatus = SupplyStatus.COMPLETED) -> None:
        course = self.person.course
        self._say(
            MedicationSupplyV1,
            at + self.soon(),
            self._next("supply"),
            source=PHARMACY,
            drug=course.drug,
            route=Route.ORAL,
            days=days,
            status=status,
            handed_over_at=ClinicalTime(at),
            **_amount(course.ug),
        )

    def result(self, analyte: Analyte, version: int, taken_at: datetime, told_at: datetime, **content: Any) -> None:
        """One version of a result; its id is the analyte's and the sample's."""
        own_id = self._id(analyte.value, int(taken_at.timestamp()) // 60)
        self._say(
            LabResultV1,
            told_at,
            own_id,
            version=version,
            analyte=analyte,
            taken_at=ClinicalTime(taken_at),
            **content,
        )

    def found(self, at: datetime, *findings: Finding) -> None:
        self._say(
            AssessmentV1,
            at + self.soon(),
            self._next("assessment"),
            findings=list(findings),
            author=self._who(),
            assessed_at=ClinicalTime(at),
        )

    def condition(self, code: ConditionCode, began: datetime, told_at: datetime, **content: Any) -> None:
        began_at = ClinicalTime(began.date())
        self._say(ConditionV1, told_at, self._next("condition"), code=code, began_at=began_at, **content)

    def answer(self, alert_id: str, action: Action, at: datetime, **content: Any) -> None:
        """What somebody did about an alert."""
        self._say(
            AlertActionV1,
            at,
            self._next("answer"),
            alert_id=alert_id,
            action=action,
            actor=self._who(),
            acted_at=ClinicalTime(at),
            **content,
        )

    def soon(self) -> timedelta:
        """The time until something that was done is in the system."""
        return timedelta(minutes=self.random.randrange(2, 90))

    def _who(self) -> str:
        return self.random.choice(("nurse on duty", "doctor on duty", "clinic"))

    def _next(self, kind: str) -> str:
        self._numbers[kind] += 1
        return self._id(kind, self._numbers[kind])

    def _id(self, kind: str, number: int) -> str:
        return f"{self.person.patient_id}-{kind}-{number}"

    def _say(
        self,
        shape: type[SourceShape],
        at: datetime,
        own_id: str,
        *,
        version: int = 1,
        source: str = SOURCE,
        **content: Any,
    ) -> None:
        self.messages.append(said(shape, at, self.person.patient_id, source, own_id, version=version, **content))


def _amount(ug: int) -> Mapping[str, Any]:
    """A dose in the unit in which charts write it."""
    if ug % _MILLIGRAM == 0:
        return {"dose": ug // _MILLIGRAM, "dose_unit": "mg"}
    return {"dose": Decimal(ug), "dose_unit": "ug"}


WITHDRAWN: Final[Mapping[str, str]] = {"status": IN_ERROR}
