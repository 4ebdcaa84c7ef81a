"""The regimens that b12watch holds, one file each; written by hand, checked against the folder by a test."""

from types import MappingProxyType

from domain.regimens.hydroxocobalamin import HYDROXOCOBALAMIN
from domain.regimens.hydroxocobalamin_neurological import HYDROXOCOBALAMIN_NEUROLOGICAL

ALL_REGIMENS = (HYDROXOCOBALAMIN_NEUROLOGICAL, HYDROXOCOBALAMIN)
REGIMENS = MappingProxyType({regimen.code: regimen for regimen in ALL_REGIMENS})
