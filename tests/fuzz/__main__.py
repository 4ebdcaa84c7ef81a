"""Fuzzing of one codec, guided by what of it the inputs reach: python -m tests.fuzz TARGET --corpus FOLDER

The corpus is our own good messages, those of the folders that are of the target's format, and kept findings.  An input
under which something does not hold (`targets`), or that takes too long or too much memory, is written to `build/fuzz`,
and the exit code is not 0.  At the end every input that reached something new is read three times, and what the last
time leaves of memory is told: next to nothing.  A finding is kept, with the mending, in `tests/fuzz/kept/TARGET`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.targets import LONGEST, MOST_LEFT_BYTES, TARGETS, Target, kept_inputs, memory_left
from topics.codecs.source_message import format_of

_SECONDS_OF_ONE_INPUT = 5  # under a tracer, on a machine that others use too
_MOST_MEGABYTES = 1_024
_FOUND = Path("build/fuzz")


def main() -> int:
    options = _options()
    target = TARGETS[options.target]
    _FOUND.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        given = _write_corpus(Path(folder), options.target, options.corpus)
        print(f"{options.target}: {given} inputs to begin with, {options.seconds} s, seed {options.seed}", flush=True)
        guided = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.guided", options.target, folder),
                *(f"-max_total_time={options.seconds}", f"-seed={options.seed}", f"-max_len={LONGEST}"),
                *(f"-timeout={_SECONDS_OF_ONE_INPUT}", f"-rss_limit_mb={_MOST_MEGABYTES}"),
                *(f"-artifact_prefix={_FOUND}/{options.target}-", "-print_final_stats=1"),
            ],
            check=False,
        )
        reached = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    return guided.returncode or _memory(target, reached)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder of messages")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _write_corpus(folder: Path, name: str, sources: Sequence[Path]) -> int:
    """One file for each input; what is too long to be changed is read here, as it is."""
    target = TARGETS[name]
    number = 0
    for raw in (*target.seeds, *kept_inputs(name), *_messages(target, sources)):
        if len(raw) > LONGEST:
            target.check(raw)
            continue
        (folder / f"{number:04}").write_bytes(raw)
        number += 1
    return number


def _messages(target: Target, sources: Sequence[Path]) -> Iterator[bytes]:
    for path in sorted(path for source in sources for path in source.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        if format_of(raw, "") in target.formats:
            yield raw


def _memory(target: Target, inputs: Sequence[bytes]) -> int:
    left = memory_left(target, inputs)
    print(f"{len(inputs)} inputs read three times: {left} bytes of memory left by the last")
    return int(left > MOST_LEFT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
