"""Hypothesis strategies for facts and whole records; the laws use them, and so may every test that needs patients.

`stories()` gives a `Story`: facts with the time at which each became known, in an order of arrival, mostly a likely
course of treatment with a few wild facts among it.  Ids and versions are few, so versions, withdrawals, ties collide;
values lie at the thresholds of the clinical reference; times lie at the edges of windows and at ward midnights in zones
with daylight saving (`WARDS` names them; judge with `WARDS_POLICY`).  `story.record()` adds all in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from domain.assess import assess
from domain.calendar import ClinicalTime, start_of_day
from domain.facts import (
    Action,
    Administration,
    AlertAction,
    Cause,
    Fact,
    Finding,
    LabResult,
    Sex,
    YesNoUnknown,
)
from domain.quantity import Quantity
from domain.record import Record
from tests.domain.single_facts import EDGE_DAYS as EDGE_DAYS
from tests.domain.single_facts import HAEMOGLOBINS as HAEMOGLOBINS
from tests.domain.single_facts import PLATELET_COUNTS as PLATELET_COUNTS
from tests.domain.single_facts import WARDS as WARDS
from tests.domain.single_facts import WARDS_POLICY as WARDS_POLICY
from tests.domain.single_facts import ZEROS as ZEROS
from tests.domain.single_facts import clinical_times as clinical_times
from tests.domain.single_facts import facts as facts
from tests.domain.single_facts import instants as instants
from tests.kit import (
    LONDON,
    Arrival,
    assessment,
    haemoglobin,
    injection,
    plan,
    platelets,
    record_of_arrivals,
)


@st.composite
def courses(draw: st.DrawFn, zero: date) -> list[Fact]:
    """A likely treatment: a plan on day zero, some or all loading doses, maybe a plateau and maintenance doses."""
    regimen = draw(st.sampled_from(["R1", "R2"]))
    start = draw(st.sampled_from([ClinicalTime(zero), ClinicalTime(start_of_day(zero, LONDON) + timedelta(hours=8))]))
    begun = plan(
        start,
        regimen,
        fact_id="course-plan",
        neurological_involvement=draw(st.sampled_from(YesNoUnknown)),
        sex=draw(st.sampled_from(Sex)),
        ward=draw(st.sampled_from(sorted(WARDS))),
        cause=draw(st.sampled_from([Cause.PERNICIOUS_ANAEMIA, Cause.DIETARY, Cause.UNKNOWN])),
    )
    count = draw(st.sampled_from([0, 1, 5, 6, 6, 6, 7]))
    later = draw(st.lists(st.sampled_from([61, 66, 67, 70, 103, 104, 130]), unique=True, max_size=2))
    dose_days = [n * 2 for n in range(count)] + sorted(later)
    hour = draw(st.sampled_from([0, 9, 23.75]))
    doses = [
        injection(start_of_day(zero + timedelta(days=n), LONDON) + timedelta(hours=hour), fact_id=f"course-dose-{i}")
        for i, n in enumerate(dose_days, 1)
    ]
    seen = start_of_day(zero + timedelta(days=20), LONDON)
    plateau = [assessment(seen, Finding.NO_FURTHER_IMPROVEMENT, fact_id="course-plateau")]
    if draw(st.booleans()):
        plateau = []
    return [begun, *doses, *plateau, *draw(_likely_results(zero))]


@cache
def _likely_results(zero: date) -> st.SearchStrategy[list[Fact]]:
    """A few final, exact results."""
    sampled = st.builds(lambda n, hour: _at(zero, n, hour), st.sampled_from(EDGE_DAYS), st.sampled_from([0, 10, 23.75]))
    ids = st.sampled_from(["course-result-1", "course-result-2", "course-result-3"])
    counts = st.builds(
        lambda time, value, fact_id: platelets(time, value, fact_id=fact_id),
        sampled,
        st.sampled_from(PLATELET_COUNTS),
        ids,
    )
    levels = st.builds(
        lambda time, value, fact_id: haemoglobin(time, value, fact_id=fact_id),
        sampled,
        st.sampled_from(HAEMOGLOBINS),
        ids,
    )
    return st.lists(st.one_of(counts, levels), max_size=3)


def _at(zero: date, n: int, hour: float) -> datetime:
    return start_of_day(zero + timedelta(days=n), LONDON) + timedelta(hours=hour)


@dataclass(frozen=True)
class Story:
    """Facts with the time at which each became known, in an order of arrival."""

    zero: date
    arrivals: tuple[Arrival, ...]

    def record(self) -> Record:
        return record_of_arrivals(self.arrivals)


_delays = st.sampled_from(
    [timedelta(minutes=minutes) for minutes in (0, 0, 3, 24 * 60, 40 * 24 * 60, -3, -5, -6, -2 * 24 * 60)]
)
"""How long after its own time a fact becomes known; before it by up to 5 minutes, it counts at once (policy)."""


@st.composite
def arrivals_of(draw: st.DrawFn, some: Iterable[Fact]) -> list[Arrival]:
    """The facts, each with a time at which it became known."""
    return [Arrival(fact, fact.time.instant(LONDON) + draw(_delays)) for fact in some]


_zeros = st.sampled_from(ZEROS)
_as_often_as_not = st.booleans()


@cache
def _likely(zero: date) -> st.SearchStrategy[list[Fact]]:
    return st.one_of(courses(zero), courses(zero), st.just([]))


@cache
def _wild(zero: date, most: int) -> st.SearchStrategy[list[Fact]]:
    return st.lists(facts(zero), max_size=most)


@st.composite
def stories(draw: st.DrawFn, *, most_wild_facts: int = 8) -> Story:
    """A whole patient: mostly a likely course, wild facts among it, actions on alerts that stood, in any order."""
    zero = draw(_zeros)
    likely = draw(_likely(zero))
    wild = draw(_wild(zero, most_wild_facts))
    twins = draw(_twins([*likely, *wild]))
    arrivals = draw(arrivals_of([*likely, *wild, *twins]))
    arrivals += draw(_actions_on_standing_alerts(zero, arrivals))
    return Story(zero, tuple(draw(st.permutations(arrivals))))


@st.composite
def _twins(draw: st.DrawFn, some: list[Fact]) -> list[Fact]:
    """At most one fact again, the same version of the same id: at another time, or with 50.0 where 50 stood."""
    if not some or draw(_as_often_as_not):
        return []
    twin = draw(st.sampled_from(some))
    if isinstance(twin, LabResult) and twin.quantity is not None:
        return [replace(twin, quantity=_with_more_zeros(twin.quantity))]
    if isinstance(twin, Administration) and twin.dose is not None:
        return [replace(twin, dose=_with_more_zeros(twin.dose))]
    return [replace(twin, time=ClinicalTime(twin.time.instant(LONDON) + timedelta(hours=12)))]


def _with_more_zeros(quantity: Quantity) -> Quantity:
    shown = f"{quantity.amount:f}"
    return Quantity(Decimal(f"{shown}0" if "." in shown else f"{shown}.0"), quantity.unit)


@st.composite
def _actions_on_standing_alerts(draw: st.DrawFn, zero: date, arrivals: list[Arrival]) -> list[Arrival]:
    """At most two actions about alerts that stand at some instant."""
    if not arrivals or draw(st.booleans()):
        return []
    at = draw(instants(zero))
    standing = assess(record_of_arrivals(arrivals), WARDS_POLICY, at).alerts
    if not standing:
        return []
    answered = [
        AlertAction(
            fact_id=f"answer-{n}",
            version=1,
            time=ClinicalTime(at + timedelta(hours=n)),
            source="feed",
            alert_id=draw(st.sampled_from(standing)).alert_id,
            action=draw(st.sampled_from(Action)),
            actor="Sister Bea",
            until=ClinicalTime(at + timedelta(days=draw(st.sampled_from([1, 7])))),
            dose_time=draw(st.one_of(st.none(), clinical_times(zero))),
        )
        for n in range(draw(st.integers(1, 2)))
    ]
    return draw(arrivals_of(answered))


def records() -> st.SearchStrategy[Record]:
    """The record of any story."""
    return stories().map(Story.record)
