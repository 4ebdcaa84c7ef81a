"""Deficiency from the diet, the first of two choices: small tablets every day."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

DIETARY_ORAL = Regimen(
    code="R8a",
    name="cyanocobalamin 50-150 ug by mouth daily, cause in the diet",
    choice_of="R8",
    drug=Drug.CYANOCOBALAMIN,
    dose_ug=50,
    routes=(Route.ORAL,),
    steps=(Step(phase=Phase.MAINTENANCE, statement="S17", gap=Gap(earliest=Span(days=1), due=Span(days=1))),),
    source="NICE 2019, as quoted by the BSH in 2020; section 2, R8",
)
