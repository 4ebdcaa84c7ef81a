"""Messages that other people wrote (tests/topics/samples/hl7v2 says who)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.facts import ResultStatus, rank
from tests.topics.codecs.hl7v2.messages import fact_of, feed, is_not_for_us, read, refused
from topics.decoded import DeadLetter, NotForUs

SAMPLES = Path(__file__).parents[2] / "samples/hl7v2"
FILES = sorted(SAMPLES.glob("*.hl7"))
WEEK_AS_PLATELETS = feed(
    'units = { platelets = "10*9/L" }',
    "[[feeds.lab.tests]]",
    'system = "loinc"\ncode = "77991-8"\nanalyte = "platelets"',
)
"""The report has no test of ours: its week of the year (SN, without unit and time) is read as if it were one."""


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_the_report_of_corrections_stands_over_the_one_that_it_corrects_in_either_order() -> None:
    """OBR-25 is C while every OBX-11 is F, MSH-7 is the same in both, and OBR-22 tells which one is newer."""
    first: Any = fact_of(sample("TC01.hl7"), feeds=WEEK_AS_PLATELETS)
    corrected: Any = fact_of(sample("TC06_corrects_TC01.hl7"), feeds=WEEK_AS_PLATELETS)
    assert first.fact_id == corrected.fact_id
    assert (first.status, corrected.status) == (ResultStatus.FINAL, ResultStatus.CORRECTED)
    assert first.version < corrected.version
    assert first.time == corrected.time, "OBR-7, by the offset of MSH-7"
    assert max(first, corrected, key=rank) is max(corrected, first, key=rank) is corrected


def test_units_that_are_none_are_kept_for_people() -> None:
    """Haemoglobin in g/l-1; platelets under the code of their morphology, which is not for us."""
    assert refused(sample("LAB-ORU-2.hl7")) == "OBX[6]-6: the unit is none that we know for haemoglobin"


@pytest.mark.parametrize("name", ["TC01.hl7", "IZ_1_1.1_Admin_Child_Max_Message.hl7", "sample_win.hl7"])
def test_what_names_nothing_of_ours_is_not_for_us(name: str) -> None:
    assert is_not_for_us(sample(name))


def test_the_micro_sign_of_a_sample_is_read() -> None:
    glycine = feed('[[feeds.lab.tests]]\nsystem = "LN"\ncode = "47633-3"\nanalyte = "homocysteine"')
    assert "under what is possible" in refused(sample("008_ORU_R01_micro_character_encoding.hl7"), feeds=glycine)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_every_sample_is_read_alike_with_every_line_end(path: Path, end: bytes) -> None:
    raw = path.read_bytes()
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    outcomes, others = read(raw), read(end.join(lines))
    assert [_shown(one) for one in outcomes] == [_shown(one) for one in others]


def _shown(one: object) -> object:
    return (one.where, one.problem) if isinstance(one, DeadLetter) else (one, isinstance(one, NotForUs))
