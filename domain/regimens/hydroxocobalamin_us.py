"""Hydroxocobalamin as its US label says: 30 ug daily for 5-10 days, then 100-200 ug monthly."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

HYDROXOCOBALAMIN_US = Regimen(
    code="R4",
    name="hydroxocobalamin 30 ug IM daily and 100-200 ug monthly, as in its US label",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=100,
    routes=(Route.INTRAMUSCULAR,),
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="section 2, R4",
            dose_ug=30,
            doses=5,
            doses_most=10,
            gap=Gap(earliest=Span(days=1), due=Span(days=1)),
        ),
        Step(phase=Phase.MAINTENANCE, statement="section 2, R4", gap=Gap(earliest=Span(days=21), due=Span(months=1))),
    ),
    source="US label of hydroxocobalamin injection; windows: section 2, R4, and section 8.3",
)
