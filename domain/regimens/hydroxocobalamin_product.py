"""Hydroxocobalamin as its UK product texts say: alternate days, then weekly until the blood count is normal."""

from domain.facts import Drug, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens.table import Gap, Regimen, Span, Step

HYDROXOCOBALAMIN_PRODUCT = Regimen(
    code="R2-SPC",
    name="hydroxocobalamin 250-1000 ug IM as in its UK product texts, without neurological involvement",
    drug=Drug.HYDROXOCOBALAMIN,
    dose_ug=1000,
    routes=(Route.INTRAMUSCULAR,),
    for_involvement=YesNoUnknown.NO,
    steps=(
        Step(
            phase=Phase.LOADING,
            statement="section 2, R2-SPC",
            dose_ug=250,
            doses=4,  # alternate days for one week (days 1, 3, 5 and 7) ...
            doses_most=7,  # ... or for two
            gap=Gap(earliest=Span(days=1), due=Span(days=2)),
        ),
        Step(
            phase=Phase.LOADING,
            statement="section 2, R2-SPC",
            dose_ug=250,
            until_normal_haemoglobin=True,
            gap=Gap(earliest=Span(days=5), due=Span(days=7), overdue_after=Span(days=10)),
        ),
        Step(
            phase=Phase.MAINTENANCE,
            statement="section 2, R2-SPC",
            gap=Gap(earliest=Span(months=2), due=Span(months=2), overdue_after=Span(months=3)),
        ),
    ),
    source="SmPC of hydroxocobalamin 1 mg/ml, section 4.2; windows: section 2, R2-SPC, and section 8.3",
)
