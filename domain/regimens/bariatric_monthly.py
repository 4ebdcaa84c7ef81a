"""After bariatric surgery, the second of three choices: an injection every month."""

from domain.facts import Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

BARIATRIC_MONTHLY = Regimen(
    code="R6b",
    name="vitamin B12 1000 ug IM monthly, after bariatric surgery",
    choice_of="R6",
    drug=None,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    steps=(Step(phase=Phase.MAINTENANCE, statement="S13", gap=Gap(earliest=Span(days=21), due=Span(months=1))),),
    source="Majumder et al., SORD 2013;9:1013-9; windows: section 2, R6, and section 8.3",
)
