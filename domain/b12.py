"""What a vitamin B12 says: low, in the grey zone, or deficiency unlikely.

Total B12 is read in ng/L, active B12 (holotranscobalamin) in pmol/L, by the limits of NG239 that the policy holds.  The
laboratory's own lower limit takes the place of the lower one where it has the result's unit and lies near it: assays
differ, and no cut-off is agreed.  Source: section 3 (NG239; Clin Chem Lab Med 2015;53:1149-59), S10, S18.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.comparison import is_above, is_below
from domain.facts import Analyte, LabResult
from domain.policies.vitamins import B12Policy
from domain.words import Says, Text

_WORST_FIRST = (True, None, False)


class B12(NamedTuple):
    """One result and the limits that it is read by, in its canonical unit; `own` if the lower is the laboratory's.

    `is_low`: whether it is certainly (not) under the lower limit; None: cannot be told.  As text it is name, value as
    sent (and in our unit where that differs) and time, as the ward's `zone` has it.
    """

    result: LabResult
    is_low: bool | None
    lower: Decimal
    upper: Decimal
    own: bool
    zone: ZoneInfo

    def __str__(self) -> str:
        result, name = self.result, "vitamin B12" if self.result.analyte is Analyte.VITAMIN_B12 else "active B12"
        unit = result.analyte.measure.canonical_unit
        if result.quantity is None or result.quantity.unit == unit:
            return str(Says("{} was {} on {}", (name, result, result.time), self.zone))
        return str(Says("{} was {} ({} {}) on {}", (name, result, result.amount, unit, result.time), self.zone))

    @property
    def is_grey(self) -> bool | None:
        """Whether it certainly lies (or does not) between the limits, both included; None: cannot be told."""
        unlikely = is_above(self.result, self.upper) if self.result.has_value else None
        if self.is_low or unlikely:
            return False
        return True if self.is_low is False and unlikely is False else None

    @property
    def lower_text(self) -> Text:
        """The lower limit, for people."""
        name = "the laboratory's lower limit of {} {}" if self.own else "the limit of {} {}"
        return Says(name, (self.lower, self.result.analyte.measure.canonical_unit))

    @property
    def how_bad(self) -> tuple[int, Decimal, str]:
        """Of two the one that is worse for the patient has the lesser."""
        amount = self.result.amount if self.result.has_value else Decimal(0)
        return _WORST_FIRST.index(self.is_low), amount, self.result.fact_id


def read(result: LabResult, limits: B12Policy, zone: ZoneInfo) -> B12:
    """One final result of total or active B12, with the limits that it is read by."""
    if result.analyte is Analyte.VITAMIN_B12:
        lower, near = limits.deficient_below_ng_per_l, limits.lab_limit_within_ng_per_l
        upper = limits.unlikely_above_ng_per_l
    else:
        lower, near = limits.active_deficient_below_pmol_per_l, limits.active_lab_limit_within_pmol_per_l
        upper = limits.active_unlikely_above_pmol_per_l
    own = laboratory_limit(result, lower, near)
    lower = lower if own is None else own
    is_low = None if result.quantity is None else is_below(result, lower)
    return B12(result, is_low, lower, upper, own is not None, zone)


def laboratory_limit(result: LabResult, ours: Decimal, near: Decimal) -> Decimal | None:
    """The laboratory's lower limit, when it has the result's unit and lies near ours: else it may be a slip."""
    low, sent = result.reference_low, result.quantity
    if low is None or sent is None or low.unit != sent.unit:
        return None
    limit = result.analyte.measure.canonical(low)
    return limit if abs(limit - ours) <= near else None


def newest_of(results: Sequence[LabResult], limits: B12Policy, zone: ZoneInfo) -> B12:
    """The newest of results that are in order; of those that may be it the one that is worst for the patient."""
    rivals = may_be_newest(results, zone)
    if len(rivals) == 1:
        return read(rivals[0], limits, zone)
    return min((read(result, limits, zone) for result in rivals), key=lambda reading: reading.how_bad)


def may_be_newest(results: Sequence[LabResult], zone: ZoneInfo) -> Sequence[LabResult]:
    """The newest of results that are in order, with those of its time, or of its day where one has no hour."""
    if len(results) == 1:
        return results
    newest = results[-1].time
    if results[-2].time.day(zone) < newest.day(zone):
        return results[-1:]
    return [result for result in results if not newest.is_after(result.time, zone)]


def in_order(results: Iterable[LabResult], zone: ZoneInfo) -> list[LabResult]:
    """Results of two analytes, the oldest first."""
    return sorted(results, key=lambda result: (result.time.instant(zone), result.fact_id))
