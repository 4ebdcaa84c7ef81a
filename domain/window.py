"""What can be said of the next dose: its window, that none is scheduled, or that it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.judgement import Severity
from domain.words import Text

INVOLVEMENT = "neurological involvement, yes or no"
"""What is missing where the next dose hangs on it."""


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
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDose:
    """No further dose is scheduled, and why."""

    because: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A dose is wanted, but what is `missing` keeps us from saying when.

    `latest` is the window at whose end the dose is overdue whatever the answer turns out to be, where there is one.
    """

    because: Text
    missing: str
    severity: Severity
    since: datetime
    latest: DoseWindow | None = None


NextDose = DoseWindow | NoDose | Unclear
