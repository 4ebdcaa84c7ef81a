"""The documents: what the code refers to is there, what they say of the policy is so, and links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.policy import Policy
from domain.quantity import Measure
from domain.regimens import ALL_REGIMENS, CHOICES
from domain.rules import ALL_RULES
from domain.statements import HAZARDS, STATEMENTS
from workers.policy_file import policy_keys

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/clinical-sources.md").read_text(encoding="utf-8")
CATALOGUE = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
    *sorted((ROOT / "tests").glob("*/README.md")),
]

_SECTIONS = re.compile(r"\b[Ss]ections? (\d+(?:\.\d+)?(?:(?:,? and |, )\d+(?:\.\d+)?)*)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"`((?:domain|topics|workers|tests|benchmarks|examples|docs)/[\w/.-]*)`")
_TO = "\N{EN DASH}"


def code() -> str:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "domain").glob("**/*.py"))]
    return re.sub(r"\s+", " ", "\n".join(texts))


def sections_named(text: str) -> set[str]:
    return {number for found in _SECTIONS.findall(text) for number in re.findall(r"\d+(?:\.\d+)?", found)}


def codes_named(text: str, letter: str) -> set[str]:
    """Every S12 or H12 of a text; of a range, S14-S17, all that lie in it."""
    named: set[str] = set()
    for first, last in re.findall(rf"\b{letter}(\d+)(?:[-{_TO}]{letter}?(\d+))?\b", text):
        named |= {f"{letter}{number}" for number in range(int(first), int(last or first) + 1)}
    return named


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE))


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.*)$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


# --- what the code refers to ------------------------------------------------------------------------------------


def test_every_section_that_is_referred_to_has_a_heading() -> None:
    held = {heading.split()[0] for heading in headings(TEXT)}
    named = sections_named(code())
    assert named >= {"0", "2", "6.3", "8.1", "8.6"}, "the search finds references of every form"
    assert (named | sections_named(TEXT) | sections_named(CATALOGUE)) <= held


@pytest.mark.parametrize(("letter", "held"), [("S", STATEMENTS), ("H", HAZARDS)])
def test_every_statement_and_hazard_that_is_referred_to_has_a_row_in_the_catalogue(
    letter: str, held: dict[str, str]
) -> None:
    rows = first_cells(CATALOGUE) & codes_named(CATALOGUE, letter)
    named = codes_named(code(), letter)
    assert rows == set(held)
    assert (named | codes_named(TEXT, letter) | codes_named(README, letter)) <= rows


def test_a_range_of_statements_names_all_that_lie_in_it() -> None:
    assert codes_named("S2, S5-S7 and S14–S16, S20", "S") == {"S2", "S5", "S6", "S7", "S14", "S15", "S16", "S20"}


def test_every_rule_and_regimen_stands_in_the_catalogue() -> None:
    rows = first_cells(CATALOGUE)
    for rule in ALL_RULES:
        assert f"[{rule.RULE_ID}](../domain/rules/{rule.RULE_ID.replace('-', '_')}.py)" in rows
    assert {regimen.code for regimen in ALL_REGIMENS} <= rows


def test_every_regimen_says_what_it_rests_on() -> None:
    told = {code for cell in first_cells(TEXT) for code in cell.split(", ")}
    assert {regimen.code for regimen in ALL_REGIMENS} <= told
    assert set(CHOICES) <= set(re.findall(r'"(R\d)"', TEXT))


# --- what they say of the policy --------------------------------------------------------------------------------


def shown_defaults() -> Iterator[tuple[str, str]]:
    defaults = Policy()
    for key in policy_keys():
        value = getattr(getattr(defaults, key.section), key.name)
        yield key.dotted, f'"{value}"' if isinstance(value, str) else f"{value}"


@pytest.mark.parametrize("text", [TEXT, README], ids=["clinical-sources", "README"])
def test_no_key_is_named_that_the_policy_does_not_have(text: str) -> None:
    sections = "|".join(Policy.model_fields)
    named = set(re.findall(rf"`((?:{sections})\.(?!py\b)\w+)`", text))
    assert named <= {key.dotted for key in policy_keys()}


def test_a_value_in_brackets_behind_a_key_is_its_default() -> None:
    held = dict(shown_defaults())
    shown = re.findall(r"`([a-z0-9_]+\.(?!py\b)[a-z0-9_]+)`\s+\(([^)]*)\)", TEXT)
    assert len(shown) > 15, "the search finds them"
    assert [(key, value) for key, value in shown if held[key] != value] == []


@pytest.mark.parametrize("measure", Measure)
def test_every_accepted_unit_stands_there_with_its_factor(measure: Measure) -> None:
    factors = ", ".join(f"{unit} ×{factor}" for unit, factor in measure.factors.items())
    assert f"| {measure.canonical_unit} | {factors} |" in TEXT


# --- files and links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [TEXT, README], ids=["clinical-sources", "README"])
def test_every_file_that_is_named_exists(text: str) -> None:
    named = _FILE.findall(text)
    assert len(named) > 5, "the search finds them"
    assert [path for path in named if not (ROOT / path).exists()] == []


def on_the_map() -> Iterator[str]:
    """The paths of the README's map; a name without a folder is in the folder of the one before it."""
    table = README.split("## Where things live")[1].split("To add a rule")[0]
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        folder = ""
        for name in re.findall(r"`([^`]+)`", row):
            folder = name.split("/")[0] + "/" if "/" in name else folder
            yield name if "/" in name else folder + name


def test_the_map_of_the_readme_has_every_module_once_and_no_other() -> None:
    named = [path.relative_to(ROOT) for pattern in on_the_map() for path in sorted(ROOT.glob(pattern))]
    assert len({name for name in on_the_map() if not list(ROOT.glob(name))}) == 0
    there = [path.relative_to(ROOT) for folder in ("domain", "workers") for path in (ROOT / folder).glob("[!_]*.py")]
    modules = [path for path in named if path.suffix == ".py" and path.parts[0] != "tests"]
    assert sorted(modules) == sorted(there)


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
