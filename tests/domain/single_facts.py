"""Hypothesis strategies for single facts of every kind, at the edges of the clinical reference (see `strategies`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from domain.calendar import ClinicalTime, start_of_day
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Cause,
    ClinicalAssessment,
    Comparator,
    Condition,
    ConditionCode,
    DosesGivenBy,
    Drug,
    EndReason,
    EnteredAs,
    Fact,
    Finding,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    OralReason,
    OrderStatus,
    Pregnancy,
    ResultStatus,
    Route,
    Sex,
    SupplyStatus,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from domain.policies.general import CalendarPolicy
from domain.policy import Policy
from domain.quantity import Quantity
from domain.regimens import REGIMENS
from tests.kit import (
    INSTANT,
    ended,
    every,
)

WARDS = {"": "Europe/London", "leste": "America/Sao_Paulo", "island": "Australia/Lord_Howe"}
"""Wards of the strategies: clocks change by an hour at 01:00, at midnight itself, and by half an hour at 02:00."""
WARDS_POLICY = Policy(calendar=CalendarPolicy(ward_time_zones={ward: zone for ward, zone in WARDS.items() if ward}))


ZEROS = (
    date(2026, 1, 5),
    date(2025, 12, 31),  # + 2 months clamps to 28 February
    date(2023, 12, 29),  # + 2 months is a leap day
    date(2026, 3, 27),  # London goes to summer time on the 29th
    date(2018, 9, 4),  # + 2 months: Sao Paulo skips midnight
    date(2018, 2, 15),  # Sao Paulo's midnight of the 18th comes after an hour that is shown twice
    date(2026, 4, 3),  # Lord Howe goes back by half an hour on the 5th
)
"""Days zero of the strategies."""

EDGE_DAYS = tuple(
    sorted(
        {-29, -28, -27, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 16, 21, 42, 55, 56, 57}
        | {58, 59, 60, 61, 62, 63, 66, 67, 68, 69, 70, 84, 89, 90, 91, 92, 93, 97, 98, 99, 120, 121}
        | {180, 181, 182, 183, 184, 364, 365, 366}
    )
)
"""Days after day zero on which something of the clinical reference begins or ends."""

HAEMOGLOBINS = (
    "69.9",
    "70",
    "70.0",
    "79.9",
    "80",
    "99",
    "100",
    "104",
    "105",
    "109",
    "110",
    "119",
    "119.9",
    "120",
    "129",
    "130",
    "150",
)
PLATELET_COUNTS = ("0", "24", "25", "49", "50", "50.0", "51", "99", "100", "149", "150", "300")
OTHER_VALUES = {
    Analyte.VITAMIN_B12: ("0", "179", "180", "200", "350", "351", "2000"),
    Analyte.ACTIVE_B12: ("24.9", "25", "70", "70.1"),
    Analyte.FOLATE: ("2.9", "3", "4", "4.1", "20"),
    Analyte.METHYLMALONIC_ACID: ("210", "280", "281", "470"),
    Analyte.HOMOCYSTEINE: ("10", "15", "15.1", "21.6"),
    Analyte.POTASSIUM: ("2.4", "2.5", "2.9", "3", "3.0", "3.4", "3.5", "4.2"),
    Analyte.RETICULOCYTES: ("24", "25", "85", "86"),
    Analyte.RETICULOCYTE_SHARE: ("0.5", "2", "12"),
    Analyte.CREATININE: ("44.2", "88.4", "176.8"),
    Analyte.EGFR: ("29", "30", "59", "60", "90"),
}
"""In canonical units, at the limits of section 3 of the clinical reference."""
_SMALL_UG = ("0", "14.9", "15", "24", "25", "49", "50", "124", "125", "174", "175")
DOSES_UG = (*_SMALL_UG, "499", "500", "1000", "1000.0", "2000", "2001", "5000000")

_zones = st.sampled_from([ZoneInfo(name) for name in WARDS.values()])
_offsets = st.sampled_from(
    [timedelta(), -INSTANT, INSTANT, timedelta(hours=1), timedelta(hours=9), timedelta(hours=12), timedelta(hours=23.5)]
)


@cache  # a strategy that is built anew for every draw costs more than the draw
def days(zero: date) -> st.SearchStrategy[date]:
    """Days at the edges of windows, and any day from a month before day zero to thirteen months after."""
    numbers = st.one_of(st.sampled_from(EDGE_DAYS), st.sampled_from(EDGE_DAYS), st.integers(-35, 400))
    return numbers.map(lambda n: zero + timedelta(days=n))


@cache
def instants(zero: date) -> st.SearchStrategy[datetime]:
    """Instants at, just before and after the midnights of the wards, and by day."""
    return st.builds(lambda on_day, zone, offset: start_of_day(on_day, zone) + offset, days(zero), _zones, _offsets)


@cache
def clinical_times(zero: date) -> st.SearchStrategy[ClinicalTime]:
    """Instants, and days without an hour."""
    return st.one_of(instants(zero), instants(zero), days(zero)).map(ClinicalTime)


@cache
def fact_ids(kind: str) -> st.SearchStrategy[str]:
    """Three ids of the kind's own, and two that all kinds share."""
    return st.sampled_from([f"{kind}1", f"{kind}2", f"{kind}3", f"{kind}1", f"{kind}2", f"{kind}3", "x1", "x2"])


_versions = st.sampled_from([1, 1, 1, 2, 2, 3])


@cache
def lab_results(zero: date) -> st.SearchStrategy[LabResult]:
    """Every analyte at its thresholds, in every accepted unit, exact or not, clumped, without value.

    A third each is haemoglobin, platelets, and all the others.
    """
    others = [_lab_results(zero, analyte, values) for analyte, values in OTHER_VALUES.items()]
    return st.one_of(
        _lab_results(zero, Analyte.HAEMOGLOBIN, HAEMOGLOBINS),
        _lab_results(zero, Analyte.PLATELETS, PLATELET_COUNTS),
        st.sampled_from(others).flatmap(lambda other: other),
    )


def _lab_results(zero: date, analyte: Analyte, values: tuple[str, ...]) -> st.SearchStrategy[LabResult]:
    factors, canonical = analyte.measure.factors, analyte.measure.canonical_unit
    quantities = st.builds(
        lambda value, unit: Quantity(Decimal(value) / factors[unit], unit),
        st.sampled_from(values),
        st.sampled_from([*factors, *[canonical] * 3]),
    )
    lows = ("109", "110", "120", "125", "140", "141") if analyte is Analyte.HAEMOGLOBIN else values
    return st.builds(
        LabResult,
        fact_id=fact_ids(analyte.value),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("laboratory"),
        analyte=st.just(analyte),
        status=st.sampled_from([*ResultStatus, *[ResultStatus.FINAL] * 12]),
        quantity=st.one_of(quantities, quantities, quantities, quantities, st.none()),
        comparator=st.sampled_from([None, None, None, None, *Comparator]),
        reference_low=st.one_of(
            st.none(), st.none(), st.sampled_from([Quantity(Decimal(low), canonical) for low in lows])
        ),
        clumped=st.sampled_from([False, False, False, False, True]),
    )


@cache
def administrations(zero: date) -> st.SearchStrategy[Administration]:
    """Doses that count, half doses, oral ones, antidotes, refusals, reported ones; transfusions and folic acid."""
    amounts = st.sampled_from(DOSES_UG).map(lambda ug: Quantity(Decimal(ug), "ug"))
    in_mg = st.sampled_from(["0.5", "1", "2"]).map(lambda mg: Quantity(Decimal(mg), "mg"))
    return st.builds(
        Administration,
        fact_id=fact_ids("d"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("charts"),
        drug=st.sampled_from([*Drug, *[Drug.HYDROXOCOBALAMIN] * 6]),
        status=st.sampled_from([*AdministrationStatus, *[AdministrationStatus.COMPLETED] * 12]),
        dose=st.one_of(in_mg, in_mg, amounts, st.none()),
        route=st.sampled_from([*Route, *[Route.INTRAMUSCULAR] * 6]),
        reported=st.sampled_from([False, False, False, True]),
    )


@cache
def orders(zero: date) -> st.SearchStrategy[MedicationOrder]:
    """Prescriptions of every drug, that start before, at or after they were made, or end before they start."""
    doses = st.sampled_from(DOSES_UG).map(lambda ug: Quantity(Decimal(ug), "ug"))
    return st.builds(
        MedicationOrder,
        fact_id=fact_ids("o"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("prescriptions"),
        drug=st.sampled_from(Drug),
        status=st.sampled_from([*OrderStatus, *[OrderStatus.ACTIVE] * 6]),
        dose=st.one_of(st.none(), doses),
        route=st.sampled_from(Route),
        start=st.one_of(st.none(), clinical_times(zero)),
        end=st.one_of(st.none(), st.none(), clinical_times(zero)),
    )


@cache
def supplies(zero: date) -> st.SearchStrategy[MedicationSupply]:
    """Packs of every drug, mostly of cyanocobalamin for the mouth, that last from a day to a year, or nobody says."""
    doses = st.sampled_from(DOSES_UG).map(lambda ug: Quantity(Decimal(ug), "ug"))
    return st.builds(
        MedicationSupply,
        fact_id=fact_ids("s"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("pharmacy"),
        drug=st.sampled_from([*Drug, *[Drug.CYANOCOBALAMIN] * 6]),
        status=st.sampled_from([*SupplyStatus, *[SupplyStatus.COMPLETED] * 8]),
        days=st.sampled_from([None, 1, 28, 28, 30, 56, 84, 366]),
        dose=st.one_of(st.none(), doses),
        route=st.sampled_from([*Route, *[Route.ORAL] * 6]),
    )


@cache
def conditions(zero: date) -> st.SearchStrategy[Condition]:
    """Diseases, operations and diets, standing or over; lengths at the limit of 20 cm."""
    return st.builds(
        Condition,
        fact_id=fact_ids("c"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("problem list"),
        code=st.sampled_from([*ConditionCode, *[ConditionCode.ILEAL_RESECTION] * 3]),
        end=st.one_of(st.none(), st.none(), clinical_times(zero)),
        length_cm=st.sampled_from([None, None, *map(Decimal, ("19.9", "20", "20.0", "20.1", "60"))]),
    )


@cache
def plans(zero: date) -> st.SearchStrategy[TreatmentPlan]:
    """Plans of all shapes: regimens held and not, entered in mid-course, with overrides, ended, restarting, to come."""
    intervals = st.one_of(
        st.builds(lambda n: every(months=n), st.integers(1, 4)),
        st.builds(lambda n: every(days=n), st.sampled_from([1, 2, 3, 4, 7, 8, 12, 28, 29, 84])),
    )
    ends = st.builds(ended, clinical_times(zero), st.sampled_from(EndReason))
    rarely_days = st.one_of(st.none(), st.none(), st.none(), days(zero))
    return st.builds(
        TreatmentPlan,
        fact_id=fact_ids("p"),
        version=_versions,
        time=clinical_times(zero),
        source=st.sampled_from(["plans", "plans", "practice"]),
        regimen=st.sampled_from([*REGIMENS, *["R1", "R2"] * 4, "R6", "R8", "R9", ""]),
        neurological_involvement=st.sampled_from(YesNoUnknown),
        cause=st.sampled_from(Cause),
        start=st.one_of(st.none(), st.none(), clinical_times(zero)),
        ward=st.sampled_from([*WARDS, "unheard-of"]),
        sex=st.sampled_from(Sex),
        birth_date=st.one_of(
            st.none(), st.just(date(1960, 6, 1)), days(zero).map(_years_before(75)), days(zero).map(_years_before(16))
        ),
        pregnancy=st.sampled_from([*Pregnancy, *[Pregnancy.NOT_PREGNANT] * 6]),
        interval=st.one_of(st.none(), st.none(), st.none(), intervals),
        entered_as=st.sampled_from([None, None, None, *EnteredAs]),
        treatment_started=rarely_days,
        last_dose=rarely_days,
        loading_doses_given=st.sampled_from([0, 0, 0, 0, 1, 5, 6, 7]),
        doses_given_by=st.sampled_from([*DosesGivenBy, DosesGivenBy.WARD, DosesGivenBy.WARD]),
        restarts=st.sampled_from([False, False, False, True]),
        end=st.one_of(st.none(), st.none(), st.none(), ends),
        oral_reason=st.sampled_from([None, None, *OralReason]),
    )


def _years_before(years: int) -> Callable[[date], date]:
    def back(on_day: date) -> date:
        leap = on_day.month == 2 and on_day.day == 29
        return on_day.replace(year=on_day.year - years, day=28 if leap else on_day.day)

    return back


@cache
def assessments(zero: date) -> st.SearchStrategy[ClinicalAssessment]:
    return st.builds(
        ClinicalAssessment,
        fact_id=fact_ids("f"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("clinic"),
        findings=st.frozensets(st.sampled_from(Finding), min_size=0, max_size=3),
        author=st.just("Dr Ada"),
    )


@cache
def alert_actions(zero: date) -> st.SearchStrategy[AlertAction]:
    """Actions about an alert nobody knows; `stories()` aims some at alerts that stand."""
    return st.builds(
        AlertAction,
        fact_id=fact_ids("a"),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("feed"),
        alert_id=st.just("unheard-of"),
        action=st.sampled_from(Action),
        actor=st.just("Sister Bea"),
        until=st.one_of(st.none(), clinical_times(zero)),
        dose_time=st.one_of(st.none(), clinical_times(zero)),
    )


@cache
def withdrawals(zero: date) -> st.SearchStrategy[Withdrawal]:
    """Withdrawals of facts of any kind, also of some that never came."""
    kinds = st.sampled_from([*Analyte, "p", "p", "d", "d", "d", "o", "s", "c", "f", "f", "a"]).flatmap(fact_ids)
    course = st.sampled_from(["course-plan", *(f"course-dose-{n}" for n in range(1, 7))])
    return st.builds(
        Withdrawal,
        fact_id=st.one_of(kinds, course),
        version=_versions,
        time=clinical_times(zero),
        source=st.just("charts"),
        reason=st.just("entered in error"),
    )


@cache
def facts(zero: date) -> st.SearchStrategy[Fact]:
    """Any single fact."""
    return st.one_of(
        lab_results(zero),
        lab_results(zero),
        administrations(zero),
        administrations(zero),
        orders(zero),
        supplies(zero),
        conditions(zero),
        plans(zero),
        assessments(zero),
        alert_actions(zero),
        withdrawals(zero),
    )
