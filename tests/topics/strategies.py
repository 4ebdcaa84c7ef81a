"""Any fact that the domain can hold, and any that a source can send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from domain.calendar import ClinicalTime
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
    Identity,
    IntervalOverride,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    Merge,
    OralReason,
    OrderStatus,
    PlanEnd,
    Pregnancy,
    ResultStatus,
    Route,
    Sex,
    SupplyStatus,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from domain.quantity import Measure, Quantity
from topics.schemas.source_base import fact_id_of

T = TypeVar("T")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORD = TEXT.filter(bool)
IDENTIFIER = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.just("/") | st.just("%"),
    min_size=1,
    max_size=20,
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
INSTANTS = st.datetimes(  # the wire knows no fold: an instant in UTC has none
    datetime(1900, 1, 2),  # noqa: DTZ001
    datetime(2200, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC) | ZONES,
).map(lambda instant: instant.replace(fold=0))
TIMES = (INSTANTS | DAYS).map(ClinicalTime)
AMOUNTS = st.sampled_from(["0", "0.1", "1E+2", "12.50", "0E-7", "100.00"]).map(Decimal) | st.decimals(
    0, 10**12, allow_nan=False, allow_infinity=False, places=4
)
VERSIONS = st.integers(1, 2**63 - 1)


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def _any_quantity() -> st.SearchStrategy[Quantity]:
    return st.builds(Quantity, AMOUNTS, WORD.filter(lambda unit: bool(unit.strip())))


INTERVALS = st.builds(
    IntervalOverride, months=st.integers(1, 60), days=st.none(), author=WORD, reason=TEXT, decided_on=DAYS
) | st.builds(IntervalOverride, months=st.none(), days=st.integers(1, 1830), author=WORD, reason=TEXT, decided_on=DAYS)
ENDS = st.builds(PlanEnd, time=TIMES, reason=st.sampled_from(EndReason), actor=WORD)


def _plans(
    fact_id: st.SearchStrategy[str], source: st.SearchStrategy[str], regimen: st.SearchStrategy[str]
) -> st.SearchStrategy[TreatmentPlan]:
    return st.builds(
        TreatmentPlan,
        fact_id=fact_id,
        version=VERSIONS,
        time=TIMES,
        source=source,
        regimen=regimen,
        neurological_involvement=st.sampled_from(YesNoUnknown),
        cause=st.sampled_from(Cause),
        start=_maybe(TIMES),
        ward=TEXT,
        sex=st.sampled_from(Sex),
        birth_date=_maybe(DAYS),
        pregnancy=st.sampled_from(Pregnancy),
        interval=_maybe(INTERVALS),
        entered_as=_maybe(st.sampled_from(EnteredAs)),
        treatment_started=_maybe(DAYS),
        last_dose=_maybe(DAYS),
        loading_doses_given=st.integers(0, 50),
        doses_given_by=st.sampled_from(DosesGivenBy),
        restarts=st.booleans(),
        end=_maybe(ENDS),
        oral_reason=_maybe(st.sampled_from(OralReason)),
    )


ANY_FACT: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        LabResult,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        analyte=st.sampled_from(Analyte),
        status=st.sampled_from(ResultStatus),
        quantity=_maybe(_any_quantity()),
        comparator=_maybe(st.sampled_from(Comparator)),
        reference_low=_maybe(_any_quantity()),
        clumped=st.booleans(),
        absent_reason=TEXT,
    ),
    st.builds(
        Administration,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        drug=st.sampled_from(Drug),
        status=st.sampled_from(AdministrationStatus),
        dose=_maybe(_any_quantity()),
        route=st.sampled_from(Route),
        reported=st.booleans(),
    ),
    st.builds(
        MedicationOrder,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        drug=st.sampled_from(Drug),
        status=st.sampled_from(OrderStatus),
        dose=_maybe(_any_quantity()),
        route=st.sampled_from(Route),
        start=_maybe(TIMES),
        end=_maybe(TIMES),
    ),
    st.builds(
        MedicationSupply,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        drug=st.sampled_from(Drug),
        status=st.sampled_from(SupplyStatus),
        days=_maybe(st.integers(0, 10**6)),
        dose=_maybe(_any_quantity()),
        route=st.sampled_from(Route),
    ),
    st.builds(
        Condition,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        code=st.sampled_from(ConditionCode),
        end=_maybe(TIMES),
        length_cm=_maybe(AMOUNTS),
    ),
    _plans(TEXT, TEXT, TEXT),
    st.builds(
        ClinicalAssessment,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        findings=st.frozensets(st.sampled_from(Finding)),
        author=TEXT,
    ),
    st.builds(
        AlertAction,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        alert_id=TEXT,
        action=st.sampled_from(Action),
        actor=TEXT,
        until=_maybe(TIMES),
        dose_time=_maybe(TIMES),
    ),
    st.builds(Withdrawal, fact_id=TEXT, version=VERSIONS, time=TIMES, source=TEXT, reason=TEXT),
    st.builds(
        Merge,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        gone=WORD,
        surviving=WORD,
        parted=st.booleans(),
    ),
    st.builds(
        Identity,
        fact_id=TEXT,
        version=VERSIONS,
        time=TIMES,
        source=TEXT,
        patient_id=WORD,
        sex=st.sampled_from(Sex),
        birth_date=_maybe(DAYS),
    ),
)


def _units(measure: Measure) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(measure.factors))


@st.composite
def sent_lab_results(draw: st.DrawFn) -> LabResult:
    source, analyte = draw(IDENTIFIER), draw(st.sampled_from(Analyte))
    unit = draw(_units(analyte.measure))
    amount = draw(_maybe(AMOUNTS))
    limit = draw(_maybe(AMOUNTS))
    return LabResult(
        fact_id=fact_id_of("lab-result", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        analyte=analyte,
        status=draw(st.sampled_from(ResultStatus)),
        quantity=None if amount is None else Quantity(amount, unit),
        comparator=None if amount is None else draw(_maybe(st.sampled_from(Comparator))),
        reference_low=None if limit is None else Quantity(limit, unit),
        clumped=draw(st.booleans()),
        absent_reason=draw(TEXT),
    )


@st.composite
def sent_administrations(draw: st.DrawFn) -> Administration:
    source = draw(IDENTIFIER)
    return Administration(
        fact_id=fact_id_of("administration", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        drug=draw(st.sampled_from(Drug)),
        status=draw(st.sampled_from(AdministrationStatus)),
        dose=draw(_maybe(st.builds(Quantity, AMOUNTS, _units(Measure.DOSE)))),
        route=draw(st.sampled_from(Route)),
        reported=draw(st.booleans()),
    )


@st.composite
def sent_orders(draw: st.DrawFn) -> MedicationOrder:
    source = draw(IDENTIFIER)
    return MedicationOrder(
        fact_id=fact_id_of("medication-order", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        drug=draw(st.sampled_from(Drug)),
        status=draw(st.sampled_from(OrderStatus)),
        dose=draw(_maybe(st.builds(Quantity, AMOUNTS, _units(Measure.DOSE)))),
        route=draw(st.sampled_from(Route)),
        start=draw(_maybe(TIMES)),
        end=draw(_maybe(TIMES)),
    )


@st.composite
def sent_supplies(draw: st.DrawFn) -> MedicationSupply:
    source = draw(IDENTIFIER)
    return MedicationSupply(
        fact_id=fact_id_of("medication-supply", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        drug=draw(st.sampled_from(Drug)),
        status=draw(st.sampled_from(SupplyStatus)),
        days=draw(_maybe(st.integers(1, 366))),
        dose=draw(_maybe(st.builds(Quantity, AMOUNTS, _units(Measure.DOSE)))),
        route=draw(st.sampled_from(Route)),
    )


@st.composite
def sent_conditions(draw: st.DrawFn) -> Condition:
    source = draw(IDENTIFIER)
    return Condition(
        fact_id=fact_id_of("condition", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        code=draw(st.sampled_from(ConditionCode)),
        end=draw(_maybe(TIMES)),
        length_cm=draw(_maybe(st.sampled_from(["0.01", "20", "20.0", "25.5", "1E+2", "1000"]).map(Decimal))),
    )


@st.composite
def sent_plans(draw: st.DrawFn) -> TreatmentPlan:
    source = draw(IDENTIFIER)
    fact_id = fact_id_of("treatment-plan", source, draw(IDENTIFIER))
    plan = draw(_plans(st.just(fact_id), st.just(source), WORD))
    # a source may not say that something was given after the plan was made and starts
    latest = max(time.day(ZoneInfo("UTC")) for time in (plan.time, plan.starts))
    past = {name: day for name in ("treatment_started", "last_dose") if (day := getattr(plan, name)) is not None}
    return replace(plan, **{name: min(day, latest) for name, day in past.items()})


@st.composite
def sent_assessments(draw: st.DrawFn) -> ClinicalAssessment:
    source = draw(IDENTIFIER)
    return ClinicalAssessment(
        fact_id=fact_id_of("assessment", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        findings=draw(st.frozensets(st.sampled_from(Finding))),
        author=draw(TEXT),
    )


@st.composite
def sent_actions(draw: st.DrawFn) -> AlertAction:
    source, action = draw(IDENTIFIER), draw(st.sampled_from(Action))
    return AlertAction(
        fact_id=fact_id_of("alert-action", source, draw(IDENTIFIER)),
        version=draw(VERSIONS),
        time=draw(TIMES),
        source=source,
        alert_id=draw(IDENTIFIER),
        action=action,
        actor=draw(WORD),
        until=draw(TIMES if action is Action.SNOOZED else _maybe(TIMES)),
        dose_time=draw(TIMES if action is Action.GIVEN_ELSEWHERE else _maybe(TIMES)),
    )
