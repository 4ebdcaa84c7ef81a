"""The documents: what the code refers to is there, what they say of the policy is so, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.policy import Policy
from domain.quantity import Measure
from domain.regimens import ALL_REGIMENS
from domain.rules import ALL_RULES
from workers.policy_file import policy_keys

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "docs/clinical-sources.md"
TEXT = SOURCES.read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md")), ROOT / "tests/recordings/README.md"]

_SECTIONS = re.compile(r"\b[Ss]ections? (\d+(?:\.\d+)?(?:(?:,? and |, )\d+(?:\.\d+)?)*)")
_STATEMENT = re.compile(r"\bS\d+\b")
_RANGE = re.compile(r"\bS1-S24\b")  # says how statements are called, and names none
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def code() -> str:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "domain").glob("**/*.py"))]
    return re.sub(r"\s+", " ", _RANGE.sub("", "\n".join(texts)))


def sections_named(text: str) -> set[str]:
    return {number for found in _SECTIONS.findall(text) for number in re.findall(r"\d+(?:\.\d+)?", found)}


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_section_that_the_domain_refers_to_has_a_heading() -> None:
    held = {heading.split()[0] for heading in headings(TEXT)}
    named = sections_named(code())
    assert named >= {"0", "2", "8.1", "8.6"}, "the search finds references of every form"
    assert named <= held


def test_every_statement_that_the_domain_refers_to_has_a_row() -> None:
    rows = set(re.findall(r"^\| (S\d+) \|", TEXT, re.MULTILINE))
    named = set(_STATEMENT.findall(code()))
    assert named >= {"S1", "S18", "S24"}
    assert rows == named, "a row without a reference tells of something that is not built"


def test_every_key_of_the_policy_stands_there_with_its_default() -> None:
    defaults = Policy()
    for key in policy_keys():
        value = getattr(getattr(defaults, key.section), key.name)
        shown = f'"{value}"' if isinstance(value, str) else f"{value}"
        assert set(re.findall(rf"`{key.dotted}` \(([^)]*)\)", TEXT)) == {shown}, key.dotted


def test_no_key_stands_there_that_the_policy_does_not_have() -> None:
    sections = "|".join({key.section for key in policy_keys()})
    named = set(re.findall(rf"`((?:{sections})\.\w+)` \(", TEXT))
    assert named == {key.dotted for key in policy_keys()}


def test_every_rule_and_regimen_stands_there() -> None:
    for rule in ALL_RULES:
        assert f"domain/rules/{rule.RULE_ID.replace('-', '_')}.py" in TEXT
    for regimen in ALL_REGIMENS:
        assert f"| {regimen.code} | {regimen.name.split(',')[0]}" in TEXT
        for step in regimen.steps:
            assert f"| {step.gap.earliest} | {step.gap.due} | " in TEXT


@pytest.mark.parametrize("measure", Measure)
def test_every_accepted_unit_stands_there_with_its_factor(measure: Measure) -> None:
    factors = ", ".join(f"{unit} ×{factor}" for unit, factor in measure.factors.items())
    assert f"| {measure.canonical_unit} | {factors} |" in TEXT


def test_every_file_that_is_named_exists() -> None:
    for path in re.findall(r"`(domain/[\w/.]+)`", TEXT):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} in {document.name}"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if fragment:
            assert fragment in {anchor(heading) for heading in headings(target.read_text(encoding="utf-8"))}, link
