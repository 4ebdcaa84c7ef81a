"""Runs mutants, each in a forked process of its own, with the tests that concern the mutated module.

Everything happens in a copy of the tree, so that files may be edited meanwhile, and nothing is ever written to one of
them: a mutant exists in the memory of one process.  What others wrote is imported once, before the forks; what is ours
is imported anew by each.  A limit on processor time, not on the clock, tells a mutant that never ends, so that a busy
machine makes no difference.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.mutation_check_mutants import GIVEN_NAMES, Mutant

OURS = ("domain", "topics", "workers", "tests")
_PYTEST = ("-q", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")
_NO_UNIT_TESTS = {"test_laws.py", "test_stepwise.py"}  # thousands of generated records for each mutant: days
_HOLES = "holes.yaml"  # beside the scenarios: what none of them reaches, and why
_TOO_SLOW = 3.0  # seconds of processor time: such a test file is run only for a module of its own name
_TESTS_OF_PACKAGE = {"policies": "policy", "regimens": "regimens"}
_LEAST_SECONDS, _TIMES_LONGER = 2, 5  # processor time that a stage of a mutant may take: against the same unchanged
_CRASHED = 99


class Outcome(Enum):
    KILLED = "killed"
    KILLED_BY_SCENARIO = "killed by a scenario"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(slots=True)
class Tree:
    """The copy in which mutants run; `seconds` that each usable test file or scenario takes.

    `red` are tests, or whole files and scenarios, that fail while nothing is changed: they say nothing about mutants.
    """

    root: Path
    workers: int
    seconds: dict[Path, float] = field(default_factory=dict)
    red: set[str] = field(default_factory=set)

    def usable(self, paths: Sequence[Path]) -> list[Path]:
        """Those that run while nothing is changed, the fastest first."""
        return sorted((p for p in paths if p in self.seconds), key=lambda p: (self.seconds[p], p))


def copy_of(root: Path, into: Path, workers: int) -> Tree:
    for name in OURS:
        if (root / name).is_dir():
            shutil.copytree(root / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", into)
    return Tree(into, workers)


def own_tests(module: str, tree: Tree) -> list[Path]:
    """The test files that bear the module's name, or the beginning of it, or more than it."""
    path = Path(module)
    name = _TESTS_OF_PACKAGE.get(path.parent.name, path.stem)
    found = []
    for test in _unit_tests(tree):
        about = test.stem.removeprefix("test_").removeprefix("edges_")
        if about == path.stem or f"{about}_".startswith(f"{name}_") or f"{name}_".startswith(f"{about}_"):
            found.append(test)
    return found


def related_tests(module: str, tree: Tree) -> list[Path]:
    """For a rule the files that name it; what all rules rest on concerns every file."""
    others = [test for test in _unit_tests(tree) if test not in own_tests(module, tree)]
    path = Path(module)
    if path.parent.name != "rules":
        return others
    names = (path.stem, path.stem.replace("_", "-"))
    return [test for test in others if any(name in (tree.root / test).read_text() for name in names)]


def _unit_tests(tree: Tree) -> list[Path]:
    found = sorted((tree.root / "tests" / "domain").glob("test_*.py"))
    return [path.relative_to(tree.root) for path in found if path.name not in _NO_UNIT_TESTS]


def scenarios(tree: Tree) -> list[Path]:
    found = sorted((tree.root / "tests" / "scenarios").rglob("*.yaml"))
    return [path.relative_to(tree.root) for path in found if path.name != _HOLES]


def measure_scenarios(tree: Tree) -> None:
    """Play all scenarios once unchanged, in one process, as `measure` does with test files."""
    stories, told = scenarios(tree), tree.root / "played"
    for _, _, seconds in _forked([partial(_first_play, tree, stories, told)], 1):
        passed = told.read_text().split() if told.exists() else []
        tree.seconds.update({path: seconds / len(stories) for path in stories if path.as_posix() in passed})
        tree.red.update(path.as_posix() for path in stories if path.as_posix() not in passed)


def _first_play(tree: Tree, stories: Sequence[Path], told: Path) -> int:
    """Leave the names of those that pass in a file."""
    _enter(tree.root)
    passed = []
    for story in stories:
        with contextlib.suppress(Exception):
            if _plays(story):
                passed.append(story.as_posix())
    told.write_text("\n".join(passed))
    return 0


def measure(tree: Tree, paths: Sequence[Path]) -> None:
    """Run test files once unchanged: what is red then can kill no mutant, and how long it takes sets the limit."""
    for index, status, seconds in _forked([partial(_first_run, tree, path) for path in paths], tree.workers):
        told = tree.root / _told(paths[index])
        failed = told.read_text().split("\n") if told.exists() else []
        if status == 0 or failed:
            tree.seconds[paths[index]] = seconds
            tree.red.update(failed)
        else:
            tree.red.add(paths[index].as_posix())


def _told(path: Path) -> str:
    return "red-" + "-".join(path.parts)


def _first_run(tree: Tree, path: Path) -> int:
    """Run all of it, and leave the names of the tests that fail in a file."""
    _enter(tree.root)
    failures = _Failures()
    code = _pytest(tree, str(path), plugin=failures)
    if failures.names and not failures.outside_tests:
        (tree.root / _told(path)).write_text("\n".join(failures.names))
    return code


def _pytest(tree: Tree, *arguments: str, plugin: object = None) -> int:
    import hypothesis
    import pytest

    # one example that fails is enough, and the same ones are tried for every mutant
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=phases)
    return int(pytest.main([*arguments, *_PYTEST, f"--rootdir={tree.root}"], plugins=[plugin] if plugin else []))


class _Failures:
    """A pytest plugin: the names of the tests that fail; `outside_tests` when something else does."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.outside_tests = False

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and report.nodeid not in self.names:
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        self.outside_tests = self.outside_tests or report.failed


def preload(tree: Tree, paths: Sequence[Path]) -> None:
    """Import here what one run imports, except what is ours: the forks need not do it again."""
    names = tree.root / "imported"
    for _ in _forked([partial(_tell_imports, tree, paths, names)], 1):
        pass
    for name in names.read_text().split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def run(tree: Tree, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, Outcome]]:
    """Each mutant with its outcome, as they end."""
    for index, status, _ in _forked([partial(_try, tree, mutant) for mutant in mutants], tree.workers):
        yield mutants[index], _outcome(status)


def _outcome(status: int) -> Outcome:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return Outcome.TIMED_OUT
    if status == 0:
        return Outcome.SURVIVED
    by_scenario = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 2
    return Outcome.KILLED_BY_SCENARIO if by_scenario else Outcome.KILLED


def _forked(works: Sequence[Callable[[], int]], workers: int) -> Iterator[tuple[int, int, float]]:
    """Run each in a process; gives its number, the status with which it ended and the processor time that it took."""
    waiting = list(enumerate(works))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            index, work = waiting.pop()
            running[_fork(work)] = index
        pid, status, used = os.wait4(-1, 0)
        yield running.pop(pid), status, used.ru_utime + used.ru_stime


def _fork(work: Callable[[], int]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = _CRASHED
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = work()
    finally:
        os._exit(code)  # never back into the loop of the parent, whatever happened


def _try(tree: Tree, mutant: Mutant) -> int:
    """0: survived; 1: a test killed it; 2: a scenario did."""
    sys.meta_path.insert(0, _MutantFinder(mutant, tree.root))
    related = [path for path in related_tests(mutant.path, tree) if tree.seconds.get(path, 0) <= _TOO_SLOW]
    for paths in (own_tests(mutant.path, tree), related, scenarios(tree)):
        usable = tree.usable(paths)
        _limit_processor_time(sum(tree.seconds[path] for path in usable))
        if _passes(tree, usable) != 0:
            return 2 if usable[0].suffix == ".yaml" else 1
    return 0


def _limit_processor_time(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = used.ru_utime + used.ru_stime + _LEAST_SECONDS + _TIMES_LONGER * seconds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(allowed), resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _passes(tree: Tree, paths: Sequence[Path]) -> int:
    """0 when these test files, or these scenarios, pass in this process."""
    _enter(tree.root)
    if not paths:
        return 0
    if paths[0].suffix == ".yaml":
        return 0 if all(_plays(path) for path in paths) else 1
    return _pytest(tree, "-x", *(f"--deselect={name}" for name in sorted(tree.red)), *map(str, paths))


def _plays(path: Path) -> bool:
    from workers.scenario import load_scenario
    from workers.scenario_play import differences

    return not list(differences(load_scenario(path)))


def _enter(root: Path) -> None:
    """Work in the copy: what is ours is imported from there, and forgotten if it was imported from elsewhere."""
    os.chdir(root)
    if sys.path[0] != str(root):
        sys.path.insert(0, str(root))
        for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
            del sys.modules[name]


def _tell_imports(tree: Tree, paths: Sequence[Path], into: Path) -> int:
    for path in paths:
        with contextlib.suppress(Exception):
            _passes(tree, [path])
    others = [name for name in sys.modules if name.split(".")[0] not in (*OURS, "__main__")]
    into.write_text("\n".join(others))
    return 0


class _MutantFinder(MetaPathFinder):
    """Gives the mutant where its module is imported."""

    def __init__(self, mutant: Mutant, root: Path) -> None:
        self._name = mutant.path.removesuffix(".py").replace("/", ".")
        self._path, self._code = str(root / mutant.path), mutant.code

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _MutantLoader(fullname, self._path, self._code)
        return spec_from_file_location(fullname, self._path, loader=loader)


class _MutantLoader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(GIVEN_NAMES)
        super().exec_module(module)
