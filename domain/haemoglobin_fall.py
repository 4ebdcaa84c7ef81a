"""How far haemoglobin fell below its highest since day 7 of the treatment, or below everything that is expected.

A value after a transfusion proves no peak of the patient's own: a fall from it is told as one that may be none.  Of
values that are not exact only what is certain counts.  Source: section 3, section 8.5 of the clinical reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.case import Case
from domain.comparison import is_below, least_of, most_of
from domain.haemoglobin import Haemoglobin, newest_of
from domain.policy import Policy
from domain.runs import first_of_run

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Fall:
    """The newest haemoglobin is a concern.

    `highest` is what it fell from, None where it is very low without a fall.  `run` are the results that are a concern
    since the first of its unbroken run.  `is_certain`: it did not only fall from what a transfusion made.
    """

    newest: Haemoglobin
    highest: Haemoglobin | None
    run: Sequence[Haemoglobin]
    is_certain: bool
    is_very_low: bool


def readings_of(case: Case, policy: Policy) -> list[Haemoglobin] | None:
    """The results with a value in which a fall is looked for; None while there is no start.

    Those since day 7; of a patient who came to us after a start that nobody told, those since then.
    """
    first_day = _came(case) or _day(policy.haemoglobin.highest_from_day, case)
    if first_day is None:
        return None
    return [h for h in case.haemoglobins if h.result.has_value and h.time.day(case.zone) >= first_day]


def _came(case: Case) -> date | None:
    """The day on which a patient came to us, where what we know as the start tells nothing of the real one."""
    entry = case.entry
    if entry is None or entry.treatment_started is not None or (case.start and not case.entered_after_loading):
        return None
    return entry.starts.day(case.zone)


def _day(number: int, case: Case) -> date | None:
    """That day after the start; None while there is none."""
    return None if case.start is None else case.start.day(case.zone) + timedelta(days=number)


def fall_of(readings: Sequence[Haemoglobin], case: Case, policy: Policy) -> Fall | None:
    """What the newest of these results (at least one) tells; None where it is no concern."""
    newest = newest_of(readings, case.zone)
    in_order = [*(h for h in readings if h is not newest), newest]
    own = _fall(in_order, case, policy, with_transfused=False)
    return own or _fall(in_order, case, policy, with_transfused=True)


def _fall(in_order: Sequence[Haemoglobin], case: Case, policy: Policy, *, with_transfused: bool) -> Fall | None:
    newest, concerns = in_order[-1], set[str]()
    highest, fell = None, False
    for h in in_order:
        if (with_transfused or not h.is_transfused) and (highest is None or _least(h) > _least(highest)):
            highest = h
        fell = highest is not None and _fell(h, highest, policy)
        if fell or _is_very_low(h, case, policy):
            concerns.add(h.result.fact_id)
    if newest.result.fact_id not in concerns:
        return None
    began = first_of_run(newest, in_order, lambda h: h.result.fact_id not in concerns, case.zone)
    return Fall(
        newest=newest,
        highest=highest if fell else None,
        run=[h for h in in_order if h.result.fact_id in concerns and not began.time.is_after(h.time, case.zone)],
        is_certain=not with_transfused,
        is_very_low=_is_very_low(newest, case, policy),
    )


def _is_very_low(h: Haemoglobin, case: Case, policy: Policy) -> bool:
    """A very low value of the first week is the known baseline, and no news."""
    if not is_below(h.result, policy.haemoglobin.critical_below_g_per_l):
        return False
    week = None if _came(case) else _day(policy.haemoglobin.critical_after_days, case)
    return week is None or h.time.day(case.zone) > week


def _least(h: Haemoglobin) -> Decimal:
    return least_of(h.result) or _NOTHING


def _fell(h: Haemoglobin, highest: Haemoglobin, policy: Policy) -> bool:
    most = most_of(h.result)
    return most is not None and _least(highest) - most >= policy.haemoglobin.fall_g_per_l


def may_have_fallen(readings: Sequence[Haemoglobin], case: Case, policy: Policy) -> Haemoglobin | None:
    """The newest of these results (at least one), where it is not exact and may lie so far below the others."""
    newest = newest_of(readings, case.zone)
    if newest.result.comparator is None:
        return None
    highest = max((_least(h) for h in readings if not h.is_transfused), default=_NOTHING)
    return newest if highest - _least(newest) >= policy.haemoglobin.fall_g_per_l else None
