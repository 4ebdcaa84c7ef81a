"""Who is in the invented cohort: regimen, age, sex, cause, and how each came to be watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from domain.facts import Cause, DosesGivenBy, EnteredAs, OralReason, Pregnancy, Sex, YesNoUnknown
from workers.cohort_courses import DECK, Course

FIRST_DAY: Final = date(2024, 1, 8)
_ADMITTED_AT: Final = time(9)
_BROUGHT_WITHIN_DAYS: Final = 28  # a hospital brings the patients that it has in its first four weeks
_WARDS: Final = ("day unit", "haematology", "gastroenterology", "outpatients", "Ward 7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a patient came who was treated before; the plan says the last dose only where `is_last_known`."""

    phase: EnteredAs
    began: date
    last_dose: date
    is_last_known: bool
    loading_doses: int
    given_by: DosesGivenBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented patient.  `start` is when the plan starts; `baseline` is the first haemoglobin in g/L."""

    patient_id: str
    course: Course
    interval: int
    start: datetime
    entry: Entry | None
    involved: YesNoUnknown
    cause: Cause
    sex: Sex
    born: date | None
    ward: str
    pregnancy: Pregnancy
    oral_reason: OralReason | None
    baseline: float
    platelets: float

    @property
    def lower_limit(self) -> int:
        """The lower limit of the haemoglobin that this patient's laboratory uses, g/L."""
        return 130 if self.sex is Sex.MALE else 120


def random_of(seed: int, *names: object) -> Random:
    """The same choices for the same seed and names, whoever else is in the cohort."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - invents a story, keeps no secret


def starts_of(patients: int, years: float, seed: int) -> list[tuple[datetime, int]]:
    """When each patient's plan starts, in that order, with the number of the patient (from 1).

    Two of five were treated before and are brought at the beginning; the others begin at any time.
    """
    starts = []
    for number in range(1, patients + 1):
        random = random_of(seed, "start", number)
        days = _BROUGHT_WITHIN_DAYS if _is_brought(number) else max(1, round(365.25 * years))
        day = FIRST_DAY + timedelta(days=random.randrange(days))
        opens = datetime.combine(working_day(day), _ADMITTED_AT, tzinfo=UTC)
        starts.append((opens + timedelta(minutes=random.randrange(360)), number))
    return sorted(starts)


def working_day(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)


def _is_brought(number: int) -> bool:
    return number % 5 in (2, 4)


def person_of(number: int, start: datetime, seed: int, random: Random) -> Person:
    """The patient of this number; the regimens of every fifty have the shares of the deck."""
    hand, card = divmod(number - 1, len(DECK))
    deck = list(DECK)
    random_of(seed, "deck", hand).shuffle(deck)
    course = deck[card]
    cause = random.choices(tuple(course.causes), tuple(course.causes.values()))[0]
    sex = random.choices((Sex.FEMALE, Sex.MALE, Sex.UNKNOWN), (58, 41, 1))[0]
    age = _age(cause, random)
    can_bear = sex is Sex.FEMALE and 18 <= age <= 44
    interval = random.choice(course.intervals)
    return Person(
        patient_id=f"cohort-{number:05}",
        course=course,
        interval=interval,
        start=start,
        entry=_entry(course, interval, start, random) if _is_brought(number) else None,
        involved=_involved(course, random),
        cause=cause,
        sex=sex,
        born=None if random.random() < 0.01 else start.date() - timedelta(days=round(365.25 * age) + 17),
        ward=random.choice(_WARDS),
        pregnancy=Pregnancy.FIRST_TRIMESTER if can_bear and random.random() < 0.15 else Pregnancy.UNKNOWN,
        oral_reason=_oral_reason(course, random),
        baseline=_baseline(course, random),
        platelets=max(12.0, random.gauss(78, 32)) if random.random() < 0.08 else max(130.0, random.gauss(245, 55)),
    )


def _age(cause: Cause, random: Random) -> float:
    if random.random() < 0.003:
        return random.uniform(9, 15.5)
    middle, spread = (42, 13) if cause in (Cause.DIETARY, Cause.BARIATRIC_SURGERY) else (68, 14)
    return min(99.0, max(16.5, random.gauss(middle, spread)))


def _involved(course: Course, random: Random) -> YesNoUnknown:
    if course.code == "R1":
        return YesNoUnknown.YES
    return random.choices(tuple(YesNoUnknown), (1, 92, 7))[0]


def _oral_reason(course: Course, random: Random) -> OralReason | None:
    if course.code not in ("R7", "R7b") or random.random() < 0.15:
        return None
    return random.choice(tuple(OralReason))


def _baseline(course: Course, random: Random) -> float:
    if course.code in ("R5", "R6a", "R6b", "R6c", "R8a", "R8b"):
        return min(155.0, max(85.0, random.gauss(126, 12)))  # prophylaxis and diet: few are anaemic
    return min(140.0, max(42.0, random.gauss(96, 18)))


def _entry(course: Course, interval: int, start: datetime, random: Random) -> Entry:
    """Most come with the day of their last dose; it lies too long ago for some of them."""
    phase = random.choices(tuple(EnteredAs), (4 if course.loading else 0, 60, 36))[0]
    if phase is EnteredAs.LOADING:
        given = random.randrange(1, 5)
        last = start.date() - timedelta(days=random.randrange(1, 3))
        return Entry(
            phase=phase,
            began=last - timedelta(days=2 * given),
            last_dose=last,
            is_last_known=True,
            loading_doses=given,
            given_by=DosesGivenBy.WARD,
        )
    ago = random.randrange(interval, 2 * interval) if random.random() < 0.08 else random.randrange(1, interval)
    last = start.date() - timedelta(days=ago)
    return Entry(
        phase=phase,
        began=last - timedelta(days=random.randrange(120, 5000)),
        last_dose=last,
        is_last_known=random.random() >= 0.1,
        loading_doses=0,
        given_by=DosesGivenBy.ELSEWHERE if random.random() < 0.1 else DosesGivenBy.WARD,
    )
