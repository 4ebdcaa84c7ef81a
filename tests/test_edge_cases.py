"""Each of the 40 edge cases of intake (clinical reference, section 5.6) has a test with its number in the name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CODECS = TESTS / "topics" / "codecs"
SHARED = (TESTS / "topics" / "meaning", TESTS / "workers", TESTS / "domain")
CASES = frozenset(range(1, 41))
_NAME = re.compile(r"^(?:async )?def test_edge((?:_\d\d)+)_[a-z]", re.MULTILINE)


def cases_in(*places: Path) -> frozenset[int]:
    """The numbers in the names of all tests of these folders: `test_edge_04_05_a_correction_...`."""
    return frozenset(number for place in places for path in place.rglob("test_*.py") for number in _cases(path))


def _cases(path: Path) -> Iterable[int]:
    for found in _NAME.finditer(path.read_text(encoding="utf-8")):
        yield from (int(number) for number in found[1].strip("_").split("_"))


@pytest.mark.parametrize("format_name", ["fhir", "hl7v2"])
def test_every_edge_case_has_a_test_of_the_format_or_of_what_all_formats_share(format_name: str) -> None:
    assert cases_in(CODECS / format_name, *SHARED) == CASES


def test_every_name_of_an_edge_case_is_understood() -> None:
    named = re.compile(r"def test_edge_\w+")
    for path in TESTS.rglob("test_*.py"):
        for found in named.findall(path.read_text(encoding="utf-8")) if path != Path(__file__) else ():
            assert re.fullmatch(r"def test_edge(_\d\d)+_[a-z]\w+", found), f"{path.name}: {found}"
