"""Hydroxocobalamin with neurological involvement: alternate days until the plateau, then every two months."""

from domain.facts import Drug, Finding, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

HYDROXOCOBALAMIN_NEUROLOGICAL = Regimen(
    code="R1",
    name="hydroxocobalamin 1 mg IM, with neurological involvement",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    for_involvement=YesNoUnknown.YES,
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="S2",
            until=Finding.NO_FURTHER_IMPROVEMENT,
            gap=Gap(earliest=Span(days=1), due=Span(days=2)),
        ),
        Step(phase=Phase.MAINTENANCE, statement="S3", gap=Gap(earliest=Span(days=42), due=Span(months=2))),
    ),
    source="BNF and SmPC of hydroxocobalamin 1 mg/ml; windows: section 2, R1, and section 8.3",
)
