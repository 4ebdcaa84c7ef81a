"""The catalogue is what the code says, and leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.rules import ALL_RULES
from domain.statements import HAZARDS, STATEMENTS
from tests.workers.command_line import b12watch, said
from workers.catalogue import catalogue, statements_of
from workers.scenario import load_scenario
from workers.scenario_command import scenario_files

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "tests/scenarios"
PAGE = ROOT / "docs/catalogue.md"
NOT_OF_THE_DOMAIN = {"H1", "H2", "H4", "H20", "H24"}  # workers that stop, merges, pages, logs


def rows(text: str, pattern: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell."""
    found = (re.split(r" \| ", line.strip("| ")) for line in text.splitlines() if re.match(rf"\| {pattern} \|", line))
    return {cells[0]: cells for cells in found}


@pytest.fixture(scope="module")
def written() -> str:
    return catalogue({path.stem: load_scenario(path).shows for path in scenario_files([SCENARIOS])})


def test_the_page_in_the_documents_is_the_one_that_the_code_writes(written: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == written, "b12watch catalogue tests/scenarios > docs/catalogue.md"


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_is_in_a_rule_or_a_regimen_and_is_shown_by_a_scenario(statement: str, written: str) -> None:
    _, says, files, scenarios, source = rows(written, r"S\d+")[statement]
    assert says and "](../domain/" in files and "](../tests/scenarios/" in scenarios and source


@pytest.mark.parametrize("hazard", sorted(HAZARDS.keys() - NOT_OF_THE_DOMAIN))
def test_every_hazard_that_the_domain_controls_is_shown_by_a_scenario(hazard: str, written: str) -> None:
    assert "](../tests/scenarios/" in rows(written, r"H\d+")[hazard][-1]


def test_rules_name_statements_that_there_are() -> None:
    named = {statement for rule in ALL_RULES for statement in statements_of(rule)}
    assert {statement for statement in named if re.fullmatch(r"S\d+", statement)} <= STATEMENTS.keys()
    assert all(re.fullmatch(r"S\d+|H\d+|section \d(\.\d)?", statement) for statement in named)


def test_the_command_prints_the_page(written: str) -> None:
    result = b12watch("catalogue", SCENARIOS)
    assert result.exit_code == 0 and result.stdout == written


def test_a_folder_with_a_broken_scenario_or_none_is_told(tmp_path: Path) -> None:
    assert "there are no scenarios" in said(b12watch("catalogue", tmp_path))
    (tmp_path / "broken.yaml").write_text("scenario: x\n")
    assert "broken.yaml" in b12watch("catalogue", tmp_path).stderr
