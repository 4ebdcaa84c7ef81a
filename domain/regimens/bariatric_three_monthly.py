"""After bariatric surgery, the first of three choices: an injection every three months."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

BARIATRIC_THREE_MONTHLY = Regimen(
    code="R6a",
    name="hydroxocobalamin 1 mg IM every three months, after bariatric surgery",
    choice_of="R6",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    steps=(
        Step(
            phase=Phase.MAINTENANCE,
            statement="S13",
            gap=Gap(earliest=Span(months=2), due=Span(months=2), overdue_after=Span(months=3)),
        ),
    ),
    source="BOMSS 2020, from secondary texts only; windows: section 2, R6, and section 8.3",
)
