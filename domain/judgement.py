"""What a rule may answer: Fires, Quiet or CannotTell.  Nothing else, and never nothing.

Answers are never changed.  They are not frozen, since many are made for every event: that would cost half of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from domain.calendar import ClinicalTime
from domain.facts import Fact
from domain.words import Text


class Severity(IntEnum):
    """Classes of section 6.2 of the clinical reference; `info` is a note: visible, never paged, on no work-list."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact that an alert rests on: its id, what it says (value and unit as sent), and its clinical time."""

    fact_id: str
    says: Text
    time: ClinicalTime


@dataclass(slots=True, kw_only=True)
class Fires:
    """The concern stands.

    `since` is the first instant at which it stood (so a concern older than the enrolment can be told from a new one);
    `episode` names what it rests on; `because` names dates, never ages that change by themselves; `source` is the
    statement (S1-S24) or section of the clinical reference that asks for it; `evidence` are the facts it rests on.
    Texts may be `Says`, which are written only when somebody reads them.
    """

    severity: Severity
    because: Text
    since: datetime
    episode: str
    wanted: Text
    source: str
    evidence: tuple[Fact, ...] = ()


@dataclass(slots=True, kw_only=True)
class CannotTell:
    """What is missing keeps the rule from an answer; published as an alert of kind `unknown`."""

    severity: Severity
    because: Text
    missing: Text
    since: datetime
    episode: str
    wanted: Text
    source: str
    evidence: tuple[Fact, ...] = ()


@dataclass(slots=True, kw_only=True)
class Quiet:
    """No concern, and why; `coming` is a thing to do soon that is not yet an alert."""

    because: Text
    coming: Text = ""


Judgement = Fires | Quiet | CannotTell
