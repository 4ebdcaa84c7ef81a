"""Hydroxocobalamin as an older leaflet for patients says: alternate days for two weeks, then every three months."""

from domain.facts import Drug, Finding, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

HYDROXOCOBALAMIN_LEAFLET = Regimen(
    code="R2-PIL",
    name="hydroxocobalamin 1 mg IM as in an NHS leaflet, without neurological involvement",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    for_involvement=YesNoUnknown.NO,
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="section 2, R2-PIL",
            doses=7,
            until=Finding.NO_FURTHER_IMPROVEMENT,  # "or until symptoms stop improving"
            gap=Gap(earliest=Span(days=1), due=Span(days=2), overdue_after=Span(days=3)),
        ),
        Step(
            phase=Phase.MAINTENANCE,
            statement="section 2, R2-PIL",
            gap=Gap(earliest=Span(months=2), due=Span(months=3)),
            gap_if_dietary=Gap(earliest=Span(months=5), due=Span(months=6)),  # twice a year
        ),
    ),
    source="NHS leaflet for patients (an older edition); windows: section 2, R2-PIL, and section 8.3",
)
