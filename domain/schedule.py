"""The next dose and its window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseWindow:
    """The ward-local days of the next dose: may be given from `earliest`, is meant for `due`, and is allowed up to
    and including `overdue_after`.

    `rests_on` is the ward-local day of the last dose that counted, or None before the first.
    """

    earliest: date
    due: date
    overdue_after: date
    rests_on: date | None
