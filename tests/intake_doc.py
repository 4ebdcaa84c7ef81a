"""The tables of docs/intake.md, made from what intake reads by: `python -m tests.intake_doc` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.facts import ConditionCode, Route
from topics.meaning.codes import CODES, LabTest, Meaning, Product, Rejected
from topics.meaning.results import PLAUSIBLE
from topics.meaning.systems import SYSTEMS, System
from topics.meaning.units import UNITS

DOCUMENT: Final = Path(__file__).parents[1] / "docs/intake.md"
_BETWEEN: Final = r"(<!-- {name} -->\n).*?(<!-- end -->)"


def written(text: str) -> str:
    """The document with its tables as they must be."""
    for name, lines in (("codes", codes()), ("systems", systems()), ("units", units()), ("plausible", plausible())):
        place = re.search(_BETWEEN.format(name=name), text, re.DOTALL)
        assert place is not None, f"the document has no place for the table of {name}"
        text = "\n".join((text[: place.end(1)].rstrip("\n"), *lines, text[place.start(2) :]))
    return text


def codes() -> Iterator[str]:
    yield "| means | system | codes |"
    yield "| --- | --- | --- |"
    rows: dict[tuple[str, str], list[str]] = {}
    for (system, code), meaning in CODES.items():
        if not system.startswith(System.OURS):
            rows.setdefault((_means(meaning), system), []).append(code)
    for (means, system), found in rows.items():
        yield f"| {means} | {system} | {', '.join(found)} |"


def _means(meaning: Meaning) -> str:
    match meaning:
        case LabTest(analyte, kind, seeks_clumps):
            unit = "the unit decides" if kind is None else kind.value
            return f"{analyte} ({unit}{', always told as clumped' if seeks_clumps else ''})"
        case Product(drug, ug_per_ml, antidote):
            strength = "" if ug_per_ml is None else f" ({ug_per_ml:f} ug in 1 mL)"
            return f"{drug}{strength}{' (the antidote: never a dose of B12)' if antidote else ''}"
        case Rejected(what):
            return f"not for us: {what}"
        case Route():
            return f"route: {meaning}"
        case ConditionCode():
            return f"condition: {meaning}"
        case _:
            raise AssertionError(f"{meaning} has no row")


def systems() -> Iterator[str]:
    yield "| system | names in messages |"
    yield "| --- | --- |"
    for system in System:
        names = [f"`{name}`" for name, known in SYSTEMS.items() if known is system]
        if names:
            yield f"| {system} | {', '.join(names)} |"


def units() -> Iterator[str]:
    yield "| becomes | counts | written as |"
    yield "| --- | --- | --- |"
    rows: dict[tuple[str, str], list[str]] = {}
    for spelling, unit in UNITS.items():
        factor = "" if unit.factor == 1 else f" (times {unit.factor:f})"
        rows.setdefault((f"{unit.text}{factor}", unit.kind.value), []).append(f"`{spelling}`")
    for (text, kind), spellings in rows.items():
        yield f"| {text} | {kind} | {' '.join(spellings)} |"


def plausible() -> Iterator[str]:
    yield "| analyte | possible | lower limit of a range | upper limit | in |"
    yield "| --- | --- | --- | --- | --- |"
    for analyte, bounds in PLAUSIBLE.items():
        low, high = (f"{pair[0]:f} to {pair[1]:f}" if pair else "" for pair in (bounds.low, bounds.high))
        unit = analyte.measure.canonical_unit
        yield f"| {analyte} | {bounds.least:f} to {bounds.most:f} | {low} | {high} | {unit} |"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
