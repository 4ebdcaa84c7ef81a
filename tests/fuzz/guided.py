"""The process in which one target is fuzzed by atheris (libFuzzer), which sees what each input reaches of our code.

Half of the changes to inputs are libFuzzer's own, to bits and bytes, and half those of `mutations`.
"""

from __future__ import annotations

import sys
from random import Random

import atheris  # the extra `fuzz`

with atheris.instrument_imports(include=["topics", "domain"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.mutations import mutated


def _changed(raw: bytes, longest: int, seed: int) -> bytes:
    return mutated(raw, Random(seed))[:longest] if seed % 2 else atheris.Mutate(raw, longest)


if __name__ == "__main__":
    program, target, *rest = sys.argv
    atheris.Setup([program, *rest], TARGETS[target].check, custom_mutator=_changed)
    atheris.Fuzz()  # ends the process
