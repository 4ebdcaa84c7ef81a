"""Keys of the changelog name one fact of one patient, or the partition, and never two things."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.topics.strategies import TEXT
from topics.schemas.changelog import PARTITION_KEY, changelog_key


@given(st.lists(st.tuples(TEXT, TEXT), unique=True, max_size=5))
def test_two_facts_or_two_patients_never_share_a_key(pairs: list[tuple[str, str]]) -> None:
    assert len({changelog_key(patient_id, fact_id) for patient_id, fact_id in pairs}) == len(pairs)


def test_a_slash_in_a_patient_id_makes_no_other_patients_key() -> None:
    assert changelog_key("a/b", "c") != changelog_key("a", "b/c")


@given(TEXT, TEXT)
def test_no_patients_key_is_the_partitions_own(patient_id: str, fact_id: str) -> None:
    assert changelog_key(patient_id, fact_id) != PARTITION_KEY


def test_the_key_of_a_fact_is_this_for_ever() -> None:
    """Another key for the same fact would leave the old entry in the compacted topic, and bring it back."""
    assert changelog_key("p1", "lab-result/lis/1") == b"p1/8f732be14e4afd994274730fd7578f35"
