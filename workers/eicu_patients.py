"""Who lies behind the stays of the eICU demo, and when: patient.csv, and a calendar that is invented.

The data set gives minutes from a stay's admission and the time of day, never a date, nor how far apart two stays of one
person were.  So the dates here are INVENTED: a day of admission for each patient, further hospital stays
`DAYS_BETWEEN_STAYS` apart.  What lies within one hospital stay has its real distances.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Final

from domain.facts import Sex

FIRST_DAY: Final = date(2025, 1, 6)
ADMITTED_WITHIN_DAYS: Final = 28
DAYS_BETWEEN_STAYS: Final = 35
OLDEST_AGE: Final = 90  # "> 89" is all that the data set says of older patients

PATIENT_COLUMNS: Final = (
    "patientunitstayid",
    "patienthealthsystemstayid",
    "uniquepid",
    "gender",
    "age",
    "wardid",
    "hospitaladmittime24",
    "hospitaladmitoffset",
    "hospitaldischargeyear",
    "hospitaldischargeoffset",
    "hospitaldischargestatus",
)


class EicuProblem(Exception):
    """A file of the eICU demo that cannot be read; nothing of it was converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One patient; `admitted` is when the first stay began, `died` when a stay ended so."""

    patient_id: str
    admitted: datetime
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    ward: str = ""
    died: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a unit; the offsets of its rows count from `admitted`."""

    person: Person
    admitted: datetime


def random_for(seed: int, *names: str) -> Random:
    """The same choices for the same seed and names, whatever else is in the file."""
    return Random("/".join((str(seed), *names)))  # noqa: S311 - invents a story, keeps no secret


def read_table(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, cells that a short row lacks being empty.

    Raises: EicuProblem when it cannot be read, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restval="")
            missing = [column for column in columns if column not in (rows.fieldnames or ())]
            if missing:
                raise EicuProblem(f"{path}: this is no such table of the eICU demo; missing: {', '.join(missing)}")
            yield from rows
    except OSError as error:
        raise EicuProblem(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise EicuProblem(f"{path}: not UTF-8") from None
    except csv.Error as error:
        raise EicuProblem(f"{path}: not CSV: {error}") from None


def minutes_of(cell: str) -> timedelta | None:
    """An offset in whole minutes; None when it is none, or lies so far away that it cannot be meant."""
    try:
        minutes = int(cell)
    except ValueError:
        return None
    return timedelta(minutes=minutes) if abs(minutes) < 10_000_000 else None


def read_stays(path: Path, seed: int) -> dict[str, Stay]:
    """Every stay of patient.csv by its id; empty when there is no such file.

    Raises: EicuProblem when it is there and cannot be read.
    """
    if not path.exists():
        return {}
    rows = sorted(read_table(path, PATIENT_COLUMNS), key=_in_order)
    stays: dict[str, Stay] = {}
    for patient_id, group in groupby(rows, key=lambda row: row["uniquepid"]):
        stays |= _stays_of(patient_id, list(group), path, seed)
    return stays


def lone_stay(stay_id: str, seed: int) -> Stay:
    """A stay of which no patient.csv tells: a person of its own, of whom nothing is known."""
    admitted = datetime.combine(_first_day(stay_id, seed), time(12), tzinfo=UTC)
    return Stay(Person(patient_id=stay_id, admitted=admitted), admitted)


def _in_order(row: Mapping[str, str]) -> tuple[str, bool, str, int, int, str]:
    """Hospital stays in the order of what is known: a death last, then years and ages."""
    hospital_stay, died = row["patienthealthsystemstayid"], row["hospitaldischargestatus"] == "Expired"
    years = row["hospitaldischargeyear"], _age(row["age"]) or 0
    return row["uniquepid"], died, *years, len(hospital_stay), hospital_stay


def _stays_of(patient_id: str, rows: list[dict[str, str]], path: Path, seed: int) -> dict[str, Stay]:
    first_day, first = _first_day(patient_id, seed), rows[0]
    hospital_stays = list(dict.fromkeys(row["patienthealthsystemstayid"] for row in rows))
    began: dict[str, datetime] = {}
    admitted: dict[str, datetime] = {}
    died: datetime | None = None
    for row in rows:
        hospital_stay = row["patienthealthsystemstayid"]
        day = first_day + timedelta(days=DAYS_BETWEEN_STAYS * hospital_stays.index(hospital_stay))
        begin = began.setdefault(hospital_stay, datetime.combine(day, _time_of_day(row), tzinfo=UTC))
        unit_after = minutes_of(row["hospitaladmitoffset"])
        if unit_after is None:
            raise EicuProblem(f"{path}: stay {row['patientunitstayid']!r} does not say when its hospital stay began")
        admitted[row["patientunitstayid"]] = begin - unit_after
        left_after = minutes_of(row["hospitaldischargeoffset"])
        if row["hospitaldischargestatus"] == "Expired" and left_after is not None:
            died = begin - unit_after + left_after
    person = Person(
        patient_id=patient_id,
        admitted=began[hospital_stays[0]],
        sex={"Female": Sex.FEMALE, "Male": Sex.MALE}.get(first["gender"], Sex.UNKNOWN),
        age=_age(first["age"]),
        ward=f"eICU ward {first['wardid']}" if first["wardid"] else "",
        died=died,
    )
    return {stay_id: Stay(person, at) for stay_id, at in admitted.items()}


def _first_day(name: str, seed: int) -> date:
    return FIRST_DAY + timedelta(days=random_for(seed, "admission", name).randrange(ADMITTED_WITHIN_DAYS))


def _time_of_day(row: Mapping[str, str]) -> time:
    try:
        return time.fromisoformat(row["hospitaladmittime24"]).replace(tzinfo=None)
    except ValueError:
        return time(12)


def _age(cell: str) -> int | None:
    if cell.strip() == "> 89":
        return OLDEST_AGE
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 4 else None
