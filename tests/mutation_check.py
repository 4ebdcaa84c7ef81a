"""Whether the tests notice when a comparison or a threshold of the domain is another: `make mutants`.

    python -m tests.mutation_check                          all of the modules below
    python -m tests.mutation_check --quick 200 --seed 7     that many of their mutants, chosen by the seed
    python -m tests.mutation_check --module domain/rules/injection_overdue.py

Changes each comparison, limit, `and`, `or`, `not`, min and max, one at a time, and runs the tests of the module: those
that bear its name, then those that name it, then the scenarios.  Prints a table and names every mutant that no test
noticed.  A survivor is either a test that is missing or a change that makes no difference; only a reader can tell.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.mutation_check_mutants import Mutant, mutants_of
from tests.mutation_check_runs import (
    Outcome,
    Tree,
    copy_of,
    measure,
    measure_scenarios,
    own_tests,
    preload,
    related_tests,
    run,
    scenarios,
)

ROOT = Path(__file__).parents[1]
MODULES = (
    "domain/rules",
    "domain/regimens",
    "domain/policies",
    "domain/comparison.py",
    "domain/counting.py",
    "domain/doses.py",
    "domain/haemoglobin.py",
    "domain/loading.py",
    "domain/phases.py",
    "domain/schedule.py",
    "domain/steps.py",
)
_SAY_EVERY = 100
Results = dict[Mutant, Outcome]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 when fewer than `--at-least` percent were killed, or nothing could be tried."""
    asked = _asked(arguments)
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        tree = copy_of(asked.root, Path(place).resolve(), asked.workers)
        mutants = _chosen(tree, asked)
        modules = sorted({mutant.path for mutant in mutants})
        _prepare(tree, modules)
        results = _tried(tree, mutants)
    print("\n".join(_report(results, tree)))
    killed = 100 * sum(outcome is not Outcome.SURVIVED for outcome in results.values())
    return 0 if results and killed >= asked.at_least * len(results) else 1


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutation_check", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--module", action="append", metavar="PATH", help="a file or a folder of the domain")
    parser.add_argument("--quick", type=int, nargs="?", const=200, metavar="N", help="only N mutants (200)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the mutants of --quick")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--at-least", type=float, default=0, metavar="PERCENT", help="exit code 1 when fewer are killed"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _chosen(tree: Tree, asked: argparse.Namespace) -> list[Mutant]:
    mutants = [mutant for path in _files(tree, asked.module or MODULES) for mutant in _mutants_in(tree, path)]
    return sample(mutants, asked.quick, asked.seed)


def sample(mutants: list[Mutant], count: int | None, seed: int) -> list[Mutant]:
    """So many of them, the same for the same seed; None, or as many as there are: all."""
    if count is None or count >= len(mutants):
        return mutants
    return [mutants[n] for n in sorted(random.Random(seed).sample(range(len(mutants)), count))]


def _files(tree: Tree, modules: Iterable[str]) -> list[Path]:
    """Raises: SystemExit where a path is neither a file nor a folder."""
    found: list[Path] = []
    for module in modules:
        path = tree.root / module
        if not path.exists():
            raise SystemExit(f"{module}: no such file or folder")
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path for path in found if path.name != "__init__.py"]


def _mutants_in(tree: Tree, path: Path) -> Iterable[Mutant]:
    return mutants_of(path.read_text(encoding="utf-8"), path.relative_to(tree.root).as_posix())


def _prepare(tree: Tree, modules: Sequence[str]) -> None:
    needed = {test for module in modules for test in (*own_tests(module, tree), *related_tests(module, tree))}
    preload(tree, [*sorted(needed)[:1], *scenarios(tree)[:1]])
    measure(tree, sorted(needed))
    measure_scenarios(tree)


def _tried(tree: Tree, mutants: Sequence[Mutant]) -> Results:
    """The outcome of each, in the order of the files."""
    results: Results = {}
    for mutant, outcome in run(tree, mutants):
        results[mutant] = outcome
        if len(results) % _SAY_EVERY == 0:
            print(f"{len(results)} of {len(mutants)}", file=sys.stderr, flush=True)
    return {mutant: results[mutant] for mutant in mutants}


def _report(results: Results, tree: Tree) -> Iterable[str]:
    if tree.red:
        yield "fail while nothing is changed, so left out: " + ", ".join(sorted(tree.red))
    width = max((len(mutant.path) for mutant in results), default=0)
    yield f"{'file':<{width}}  mutants  killed  (by scenarios alone)  timed out  survived"
    for path in sorted({mutant.path for mutant in results}):
        yield _row(path, width, [outcome for mutant, outcome in results.items() if mutant.path == path])
    yield _row("all", width, list(results.values()))
    survivors = [mutant for mutant, outcome in results.items() if outcome is Outcome.SURVIVED]
    if survivors:
        yield "survived:"
    yield from map(str, survivors)


def _row(name: str, width: int, outcomes: list[Outcome]) -> str:
    counts = Counter(outcomes)
    by_scenario, timed_out = counts[Outcome.KILLED_BY_SCENARIO], counts[Outcome.TIMED_OUT]
    survived = counts[Outcome.SURVIVED]
    killed = counts[Outcome.KILLED] + by_scenario
    share = f"{100 * (len(outcomes) - survived) / max(len(outcomes), 1):.0f} %"
    return (
        f"{name:<{width}}  {len(outcomes):>7}  {killed:>6}  {by_scenario:>20}  {timed_out:>9}  {survived:>8}  {share}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
