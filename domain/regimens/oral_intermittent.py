"""High doses by mouth every one to three months, only where somebody prescribed that."""

from domain.facts import Drug, Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

ORAL_INTERMITTENT = Regimen(
    code="R7b",
    name="cyanocobalamin 1000 ug by mouth every 1-3 months",
    drug=Drug.CYANOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.ORAL,),
    interval_is_limit=True,
    steps=(
        Step(
            phase=Phase.MAINTENANCE,
            statement="S21",
            # the interval is in the plan; where it is not, the longest
            gap=Gap(earliest=Span(months=1), due=Span(months=3), overdue_after=Span(months=3)),
        ),
    ),
    source="S21; Bolaman et al., Clin Ther 2003;25:3124-34; windows: section 8.8",
)
