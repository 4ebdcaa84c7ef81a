"""Hypothesis strategies for facts and whole records; the laws use them, and so may every test that needs patients.

`stories()` gives a `Story`: facts with the time at which each became known, in an order of arrival, mostly a likely
course of treatment with a few wild facts among it.  Ids and versions are few, so versions, withdrawals, ties collide;
values lie at the thresholds of the clinical reference; times lie at the edges of windows and at ward midnights in zones
with daylight saving (`WARDS` names them; judge with `WARDS_POLICY`).  `story.record()` adds all in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from domain.assess import assess
from domain.calendar import ClinicalTime
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Fact,
    LabResult,
)
from domain.quantity import Quantity
from domain.record import Record
from tests.domain.courses import courses as courses
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
    record_of_arrivals,
)


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
    rivals = draw(_rivals([*likely, *wild]))
    arrivals = draw(arrivals_of([*likely, *wild, *twins, *rivals]))
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


@st.composite
def _rivals(draw: st.DrawFn, some: list[Fact]) -> list[Fact]:
    """At most one fact again under another id, of the same time or the next minute: twice as high, or not done."""
    contested = [fact for fact in some if isinstance(fact, LabResult | Administration)]
    if not contested or draw(_as_often_as_not):
        return []
    fact = draw(st.sampled_from(contested))
    time = draw(st.sampled_from([fact.time, ClinicalTime(fact.time.instant(LONDON) + timedelta(minutes=1))]))
    if isinstance(fact, Administration):
        status = draw(st.sampled_from(AdministrationStatus))
        return [replace(fact, fact_id="rival", time=time, status=status)]
    twice = None if fact.quantity is None else Quantity(fact.quantity.amount * 2, fact.quantity.unit)
    return [replace(fact, fact_id="rival", time=time, quantity=twice)]


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
