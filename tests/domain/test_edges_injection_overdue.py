"""`injection-overdue` at its edges: which chart it names, and when it says that involvement is unknown."""

from __future__ import annotations

import pytest

from domain.facts import AdministrationStatus, YesNoUnknown
from domain.rules import injection_overdue as rule
from tests.kit import evidence_ids, fires, injection, judge_at, midnight, plan, record_of

NOT_DONE = AdministrationStatus.NOT_DONE


@pytest.mark.parametrize("involvement", list(YesNoUnknown))
def test_only_an_unknown_involvement_is_said_to_be_unknown(involvement: YesNoUnknown) -> None:
    record = record_of(plan(0, neurological_involvement=involvement), injection(0))
    because = fires(judge_at(rule, record, midnight(4))).because
    assert ("involvement is unknown" in because) == (involvement is YesNoUnknown.UNKNOWN)


def test_a_chart_that_does_not_count_on_the_day_of_the_last_dose_is_no_sign_of_a_later_one() -> None:
    record = record_of(
        plan(0, fact_id="plan"), injection(0, fact_id="given"), injection(0, status=NOT_DONE, fact_id="x")
    )
    fired = fires(judge_at(rule, record, midnight(4)))
    assert "does not count" not in fired.because
    assert evidence_ids(fired) == {"given", "plan"}


def test_of_two_charts_that_do_not_count_the_newest_is_named() -> None:
    charts = injection(2, status=NOT_DONE, fact_id="b"), injection(3, status=NOT_DONE, fact_id="a")
    fired = fires(
        judge_at(rule, record_of(plan(0, fact_id="plan"), injection(0, fact_id="given"), charts), midnight(4))
    )
    assert "one charted on 8 January 2026 does not count" in fired.because
    assert evidence_ids(fired) == {"given", "a", "plan"}
