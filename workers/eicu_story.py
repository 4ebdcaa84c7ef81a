"""INVENTED treatment for the patients of the eICU demo, which has no cobalamin in it.

Nobody was given what is written here: plans, injections and assessments are made up, the same for the same seed, so
that the rules have something to judge beside real laboratory results.  Every message says so in its `source`.  Real in
the plans are sex, age (the birthday is invented) and ward, and the day of a death.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.facts import Cause, Drug, EndReason, Finding, Route, YesNoUnknown
from topics.definitions import TREATMENT_PLANS
from topics.schemas.source import AdministrationV1, AssessmentV1, ChartStatus
from topics.schemas.source_base import SourceShape
from topics.schemas.source_plan import PlanEndV1, TreatmentPlanV1
from workers.eicu_patients import Person, random_for
from workers.source_messages import Said, said

INVENTED: Final = "INVENTED by b12watch import eicu"

STORIES: Final = (
    "on time, one dose sent twice",
    "one loading dose late",
    "one dose charted too small, then corrected",
    "one dose charted in error, then withdrawn",
    "maintenance refused and never given",
    "loading broken off",
    "first dose late",
    "maintenance late",
)
_LOADING_DAYS: Final = (0, 2, 4, 7, 9, 11)  # three a week for two weeks
_CAUSES: Final = (Cause.PERNICIOUS_ANAEMIA, Cause.MALABSORPTION, Cause.DIETARY, Cause.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Dose:
    number: int
    at: datetime


def invent(person: Person, turn: int, seed: int, counts: Counter[str]) -> Iterator[Said]:
    """Plan, injections and assessments of one person; `turn` chooses the story, so that all of them are told."""
    story = STORIES[(turn + seed) % len(STORIES)]
    teller = _Teller(person, story, random_for(seed, "story", person.patient_id))
    counts[f"invented: {teller.story}"] += 1
    for one in teller.tell():
        if person.died is None or one.at < person.died:
            counts[f"invented {one.topic}"] += 1
            if one.trouble:
                counts[f"invented {one.trouble}"] += 1
            yield one
    if person.died is not None:
        counts[f"invented {TREATMENT_PLANS.name}"] += 1
        yield teller.ended(person.died)


class _Teller:
    def __init__(self, person: Person, story: str, random: Random) -> None:
        self.story = story
        self._person = person
        self._random = random
        day = (person.admitted + timedelta(days=1)).date()
        self._start = datetime.combine(day, time(9), tzinfo=UTC)
        self._neurological = random.choices(tuple(YesNoUnknown), weights=(35, 55, 10))[0]
        self._cause = random.choice(_CAUSES)

    @property
    def _is_r1(self) -> bool:
        return self._neurological is YesNoUnknown.YES

    def tell(self) -> Iterator[Said]:
        yield self._plan(self._start - timedelta(minutes=self._random.randrange(60, 600)))
        doses = self._doses()
        special = doses[min(2, len(doses) - 1)]
        for dose in doses:
            yield from self._told(dose, is_special=dose is special)
        if self.story == "maintenance refused and never given":
            refused = self._at(doses[-1].at, days=self._random.randrange(62, 70))
            yield self._injection(_Dose(len(doses) + 1, refused), refused, status="not-done", trouble="refusals")
        if self._is_r1 and self.story != "loading broken off":
            yield self._plateau(self._loading_end(doses))

    def ended(self, died: datetime) -> Said:
        end = PlanEndV1(at=ClinicalTime(died), reason=EndReason.DIED, actor="hospital discharge status")
        return self._plan(died + timedelta(minutes=30), version=2, end=end)

    def _doses(self) -> list[_Dose]:
        """When the injections were given; a delay moves all that follow."""
        days = self._loading_days()
        if self.story == "first dose late":
            days = _delayed(days, self._random.randrange(5, 9))
        elif self.story == "one loading dose late":
            days = days[:3] + _delayed(days[3:], self._random.randrange(4, 7))
        elif self.story == "loading broken off":
            days = days[: self._random.randrange(2, 5)]
        if self.story not in ("loading broken off", "maintenance refused and never given"):
            days = [*days, days[-1] + self._maintenance_gap()]
        return [_Dose(number, self._at(self._start, days=day)) for number, day in enumerate(days, start=1)]

    def _loading_days(self) -> list[int]:
        if not self._is_r1:
            return list(_LOADING_DAYS)
        return list(range(0, self._random.randrange(20, 31, 2), 2))

    def _maintenance_gap(self) -> int:
        if self.story == "maintenance late":
            return self._random.randrange(75, 81) if self._is_r1 else self._random.randrange(98, 104)
        return self._random.randrange(57, 65) if self._is_r1 else self._random.randrange(64, 85)

    def _told(self, dose: _Dose, *, is_special: bool) -> Iterator[Said]:
        """What was sent about one dose: once, or with the trouble that the story has with its special dose."""
        sent = dose.at + timedelta(minutes=self._random.randrange(5, 90))
        later = dose.at + timedelta(
            hours=40, minutes=self._random.randrange(120)
        )  # overdue by then, the next not given
        if is_special and self.story == "one dose charted in error, then withdrawn":
            yield self._injection(dose, sent)
            yield self._injection(dose, later, version=2, status="entered-in-error", trouble="withdrawals")
        elif is_special and self.story == "one dose charted too small, then corrected":
            yield self._injection(dose, sent, milligrams=Decimal("0.1"))
            yield self._injection(dose, later, version=2, trouble="corrections")
        else:
            yield self._injection(dose, sent)
        if is_special and self.story == "on time, one dose sent twice":
            yield self._injection(dose, sent + timedelta(hours=1), trouble="duplicates")

    def _at(self, begin: datetime, *, days: int) -> datetime:
        day = (begin + timedelta(days=days)).date()
        return datetime.combine(day, time(9), tzinfo=UTC) + timedelta(minutes=self._random.randrange(240))

    def _loading_end(self, doses: list[_Dose]) -> datetime:
        """The plateau is recorded at the last loading dose, after it."""
        last = doses[-1] if self.story == "maintenance refused and never given" else doses[-2]
        return last.at + timedelta(minutes=30)

    def _plan(self, at: datetime, *, version: int = 1, end: PlanEndV1 | None = None) -> Said:
        person = self._person
        birth = (
            None if person.age is None else person.admitted.date() - timedelta(days=round(365.25 * person.age) + 180)
        )
        return self._said(
            TreatmentPlanV1,
            at,
            "plan",
            version=version,
            regimen="R1" if self._is_r1 else "R2",
            neurological_involvement=self._neurological,
            cause=self._cause,
            ward=person.ward,
            sex=person.sex,
            birth_date=birth,
            starts_at=ClinicalTime(self._start),
            end=end,
        )

    def _injection(
        self,
        dose: _Dose,
        sent: datetime,
        *,
        version: int = 1,
        status: ChartStatus = "completed",
        milligrams: Decimal = Decimal(1),
        trouble: str = "",
    ) -> Said:
        return self._said(
            AdministrationV1,
            sent,
            f"injection-{dose.number}",
            version=version,
            trouble=trouble,
            drug=Drug.HYDROXOCOBALAMIN,
            dose=milligrams,
            dose_unit="mg",
            route=Route.INTRAMUSCULAR,
            status=status,
            given_at=ClinicalTime(dose.at),
        )

    def _plateau(self, at: datetime) -> Said:
        sent = at + timedelta(minutes=self._random.randrange(5, 60))
        findings = [Finding.NO_FURTHER_IMPROVEMENT]
        return self._said(AssessmentV1, sent, "plateau", findings=findings, assessed_at=ClinicalTime(at))

    def _said(
        self,
        shape: type[SourceShape],
        at: datetime,
        name: str,
        *,
        version: int = 1,
        trouble: str = "",
        **content: Any,
    ) -> Said:
        patient_id = self._person.patient_id
        own_id = f"{patient_id}-{name}"
        return said(shape, at, patient_id, INVENTED, own_id, version=version, trouble=trouble, **content)


def _delayed(days: list[int], delay: int) -> list[int]:
    return [day + delay for day in days]
