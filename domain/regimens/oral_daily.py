"""High doses by mouth every day, which may work even in pernicious anaemia."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

ORAL_DAILY = Regimen(
    code="R7",
    name="cyanocobalamin 1000-2000 ug by mouth daily",
    drug=Drug.CYANOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.ORAL,),
    steps=(Step(phase=Phase.MAINTENANCE, statement="S14", gap=Gap(earliest=Span(days=1), due=Span(days=1))),),
    source="S14; Am J Clin Nutr 2024;120:217-224; section 2, R7",
)
