"""Charts and results that contradict each other, cannot be right, or have no plan."""

from __future__ import annotations

from domain.policies.base import Section, number


class ChartingPolicy(Section):
    told_days: int = number(
        28,
        "section 5.6",
        "a chart or a result that cannot be right is told for so many days after its own day",
        least=1,
        most=90,
    )
    without_plan_hours: int = number(
        72, "section 8.3", "hours after the first dose by which a treatment plan is to be known", least=0, most=336
    )
    b12_holds_days: int = number(
        99,
        "section 2 (R6a: three months and seven days)",
        "vitamin B12 that was given, ordered or handed over without a plan counts as treatment for so many days",
        least=31,
        most=200,
    )
    antidote_mg_at_least: int = number(
        1000,
        "section 2 (drug safety), section 4.2",
        "hydroxocobalamin into a vein from this on is the antidote to cyanide, mg",
        least=100,
        most=5000,
    )
    double_within_hours: int = number(
        12,
        "H9 (section 6.3)",
        "two doses less than so many hours apart may be one that was charted twice",
        least=1,
        most=23,
    )
    conflict_share: float = number(
        0.1,
        "section 5.6",
        "two results of one minute conflict when they differ by more than this share of the higher",
        least=0.01,
        most=0.5,
    )
