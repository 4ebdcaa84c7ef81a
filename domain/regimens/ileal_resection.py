"""Prophylaxis after resection of more than 20 cm of the distal ileum: an injection every month, for life."""

from domain.facts import Route
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

ILEAL_RESECTION = Regimen(
    code="R5",
    name="vitamin B12 1000 ug IM monthly, prophylaxis after ileal resection",
    drug=None,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    is_prophylaxis=True,
    steps=(Step(phase=Phase.MAINTENANCE, statement="S12", gap=Gap(earliest=Span(days=21), due=Span(months=1))),),
    source="S12 (the UK SmPC has every 2-3 months: then the plan has that interval); windows: section 2, R5",
)
