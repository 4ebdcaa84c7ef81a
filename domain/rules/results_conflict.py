"""Two final results of one sample time differ so much that one of them must be wrong.

Laboratory and blood gas, or point of care, of the same minute: apart by more than a tenth (low), or on two sides of a
limit that a rule goes by (medium).  Only the newest of an analyte matter, and for four weeks.  Until somebody says
which holds, the rules go by the worse.  Source: section 5.6, H5, H7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from domain.case import Case
from domain.charting import is_told, is_watched, same_minute
from domain.comparison import is_above, is_below
from domain.facts import Analyte, LabResult
from domain.haemoglobin import read
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "results-conflict", 1
STATEMENTS = "section 5.6"
READS = (
    View.PLAN
    | View.HAEMOGLOBIN
    | View.PLATELETS
    | View.VITAMIN_B12
    | View.ACTIVE_B12
    | View.FOLATE
    | View.METHYLMALONIC_ACID
    | View.HOMOCYSTEINE
    | View.POTASSIUM
    | View.RETICULOCYTES
    | View.RETICULOCYTE_SHARE
)

_SHOWN_ONLY: Final = (Analyte.CREATININE, Analyte.EGFR)  # no rule goes by them; two formulas differ anyway
_READ: Final = tuple(analyte for analyte in Analyte if analyte not in _SHOWN_ONLY)
_A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Conflict:
    """The lowest and the highest of the newest results of an analyte, and whether a limit lies between them."""

    low: LabResult
    high: LabResult
    across: bool


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the newest results of an analyte contradict each other."""
    if not is_watched(case):
        return Quiet(because="no treatment is under way")
    found = [c for c in _conflicts(case, policy) if is_told(c.high.time, case, policy, now)]
    if not found:
        return Quiet(because="no results of late contradict each other")
    newest = max(c.high.time.utc for c in found)
    told = [c for c in found if newest - c.high.time.utc < _A_MINUTE]
    listed = "; ".join(["{} {} and {} of {}"] * len(told))
    values = [value for c in told for value in (c.low.analyte, c.low, c.high, c.high.time)]
    return CannotTell(
        severity=Severity.MEDIUM if any(c.across for c in told) else Severity.LOW,
        because=case.say(f"results of one minute contradict each other: {listed}; the rules go by the worse", *values),
        missing="which of the results holds",
        since=max(r.time.utc for c in told for r in (c.low, c.high)),
        episode=f"minute:{newest:%Y-%m-%dT%H:%M}",
        wanted="ask the laboratory which of the results holds, or repeat the measurement",
        source=STATEMENTS,
        evidence=tuple(r for c in told for r in (c.low, c.high)),
    )


def _conflicts(case: Case, policy: Policy) -> Iterator[_Conflict]:
    for analyte in _READ:
        results = case.results(analyte)
        if len(results) > 1 and results[-1].time.utc - results[-2].time.utc < _A_MINUTE:
            conflict = _conflict(results, case, policy)
            if conflict is not None:
                yield conflict


def _conflict(results: tuple[LabResult, ...], case: Case, policy: Policy) -> _Conflict | None:
    newest = results[-1].time
    same = [r for r in results if r.has_value and not r.time.is_day and same_minute(r.time, newest, case.zone)]
    if newest.is_day or len(same) == 1 or not same:
        return None
    low, high = (pick(same, key=lambda r: (r.amount, r.fact_id)) for pick in (min, max))
    across = _are_on_two_sides(low, high, case, policy)
    is_exact = low.comparator is None and high.comparator is None
    is_far = high.amount - low.amount > Decimal(str(policy.charting.conflict_share)) * high.amount
    return _Conflict(low, high, across) if across or (is_exact and is_far) else None


def _are_on_two_sides(low: LabResult, high: LabResult, case: Case, policy: Policy) -> bool:
    """Whether a rule would judge the two differently for certain."""
    if low.analyte is Analyte.HAEMOGLOBIN:
        assert case.plan is not None
        one, other = (read(r, (), case.plan, policy, case.zone) for r in (low, high))
        return (one.reading, one.severity) != (other.reading, other.severity)
    below, above = _limits(low.analyte, policy)
    sides = [(is_below(low, limit), is_below(high, limit)) for limit in below]
    sides += [(is_above(low, limit), is_above(high, limit)) for limit in above]
    return any(one is not other and None not in (one, other) for one, other in sides)


def _limits(analyte: Analyte, policy: Policy) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """The limits below which, and those above which, a rule judges differently."""
    blood, salt, total = policy.platelets, policy.potassium, policy.b12
    low_salt = (salt.critical_below_mmol_per_l, salt.severe_below_mmol_per_l, salt.low_below_mmol_per_l)
    return {
        Analyte.PLATELETS: ((blood.critical_below, blood.low_below, blood.normal_from), (blood.limit,)),
        Analyte.POTASSIUM: (low_salt, ()),
        Analyte.VITAMIN_B12: ((total.deficient_below_ng_per_l,), (total.unlikely_above_ng_per_l,)),
        Analyte.ACTIVE_B12: ((total.active_deficient_below_pmol_per_l,), (total.active_unlikely_above_pmol_per_l,)),
        Analyte.FOLATE: ((policy.folate.low_below_ug_per_l,), ()),
        Analyte.RETICULOCYTES: ((), (policy.reticulocytes.raised_above,)),
    }.get(analyte, ((), ()))
