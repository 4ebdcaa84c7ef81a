"""Everything the domain can refuse.

DomainError
├── UnknownUnit      a quantity without a unit that we can convert
├── ImpossibleAmount a quantity that no measurement or dose can have
├── NaiveTime        a date-time without offset
└── BrokenTable      a regimen table with a gap, an overlap or a missing end
"""

from __future__ import annotations


class DomainError(ValueError):
    """The root: a value from the world that the domain refuses, with the reason in its text."""


class UnknownUnit(DomainError):
    """A unit that is missing or has no conversion; nothing is guessed from the size of the number."""


class ImpossibleAmount(DomainError):
    """Not a finite number, or below zero."""


class NaiveTime(DomainError):
    """A date-time that does not say its offset."""


class BrokenTable(DomainError):
    """A regimen table that leaves a dose without a window; raised when the table is built."""
