"""Imports point one way, the domain is pure, lists are complete, files stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import domain
from domain.regimens import ALL_REGIMENS
from domain.rules import ALL_RULES

ROOT = Path(domain.__file__).parent.parent
DOMAIN_FILES = sorted((ROOT / "domain").rglob("*.py"))
ALLOWED_OUTSIDE = {"domain", "pydantic", "dateutil"}
IMPURE_MODULES = {
    "asyncio",
    "concurrent",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "queue",
    "random",
}
IMPURE_MODULES |= {"secrets", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading"}
IMPURE_MODULES |= {"time", "urllib"}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "now", "utcnow", "today", "uuid1", "uuid4", "getLogger"}
MOST_LINES = 400


def imports_of(tree: ast.AST) -> set[str]:
    """The top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports say where they come from"
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def calls_in(tree: ast.AST) -> set[str]:
    """The last word of everything that a file calls."""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {f.attr if isinstance(f, ast.Attribute) else f.id for f in called if isinstance(f, ast.Attribute | ast.Name)}


def test_imports_point_from_workers_to_topics_to_domain_and_never_back() -> None:
    command = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    run = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", DOMAIN_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_domain_imports_nothing_that_touches_the_world(path: Path) -> None:
    outside = imports_of(ast.parse(path.read_text()))
    assert outside <= ALLOWED_OUTSIDE | set(sys.stdlib_module_names)
    assert not outside & IMPURE_MODULES


@pytest.mark.parametrize("path", DOMAIN_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_domain_reads_no_clock_and_writes_nothing(path: Path) -> None:
    assert not calls_in(ast.parse(path.read_text())) & IMPURE_CALLS


def test_only_the_moment_compares_the_time_of_an_assessment() -> None:
    """A comparison anywhere else would be a limit that no review knows of."""
    for path in DOMAIN_FILES:
        tree = ast.parse(path.read_text())
        read = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "at"]
        assert path.name == "moment.py" or not read, f"{path.name} reads `.at`"


def kafka_clients(tree: ast.AST) -> list[ast.Call]:
    """The calls that make a client of aiokafka."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).startswith("AIOKafka")]


def test_every_kafka_client_is_made_with_all_that_the_connection_asks_for() -> None:
    """One that is made with the bootstrap servers alone would forget TLS and the password."""
    made = {}
    for path in sorted((ROOT / "workers").glob("*.py")):
        for call in kafka_clients(ast.parse(path.read_text())):
            unpacked = [ast.unparse(word.value) for word in call.keywords if word.arg is None]
            named = {word.arg for word in call.keywords}
            made[f"{path.name}:{call.lineno}"] = "bootstrap_servers" not in named and any(
                said.endswith("onnection.options") for said in unpacked
            )
    assert len(made) >= 7, "the search finds them"
    assert [where for where, is_right in made.items() if not is_right] == []


def test_every_rule_file_is_listed() -> None:
    files = {path.stem for path in (ROOT / "domain/rules").glob("*.py")} - {"__init__"}
    assert files == {str(rule).split("'")[1].rsplit(".", 1)[1] for rule in ALL_RULES}


def test_every_rule_has_an_id_of_its_own_that_is_the_name_of_its_file() -> None:
    ids = [rule.RULE_ID for rule in ALL_RULES]
    assert len(ids) == len(set(ids))
    assert {rule_id.replace("-", "_") for rule_id in ids} == {
        path.stem for path in (ROOT / "domain/rules").glob("*.py")
    } - {"__init__"}


def test_every_regimen_file_is_listed() -> None:
    files = {path.stem for path in (ROOT / "domain/regimens").glob("*.py")} - {"__init__", "table"}
    source = ast.parse((ROOT / "domain/regimens/__init__.py").read_text())
    imported = {n.module for n in ast.walk(source) if isinstance(n, ast.ImportFrom) and n.module}
    assert {f"domain.regimens.{name}" for name in files} == imported - {"types"} and len(files) == len(ALL_REGIMENS)
    assert len({regimen.code for regimen in ALL_REGIMENS}) == len(ALL_REGIMENS)


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    packages = ("domain", "topics", "workers", "tests")
    lengths = {path: len(path.read_text().splitlines()) for name in packages for path in (ROOT / name).rglob("*.py")}
    assert {path.relative_to(ROOT).as_posix(): n for path, n in lengths.items() if n > MOST_LINES} == {}
