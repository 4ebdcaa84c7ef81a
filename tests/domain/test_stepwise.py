"""Stepwise = from scratch (design: Laws), and what a rule reads is what it says that it reads."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.assess import Assessment, assess
from domain.case import ATTRIBUTE_VIEWS, Case
from domain.derive import derive
from domain.facts import Analyte
from domain.moment import Moment
from domain.record import Record
from domain.rules import ALL_RULES, Rule
from domain.views import OF_ANALYTE, names_of
from tests.domain.strategies import WARDS_POLICY, Story, instants, stories

law = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def answer(assessment: Assessment) -> tuple[object, ...]:
    return assessment.situation, assessment.alerts, dict(assessment.judgements)


@law
@given(stories(), st.data())
def test_steps_give_what_judging_everything_anew_gives(story: Story, data: st.DataObject) -> None:
    """Facts come one by one, and reviews and idle instants between them; the answer is never another."""
    record = Record("patient-1")
    at = data.draw(instants(story.zero))
    assessment = assess(record, WARDS_POLICY, at)
    for arrival in story.arrivals:
        record = record.add(arrival.fact, arrival.known_at)
        assessment = _step(record, at, assessment)
        if data.draw(st.booleans()):
            review = assessment.next_review_at or at
            at = max(at, data.draw(st.sampled_from([at + timedelta(minutes=4), review, review + timedelta(days=1)])))
            assessment = _step(record, at, assessment)


def _step(record: Record, at: datetime, earlier: Assessment) -> Assessment:
    stepped, anew = assess(record, WARDS_POLICY, at, earlier=earlier), assess(record, WARDS_POLICY, at)
    assert answer(stepped) == answer(anew)
    assert stepped.next_review_at == anew.next_review_at
    return stepped


class RecordingCase:
    """A case that notes which views were asked for."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.read = 0

    def __getattr__(self, name: str) -> object:
        self.read |= ATTRIBUTE_VIEWS.get(name, 0)
        assert name in ATTRIBUTE_VIEWS or name in ("patient_id", "say"), f"{name} belongs to no view"
        return getattr(self._case, name)

    def results(self, analyte: Analyte) -> object:
        self.read |= OF_ANALYTE[analyte]
        return self._case.results(analyte)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.RULE_ID)
@settings(law, max_examples=60)
@given(stories(), st.data())
def test_a_rule_reads_no_view_that_it_does_not_name(rule: Rule, story: Story, data: st.DataObject) -> None:
    at = data.draw(instants(story.zero))
    recording = RecordingCase(derive(story.record(), WARDS_POLICY, at).case)
    rule.judge(recording, WARDS_POLICY, Moment(at))  # type: ignore[arg-type]  # it answers as a case does
    assert not recording.read & ~rule.READS, f"{rule.RULE_ID} reads {names_of(recording.read & ~rule.READS)}"
