"""What the laboratory says about the invented patients: a recovery, and the life of each result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import exp
from typing import Any, Final

from domain.facts import Analyte, Cause, Comparator, Drug, EnteredAs, Pregnancy
from workers.cohort_chart import WITHDRAWN, Chart

_RECOVERY_DAYS: Final = 24.0  # after so many days about two thirds of the haemoglobin that was missing are back
_OFTEN_AFTER_MONTHS: Final = (3, 6, 12)
_UNITS: Final = {
    Analyte.HAEMOGLOBIN: (("g/L", 1.0, 0), ("g/dL", 0.1, 1)),
    Analyte.PLATELETS: (("10*9/L", 1.0, 0), ("10*3/uL", 1.0, 0)),
    Analyte.VITAMIN_B12: (("ng/L", 1.0, 0), ("pmol/L", 0.738, 0)),
    Analyte.ACTIVE_B12: (("pmol/L", 1.0, 0), ("pmol/L", 1.0, 0)),
    Analyte.FOLATE: (("ug/L", 1.0, 1), ("nmol/L", 2.266, 1)),
    Analyte.METHYLMALONIC_ACID: (("nmol/L", 1.0, 0), ("umol/L", 0.001, 2)),
    Analyte.HOMOCYSTEINE: (("umol/L", 1.0, 1), ("umol/L", 1.0, 1)),
    Analyte.POTASSIUM: (("mmol/L", 1.0, 1), ("mmol/L", 1.0, 1)),
    Analyte.RETICULOCYTES: (("10*9/L", 1.0, 0), ("10*9/L", 1.0, 0)),
    Analyte.RETICULOCYTE_SHARE: (("%", 1.0, 1), ("%", 1.0, 1)),
    Analyte.CREATININE: (("umol/L", 1.0, 0), ("mg/dL", 1 / 88.4, 2)),
    Analyte.EGFR: (("mL/min/{1.73_m2}", 1.0, 0), ("mL/min/{1.73_m2}", 1.0, 0)),
}
"""For the one laboratory and the other: unit, factor from ours, digits after the point."""
_SENT_AWAY: Final = frozenset({Analyte.METHYLMALONIC_ACID, Analyte.ACTIVE_B12, Analyte.HOMOCYSTEINE})


@dataclass(frozen=True, slots=True)
class _Blood:
    """The blood of one patient: it recovers from `begun` on towards `target`, g/L."""

    chart: Chart
    laboratory: int
    begun: datetime | None
    target: float

    def haemoglobin(self, at: datetime) -> float:
        baseline, days = self.chart.person.baseline, 0.0
        if self.chart.person.entry is not None and self.chart.person.entry.phase is not EnteredAs.LOADING:
            baseline = self.target
        if self.begun is not None:
            days = max(0.0, (at - self.begun).total_seconds() / 86_400)
        return self.target - (self.target - baseline) * exp(-days / _RECOVERY_DAYS)

    def platelets(self, at: datetime) -> float:
        low = self.chart.person.platelets
        if self.begun is None or low >= 150:
            return low
        days = max(0.0, (at - self.begun).total_seconds() / 86_400)
        return low + (190 - low) * (1 - exp(-days / 10))

    def count(self, at: datetime) -> None:
        """Haemoglobin and platelets of one sample."""
        random = self.chart.random
        _told(self, Analyte.HAEMOGLOBIN, at, max(35.0, random.gauss(self.haemoglobin(at), 3)))
        if random.random() < 0.008:
            _unknown(self, Analyte.PLATELETS, at, clumped=True)
        elif random.random() < 0.92:
            _told(self, Analyte.PLATELETS, at, max(5.0, random.gauss(self.platelets(at), 9)))


def measure(chart: Chart, first_dose: datetime | None, until: datetime) -> None:
    """Chart the results of the whole time before `until`."""
    blood = _Blood(chart, 0 if chart.random.random() < 0.65 else 1, first_dose, _target(chart))
    if chart.person.entry is None:
        _baseline(blood)
        if first_dose is not None:
            _first_days(blood, first_dose)
            _two_months(blood, first_dose)
    elif chart.random.random() < 0.6:
        blood.count(chart.person.start - timedelta(days=chart.random.randrange(5, 300)))
    _later(blood, first_dose or chart.person.start, until)


def _target(chart: Chart) -> float:
    """Where the haemoglobin settles: mostly in the band; one of twelve has another cause beside."""
    middle = chart.person.lower_limit + 16 - (8 if chart.person.pregnancy is not Pregnancy.UNKNOWN else 0)
    return chart.random.gauss(106, 6) if chart.random.random() < 0.08 else chart.random.gauss(middle, 7)


def _baseline(blood: _Blood) -> None:
    chart, random = blood.chart, blood.chart.random
    at = chart.person.start - timedelta(hours=random.randrange(2, 70))
    if random.random() < 0.97:
        blood.count(at)
    b12 = random.uniform(185, 345) if random.random() < 0.2 else random.gauss(115, 32)
    if random.random() < 0.95:
        _told(blood, Analyte.VITAMIN_B12, at, max(20.0, b12))
    if random.random() < 0.88:
        _told(blood, Analyte.FOLATE, at, random.gauss(2.3, 0.5) if random.random() < 0.08 else random.uniform(3, 18))
    if b12 >= 185 and random.random() < 0.55:
        _told(blood, Analyte.METHYLMALONIC_ACID, at, random.uniform(150, 900))
        _told(blood, Analyte.HOMOCYSTEINE, at, random.uniform(8, 40))
    if chart.person.pregnancy is not Pregnancy.UNKNOWN or random.random() < 0.04:
        _told(blood, Analyte.ACTIVE_B12, at, random.uniform(10, 80))
    if random.random() < 0.7:
        _told(blood, Analyte.POTASSIUM, at, max(2.9, random.gauss(4.2, 0.4)))
    if random.random() < 0.8:
        creatinine = max(40.0, random.gauss(160, 40) if random.random() < 0.12 else random.gauss(82, 16))
        _told(blood, Analyte.CREATININE, at, creatinine)
        _told(blood, Analyte.EGFR, at, min(110.0, 6500 / creatinine))
    if random.random() < 0.35:
        _told(blood, Analyte.RETICULOCYTES, at, random.uniform(10, 60))


def _first_days(blood: _Blood, first: datetime) -> None:
    """Potassium and reticulocytes, more often where the anaemia is severe; red cells for some."""
    chart, random = blood.chart, blood.chart.random
    is_severe = chart.person.baseline < 80
    if random.random() < (0.75 if is_severe else 0.15):
        at = first + timedelta(hours=random.randrange(18, 60))
        potassium = random.uniform(2.3, 3.4) if random.random() < 0.08 else random.gauss(4.1, 0.3)
        _told(blood, Analyte.POTASSIUM, at, max(2.3, potassium))
        if potassium < 3.5:
            _told(blood, Analyte.POTASSIUM, at + timedelta(hours=random.randrange(8, 30)), random.gauss(4.0, 0.2))
    if random.random() < (0.8 if is_severe else 0.35):
        at = first + timedelta(days=random.randrange(5, 11))
        risen = random.random() < 0.92
        if random.random() < 0.3:
            _told(blood, Analyte.RETICULOCYTE_SHARE, at, random.uniform(4, 14) if risen else random.uniform(0.4, 1.4))
        else:
            _told(blood, Analyte.RETICULOCYTES, at, random.uniform(90, 300) if risen else random.uniform(15, 60))
    if is_severe:
        for week in range(1, random.randrange(2, 5)):
            blood.count(first + timedelta(days=7 * week + random.randrange(0, 3)))
    if chart.person.baseline < 70 and random.random() < 0.5:
        chart.given(Drug.RED_CELLS, first + timedelta(hours=random.randrange(1, 30)))


def _two_months(blood: _Blood, first: datetime) -> None:
    chart, random = blood.chart, blood.chart.random
    if random.random() < 0.82:
        at = first + timedelta(days=random.randrange(48, 68))
        blood.count(at)
        if blood.haemoglobin(at) < chart.person.lower_limit and random.random() < 0.6:
            blood.count(at + timedelta(days=random.randrange(14, 40)))
    if chart.person.course.supplied:
        for days in (30, 90):
            if random.random() < 0.7:
                at = first + timedelta(days=days + random.randrange(-4, 12))
                _told(blood, Analyte.VITAMIN_B12, at, random.uniform(140, 700))
    elif random.random() < 0.12:  # it is asked for, though it says nothing on injections
        at = first + timedelta(days=random.randrange(40, 70))
        _told(blood, Analyte.VITAMIN_B12, at, random.uniform(150, 900) if random.random() < 0.1 else 2000)


def _later(blood: _Blood, since: datetime, until: datetime) -> None:
    """A blood count at three, six and twelve months, and then once or twice a year."""
    random = blood.chart.random
    months = list(_OFTEN_AFTER_MONTHS)
    while since + timedelta(days=30 * months[-1]) < until:
        months.append(months[-1] + random.choice((6, 12)))
    for month in months:
        at = since + timedelta(days=30 * month + random.randrange(-12, 20))
        if at < until and random.random() < 0.7:
            blood.count(at)
            if blood.chart.person.cause is Cause.DIETARY and random.random() < 0.5:
                _told(blood, Analyte.VITAMIN_B12, at, random.uniform(200, 900))


def _told(blood: _Blood, analyte: Analyte, taken: datetime, value: float) -> None:
    """The messages of one result: mostly one, the final; some are preliminary first, corrected, or taken back."""
    chart, random = blood.chart, blood.chart.random
    arrives = _arrival(chart, analyte, taken)
    chance = random.random()
    if chance < 0.012:
        _unknown(blood, analyte, taken)
        return
    content = _content(blood, analyte, value)
    if chance < 0.06:
        chart.result(analyte, 1, taken, arrives, status="preliminary", **content)
        chart.result(analyte, 1, taken, arrives + timedelta(hours=random.randrange(1, 20)), status="final", **content)
    elif chance < 0.075:
        wrong = _content(blood, analyte, value * random.choice((0.5, 0.8, 0.92, 1.15, 1.4)))
        chart.result(analyte, 1, taken, arrives, status="final", **wrong)
        later = arrives + timedelta(hours=random.randrange(2, 80))
        chart.result(analyte, 2, taken, later, status="corrected", **content)
    elif chance < 0.08:  # of another patient
        wrong = _content(blood, analyte, value * random.uniform(0.4, 1.6))
        chart.result(analyte, 1, taken, arrives, status="final", **wrong)
        later = arrives + timedelta(hours=random.randrange(2, 80))
        chart.result(analyte, 2, taken, later, **{**wrong, **WITHDRAWN})
    else:
        chart.result(analyte, 1, taken, arrives, status="final", **content)


def _arrival(chart: Chart, analyte: Analyte, taken: datetime) -> datetime:
    """When the result comes; what was measured before the patient was brought comes with the plan."""
    random = chart.random
    hours = random.uniform(30, 160) if analyte in _SENT_AWAY else random.uniform(0.7, 7)
    if chart.person.entry is not None and taken < chart.person.start:
        return chart.person.start + chart.soon()
    return taken + timedelta(hours=round(hours, 2))


def _content(blood: _Blood, analyte: Analyte, value: float) -> dict[str, Any]:
    """Value and unit as this laboratory writes them; out of its range with a comparator."""
    unit, factor, digits = _UNITS[analyte][blood.laboratory]
    content: dict[str, Any] = {"unit": unit}
    if analyte is Analyte.VITAMIN_B12 and not 50 <= value < 2000:
        content["comparator"] = Comparator.LESS if value < 50 else Comparator.MORE
        value = 50 if value < 50 else 2000
    if analyte is Analyte.HAEMOGLOBIN and blood.chart.random.random() < 0.3:
        content["reference_low"] = _number(blood.chart.person.lower_limit * factor, digits)
    content["value"] = _number(value * factor, digits)
    return content


def _number(value: float, digits: int) -> Decimal:
    return Decimal(f"{max(0.0, value):.{digits}f}")


def _unknown(blood: _Blood, analyte: Analyte, taken: datetime, *, clumped: bool = False) -> None:
    """A sample that gave no value."""
    why = "clumped" if clumped else blood.chart.random.choice(("haemolysed", "too little blood", "label missing"))
    arrives = _arrival(blood.chart, analyte, taken)
    blood.chart.result(analyte, 1, taken, arrives, status="final", value=None, clumped=clumped, absent_reason=why)
