"""A short, seeded run of what `make fuzz` does for long: good messages, kept findings, and changes to both."""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.fuzz.mutations import PIECES, mutated
from tests.fuzz.targets import MOST_LEFT_BYTES, TARGETS, kept_inputs, memory_left

_CHANGES = 2_000  # of one target: some seconds
_LONGEST_SECONDS = 10.0  # for one input, on a machine that others use too: only what hangs is meant
NAMES = sorted(TARGETS)


def inputs(name: str) -> list[bytes]:
    return [*TARGETS[name].seeds, *kept_inputs(name)]


@pytest.mark.parametrize("name", NAMES)
def test_good_messages_and_what_was_found_once_are_read(name: str) -> None:
    for raw in (*inputs(name), *PIECES):
        TARGETS[name].check(raw)


@pytest.mark.parametrize("name", NAMES)
def test_changed_messages_raise_nothing_lose_nothing_and_do_not_hang(name: str) -> None:
    random = Random(name)
    known = inputs(name)
    for number in range(_CHANGES):
        raw = mutated(random.choice(known), random)
        began = time.monotonic()
        try:
            TARGETS[name].check(raw)
        except Exception as error:
            error.add_note(f"change {number} of the seeded run; the input: {raw[:2_000]!r}")
            raise
        assert time.monotonic() - began < _LONGEST_SECONDS, raw[:2_000]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_read_leaves_no_memory_taken(name: str) -> None:
    random = Random(name)
    known = inputs(name)
    changed = [mutated(random.choice(known), random) for _ in range(_CHANGES // 8)]
    assert memory_left(TARGETS[name], changed) < MOST_LEFT_BYTES
