"""The mutation check itself: it finds what may be changed, kills what a test notices and names what none does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutation_check import sample
from tests.mutation_check_mutants import GIVEN_NAMES, mutants_of

ROOT = Path(__file__).parents[1]


def changes(source: str) -> list[str]:
    return [f"{mutant.old} -> {mutant.new}" for mutant in mutants_of(source, "sample.py")]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a < b", ["a < b -> a <= b"]),
        ("a <= b", ["a <= b -> a < b"]),
        ("a > b", ["a > b -> a >= b"]),
        ("a >= b", ["a >= b -> a > b"]),
        ("a < b <= c", ["a < b <= c -> a <= b <= c", "a < b <= c -> a < b < c"]),
        ("a == b", ["a == b -> a != b"]),
        ("a is None", ["a is None -> a is not None"]),
        ("a not in b", ["a not in b -> a in b"]),
        ("a and b", ["a and b -> a or b"]),
        ("a or b", ["a or b -> a and b"]),
        ("not a", ["not a -> a"]),
        ("min(a, b)", ["min(a, b) -> max(a, b)"]),
        ("any(a)", ["any(a) -> all(a)"]),
        ("x = 7", ["x = 7 -> x = 8", "x = 7 -> x = 6"]),
        ("x = 0.25", ["x = 0.25 -> x = 0.26", "x = 0.25 -> x = 0.24"]),
        ("Decimal('2.5')", ["Decimal('2.5') -> Decimal('2.6')", "Decimal('2.5') -> Decimal('2.4')"]),
        ("number('50', least=20)", ["'50', -> '51',", "'50', -> '49',", "20 -> 21", "20 -> 19"]),
        ("is_below(r, l)", ["is_below(r, l) -> is_below(r, l + A_LITTLE)"]),
        ("is_above(r, l)", ["is_above(r, l) -> is_above(r, l - A_LITTLE)"]),
        ("after_day(d, z)", ["after_day(d, z) -> after_day(d - ONE_DAY, z)"]),
        ("start_of_day(d, z)", ["start_of_day(d, z) -> start_of_day(d + ONE_DAY, z)"]),
        ("now.reached(t)", ["now.reached(t) -> now.reached(t + AN_INSTANT)"]),
        ("a.is_after(b, z)", ["a.is_after(b, z) -> not b.is_after(a, z)"]),
    ],
)
def test_each_comparison_and_each_number_has_its_mutants(source: str, wanted: list[str]) -> None:
    found = changes(source)
    assert len(found) == len(wanted)
    for change, parts in zip(found, wanted, strict=True):
        old, new = change.split(" -> ")
        wanted_old, wanted_new = parts.split(" -> ")
        assert wanted_old in old and wanted_new in new


@pytest.mark.parametrize(
    "source",
    [
        "assert a is not None and b > 2",
        "RULE_ID, VERSION = 'a-rule', 1",
        "def f(a: Literal[3]) -> Literal[4]: pass",
        "@lru_cache(100)\ndef f(): pass",
        "x = 'S24'",
        "x = True",
        "number('sections')",
    ],
)
def test_what_decides_nothing_has_no_mutants(source: str) -> None:
    assert changes(source) == []


def test_a_mutant_differs_from_the_source_in_one_place_only() -> None:
    source = "def judge(count):\n    return 'low' if count < 50 else 'high' if count > 400 else 'normal'\n"
    answers = []
    for mutant in mutants_of(source, "sample.py"):
        names: dict[str, Any] = dict(GIVEN_NAMES)
        exec(mutant.code, names)
        answers.append("".join(names["judge"](count)[0] for count in (49, 50, 51, 400, 401)))
    assert answers == ["llnnh", "llnnh", "nnnnh", "lnnhh", "lnnnn", "lnnhh"]


def test_a_long_expression_is_shown_around_its_change() -> None:
    [mutant, *_] = mutants_of(f"f({', '.join(['something'] * 20)}, a < b, {', '.join(['other'] * 20)}, 1)", "x.py")
    assert (mutant.old, mutant.new) == ("a < b", "a <= b")
    [*_, last] = mutants_of(f"f({', '.join(['something'] * 20)}, 1, {', '.join(['other'] * 20)})", "x.py")
    assert last.old.startswith("...") and "something, 1, other" in last.old and last.old.endswith("...")
    assert "something, 0, other" in last.new and len(last.new) < 100


# A small project: the limit of `is_late` is tested from both sides, that of `is_low` is not.
LIMITS = """
def is_late(days):
    return days > 7

def is_low(count):
    return count < 30
"""
TESTS = """
from domain.limits import is_late, is_low

def test_late():
    assert is_late(8) and not is_late(7)

def test_low():
    assert is_low(10) and not is_low(90)
"""
ENDLESS = """
def steps(left):
    while left:
        left -= 1
    return True
"""
TESTS_ENDLESS = """
from domain.endless import steps

def test_steps():
    assert steps(4)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--import-mode=importlib'\npythonpath = ['.']\n",
        "domain/__init__.py": "",
        "domain/limits.py": LIMITS,
        "tests/domain/test_limits.py": TESTS,
        "domain/endless.py": ENDLESS,
        "tests/domain/test_endless.py": TESTS_ENDLESS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def check(project: Path, *arguments: str, module: str = "domain/limits.py") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.mutation_check", "--root", str(project), "--module", module]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_survivor_is_named_and_what_a_test_notices_is_not(project: Path) -> None:
    ran = check(project)
    assert ran.returncode == 0, ran.stderr
    table, survived = ran.stdout.split("survived:\n")
    assert survived.splitlines() == [
        "domain/limits.py:6: count < 30 -> count <= 30",
        "domain/limits.py:6: count < 30 -> count < 31",
        "domain/limits.py:6: count < 30 -> count < 29",
    ]
    assert table.splitlines()[1].split() == ["domain/limits.py", "6", "3", "0", "0", "3", "50", "%"]
    assert (project / "domain" / "limits.py").read_text() == LIMITS


def test_a_mutant_that_never_ends_is_stopped_and_counts_as_noticed(project: Path) -> None:
    ran = check(project, "--at-least", "100", module="domain/endless.py")
    assert ran.stdout.splitlines()[1].split() == ["domain/endless.py", "2", "0", "0", "1", "1", "50", "%"]


def test_a_share_that_is_asked_for_and_not_reached_is_exit_code_1(project: Path) -> None:
    assert check(project, "--at-least", "100").returncode == 1
    (project / "tests/domain/test_edges_limits.py").write_text(
        "from domain.limits import is_low\ndef test_edge():\n    assert is_low(29) and not is_low(30)\n"
    )
    assert check(project, "--at-least", "100").returncode == 0


def test_a_test_that_fails_anyway_kills_nothing_and_is_named_while_its_neighbours_are_used(project: Path) -> None:
    red = "\n\ndef test_red():\n    assert is_low(90)\n"
    (project / "tests/domain/test_limits.py").write_text(TESTS + red)
    (project / "tests/domain/test_limits_broken.py").write_text("import nothing_of_this_name\n")
    ran = check(project)
    first, _, row, *_ = ran.stdout.splitlines()
    assert first.endswith("left out: tests/domain/test_limits.py::test_red, tests/domain/test_limits_broken.py")
    assert row.split() == ["domain/limits.py", "6", "3", "0", "0", "3", "50", "%"]


def test_the_same_seed_chooses_the_same_mutants() -> None:
    mutants = list(mutants_of("x = [a < b, a > c, a == d, not e]", "sample.py"))
    assert sample(mutants, 2, seed=3) == sample(mutants, 2, seed=3)
    assert {len(sample(mutants, 2, seed)) for seed in range(5)} == {2}
    assert sample(mutants, None, seed=3) == sample(mutants, 9, seed=3) == mutants


def test_a_scenario_is_asked_where_the_unit_tests_notice_nothing(project: Path) -> None:
    """The scenarios of the sample hold one number each: the least count that is not low."""
    files = {
        "workers/__init__.py": "",
        "workers/scenario.py": "def load_scenario(path):\n    return int(path.read_text())\n",
        "workers/scenario_play.py": "from domain.limits import is_low\n\n"
        "def differences(least):\n    return ['is low'] if is_low(least) else []\n",
        "tests/scenarios/one.yaml": "30",
    }
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    ran = check(project)
    assert ran.stdout.splitlines()[1].split() == ["domain/limits.py", "6", "5", "2", "0", "1", "83", "%"]
    assert ran.stdout.endswith("survived:\ndomain/limits.py:6: count < 30 -> count < 29\n")
