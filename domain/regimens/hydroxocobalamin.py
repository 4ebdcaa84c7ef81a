"""Hydroxocobalamin without neurological involvement: six doses in two weeks, then every 2-3 months for life."""

from domain.facts import Drug, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

HYDROXOCOBALAMIN = Regimen(
    code="R2",
    name="hydroxocobalamin 1 mg IM, without neurological involvement",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    for_involvement=YesNoUnknown.NO,
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="S5",
            doses=6,
            gap=Gap(earliest=Span(days=1), due=Span(days=2), overdue_after=Span(days=3)),
        ),
        Step(
            phase=Phase.MAINTENANCE,
            statement="S6",  # "2-3 months" is a window: the range is the grace
            gap=Gap(earliest=Span(months=2), due=Span(months=2), overdue_after=Span(months=3)),
        ),
    ),
    source="BNF and SmPC of hydroxocobalamin 1 mg/ml; windows: section 2, R2, and section 8.3",
)
