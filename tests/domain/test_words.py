"""What stands as evidence on an alert: a few words about each fact, never the whole of it."""

from __future__ import annotations

from domain.rules import injection_overdue, platelets_low_before_im
from tests.kit import alert_of, day, injection, plan, platelets, record_of


def test_evidence_says_in_a_few_words_what_a_fact_says() -> None:
    record = record_of(plan(0), injection(0), platelets(0, 30000, unit="/uL"))
    said = {
        str(evidence.says)
        for rule in (injection_overdue, platelets_low_before_im)
        for evidence in alert_of(rule, record, day(20)).evidence
    }
    assert said == {
        "hydroxocobalamin 1000 ug intramuscular",
        "plan R2, neurological involvement no",
        "platelets 30000 /uL",
    }
