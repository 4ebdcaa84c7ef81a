"""Words for patient stories.

Stories.  Day 0 is Monday, 5 January 2026, on a ward in London (winter: ward time is UTC until 29 March, day 83).  Every
builder takes the day and gives a fact with a likely id; anything else is a keyword of the fact itself.

    record = record_of(plan(0, "R2"), injection(0), injection(2), platelets(3, 41))
    judge_at(platelets_low_before_im, record, day(4))

Hypothesis strategies for facts and whole records stand in `tests/domain/strategies.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.alerts import Alert
from domain.assess import Assessment, assess
from domain.case import Case
from domain.derive import derive
from domain.facts import Fact
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Known, Record
from domain.rules import ALL_RULES, Rule
from tests.kit_facts import DAY_ZERO as DAY_ZERO
from tests.kit_facts import INSTANT as INSTANT
from tests.kit_facts import LOADING_DAYS as LOADING_DAYS
from tests.kit_facts import LONDON as LONDON
from tests.kit_facts import When as When
from tests.kit_facts import action as action
from tests.kit_facts import active_b12 as active_b12
from tests.kit_facts import assessment as assessment
from tests.kit_facts import condition as condition
from tests.kit_facts import creatinine as creatinine
from tests.kit_facts import date_of as date_of
from tests.kit_facts import day as day
from tests.kit_facts import egfr as egfr
from tests.kit_facts import ended as ended
from tests.kit_facts import every as every
from tests.kit_facts import folate as folate
from tests.kit_facts import folic_acid as folic_acid
from tests.kit_facts import haemoglobin as haemoglobin
from tests.kit_facts import homocysteine as homocysteine
from tests.kit_facts import injection as injection
from tests.kit_facts import injections as injections
from tests.kit_facts import loading as loading
from tests.kit_facts import methylmalonic_acid as methylmalonic_acid
from tests.kit_facts import midnight as midnight
from tests.kit_facts import on as on
from tests.kit_facts import oral as oral
from tests.kit_facts import order as order
from tests.kit_facts import plan as plan
from tests.kit_facts import platelets as platelets
from tests.kit_facts import potassium as potassium
from tests.kit_facts import result as result
from tests.kit_facts import reticulocyte_share as reticulocyte_share
from tests.kit_facts import reticulocytes as reticulocytes
from tests.kit_facts import supply as supply
from tests.kit_facts import transfusion as transfusion
from tests.kit_facts import vitamin_b12 as vitamin_b12
from tests.kit_facts import when as when
from tests.kit_facts import withdrawal as withdrawal

POLICY = Policy()

Facts = Fact | Iterable[Any]
"""A fact, or several: a list of facts of several kinds is a list of their base to mypy."""


# --- records and questions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fact, and the partition's time at which it came."""

    fact: Fact
    known_at: datetime


def record_of(*facts: Facts, known_at: datetime | None = None, patient_id: str = "patient-1") -> Record:
    """The record of these facts (lists of facts are opened), each known at its own time unless told."""
    record = Record(patient_id)
    for item in facts:
        for fact in (item,) if isinstance(item, Fact) else item:
            record = record.add(fact, known_at or fact.time.instant(LONDON))
    return record


def record_of_arrivals(arrivals: Iterable[Arrival], patient_id: str = "patient-1") -> Record:
    record = Record(patient_id)
    for arrival in arrivals:
        record = record.add(arrival.fact, arrival.known_at)
    return record


def standing_facts(record: Record) -> list[Known]:
    """What stands in a record, in the order of ids."""
    return sorted(record, key=lambda known: known.fact.fact_id)


def case_at(record: Record, at: datetime, policy: Policy = POLICY) -> Case:
    return derive(record, policy, at).case


def judge_at(rule: Rule, record: Record, at: datetime, policy: Policy = POLICY) -> Judgement:
    return rule.judge(case_at(record, at, policy), policy, Moment(at))


def assess_at(record: Record, at: datetime, policy: Policy = POLICY) -> Assessment:
    return assess(record, policy, at)


def alert_of(rule: Rule, record: Record, at: datetime, policy: Policy = POLICY) -> Alert:
    """The alert of this rule that stands at this instant; fails where there is none."""
    (alert,) = (alert for alert in assess(record, policy, at).alerts if alert.rule == rule.RULE_ID)
    return alert


def fires(judgement: Judgement) -> Fires:
    assert isinstance(judgement, Fires), judgement
    return judgement


def cannot_tell(judgement: Judgement) -> CannotTell:
    assert isinstance(judgement, CannotTell), judgement
    return judgement


def quiet(judgement: Judgement) -> Quiet:
    assert isinstance(judgement, Quiet), judgement
    return judgement


def severity_of(judgement: Judgement) -> Severity | None:
    return None if isinstance(judgement, Quiet) else judgement.severity


def evidence_ids(judgement: Judgement) -> set[str]:
    assert not isinstance(judgement, Quiet), judgement
    return {evidence.fact_id for evidence in judgement.evidence}


def rule_named(rule_id: str) -> Rule:
    return next(rule for rule in ALL_RULES if rule_id == rule.RULE_ID)


def utc(year: int, month: int, day_of_month: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day_of_month, hour, minute, tzinfo=UTC)
