"""The regimens that b12watch holds, one file each; written by hand, checked against the folder by a test."""

from types import MappingProxyType

from domain.regimens.bariatric_monthly import BARIATRIC_MONTHLY
from domain.regimens.bariatric_oral import BARIATRIC_ORAL
from domain.regimens.bariatric_three_monthly import BARIATRIC_THREE_MONTHLY
from domain.regimens.cyanocobalamin import CYANOCOBALAMIN
from domain.regimens.dietary_injection import DIETARY_INJECTION
from domain.regimens.dietary_oral import DIETARY_ORAL
from domain.regimens.hydroxocobalamin import HYDROXOCOBALAMIN
from domain.regimens.hydroxocobalamin_leaflet import HYDROXOCOBALAMIN_LEAFLET
from domain.regimens.hydroxocobalamin_neurological import HYDROXOCOBALAMIN_NEUROLOGICAL
from domain.regimens.hydroxocobalamin_product import HYDROXOCOBALAMIN_PRODUCT
from domain.regimens.hydroxocobalamin_us import HYDROXOCOBALAMIN_US
from domain.regimens.ileal_resection import ILEAL_RESECTION
from domain.regimens.oral_daily import ORAL_DAILY
from domain.regimens.oral_intermittent import ORAL_INTERMITTENT

ALL_REGIMENS = (
    HYDROXOCOBALAMIN_NEUROLOGICAL,
    HYDROXOCOBALAMIN,
    HYDROXOCOBALAMIN_PRODUCT,
    HYDROXOCOBALAMIN_LEAFLET,
    CYANOCOBALAMIN,
    HYDROXOCOBALAMIN_US,
    ILEAL_RESECTION,
    BARIATRIC_THREE_MONTHLY,
    BARIATRIC_MONTHLY,
    BARIATRIC_ORAL,
    ORAL_DAILY,
    ORAL_INTERMITTENT,
    DIETARY_ORAL,
    DIETARY_INJECTION,
)
REGIMENS = MappingProxyType({regimen.code: regimen for regimen in ALL_REGIMENS})
CHOICES = MappingProxyType(
    {
        regimen.choice_of: tuple(other.code for other in ALL_REGIMENS if other.choice_of == regimen.choice_of)
        for regimen in ALL_REGIMENS
        if regimen.choice_of
    }
)
"""Codes that name several regimens, of which somebody must choose one."""
