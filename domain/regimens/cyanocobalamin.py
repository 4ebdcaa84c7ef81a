"""Cyanocobalamin as its US label says: daily, on alternate days, every 3-4 days, then monthly for life."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

CYANOCOBALAMIN = Regimen(
    code="R3",
    name="cyanocobalamin 100 ug IM or deep SC, as in its US label",
    drug=Drug.CYANOCOBALAMIN,
    dose_ug=100,
    routes=(Route.INTRAMUSCULAR, Route.SUBCUTANEOUS),
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="S7",
            doses=6,
            doses_most=7,  # "daily for 6 or 7 days"
            asks_response=True,
            gap=Gap(earliest=Span(days=1), due=Span(days=1)),
        ),
        Step(phase=Phase.LOADING, statement="S7", doses=7, gap=Gap(earliest=Span(days=1), due=Span(days=2))),
        Step(
            phase=Phase.LOADING,
            statement="S7",
            days=14,  # "for another 2 to 3 weeks"
            gap=Gap(earliest=Span(days=3), due=Span(days=3), overdue_after=Span(days=5)),
        ),
        Step(phase=Phase.MAINTENANCE, statement="S7", gap=Gap(earliest=Span(days=21), due=Span(months=1))),
    ),
    source="US label of cyanocobalamin injection; windows: section 2, R3; ends of the steps: section 8.8",
)
