"""Deficiency from the diet, the second of two choices: an injection twice a year."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

DIETARY_INJECTION = Regimen(
    code="R8b",
    name="hydroxocobalamin 1 mg IM twice a year, cause in the diet",
    choice_of="R8",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    steps=(
        Step(
            phase=Phase.MAINTENANCE,
            statement="section 2, R8",
            gap=Gap(earliest=Span(months=5), due=Span(months=6)),
        ),
    ),
    source="NICE 2019, as quoted by the BSH in 2020; section 2, R8; window: section 8.3",
)
