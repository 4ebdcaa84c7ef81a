"""After bariatric surgery, the third of three choices: tablets every day."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

BARIATRIC_ORAL = Regimen(
    code="R6c",
    name="cyanocobalamin 350-1000 ug or more by mouth daily, after bariatric surgery",
    choice_of="R6",
    drug=Drug.CYANOCOBALAMIN,
    dose_ug=350,
    routes=(Route.ORAL,),
    steps=(Step(phase=Phase.MAINTENANCE, statement="S13", gap=Gap(earliest=Span(days=1), due=Span(days=1))),),
    source="Majumder et al., SORD 2013;9:1013-9; section 2, R6",
)
