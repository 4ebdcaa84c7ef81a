"""Reading a haemoglobin at its edges: which doubt and which transfusion it names."""

from __future__ import annotations

from domain.facts import Comparator, Sex
from domain.haemoglobin import Reading, read
from tests.kit import LONDON, POLICY, date_of, haemoglobin, plan


def test_with_the_sex_unknown_a_value_that_is_not_exact_is_said_to_be_that() -> None:
    unknown = plan(0, sex=Sex.UNKNOWN)
    inexact = read(haemoglobin(0, 121, comparator=Comparator.LESS), [], unknown, POLICY, LONDON)
    assert (inexact.reading, str(inexact.doubt)) == (Reading.CANNOT_TELL, "the value is not exact")
    exact = read(haemoglobin(0, 121), [], unknown, POLICY, LONDON)
    assert (exact.reading, str(exact.doubt)) == (Reading.CANNOT_TELL, "the sex is unknown")


def test_of_two_transfusions_before_the_sample_the_newest_is_named() -> None:
    reading = read(haemoglobin(60, 140), [date_of(20), date_of(50), date_of(70)], plan(0), POLICY, LONDON)
    assert str(reading.doubt) == "red cells were transfused on 24 February 2026"
