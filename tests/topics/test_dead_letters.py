"""A dead letter goes to Kafka and comes back; key and value are the original's."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.dead_letters import (
    MOST_HEADER_BYTES,
    dead_letter_headers,
    headers_as_sent,
    mends,
    read_dead_letter,
    read_headers,
    read_mends,
    read_replayed,
    replayed_headers,
)
from topics.decoded import MOST_LETTERS, DeadLetter, Origin, dead_letter, dead_letters
from topics.problems import Refused, Whose

ORIGIN = Origin(
    topic="lab-results", partition=3, offset=41, timestamp=datetime(2026, 1, 5, 9, 30, 0, 123000, tzinfo=UTC)
)


def letter(raw: bytes | None, key: bytes | None = b"k", max_bytes: int = 1000) -> DeadLetter:
    return dead_letter(raw, origin=ORIGIN, key=key, where="unit", problem="unit '°' is unknown", max_bytes=max_bytes)


@given(st.none() | st.binary(max_size=50), st.none() | st.binary(max_size=50), st.integers(0, 60))
def test_a_dead_letter_comes_back_from_kafka(raw: bytes | None, key: bytes | None, max_bytes: int) -> None:
    dead = letter(raw, key, max_bytes)
    assert read_dead_letter(dead.key, dead.raw, dead_letter_headers(dead, app_version="0.1.0")) == dead


def test_the_headers_are_text_under_their_names() -> None:
    headers = dict(dead_letter_headers(letter(b"{}"), app_version="0.1.0"))
    assert headers == {
        "b12watch-schema-version": b"1",
        "b12watch-origin-topic": b"lab-results",
        "b12watch-origin-partition": b"3",
        "b12watch-origin-offset": b"41",
        "b12watch-origin-timestamp": b"2026-01-05T09:30:00.123000Z",
        "b12watch-stage": b"decode",
        "b12watch-where": b"unit",
        "b12watch-problem": "unit '°' is unknown".encode(),
        "b12watch-done": b"kept as a dead letter; nothing was read from it",
        "b12watch-size": b"2",
        "b12watch-sha256": hashlib.sha256(b"{}").hexdigest().encode(),
        "b12watch-app-version": b"0.1.0",
    }


def test_headers_of_others_are_passed_over() -> None:
    headers = (("traceparent", b"\xff"), *dead_letter_headers(letter(b"{}"), app_version="0.1.0"), ("x", None))
    assert read_headers(headers).app_version == "0.1.0"


OWN = st.lists(
    st.tuples(st.sampled_from(["content-type", "x", "b12watch-feed", "b12watch-mends"]), st.binary(max_size=9))
)


@given(OWN)
def test_the_messages_own_headers_are_kept_as_they_came(own: list[tuple[str, bytes]]) -> None:
    headers = dead_letter_headers(letter(b"{}"), app_version="0.1.0", sent=own)
    assert headers_as_sent(headers) == tuple(own)
    assert read_dead_letter(b"k", b"{}", headers) == letter(b"{}")


@pytest.mark.parametrize(("size", "kept"), [(MOST_HEADER_BYTES - 1, True), (MOST_HEADER_BYTES, False)])
def test_headers_that_would_leave_no_room_are_left_out_and_that_is_said(size: int, kept: bool) -> None:
    headers = dead_letter_headers(letter(b"{}"), app_version="0.1.0", sent=[("x", b"y" * size)])
    assert len(headers_as_sent(headers)) == kept
    assert ("its headers (more than 16384 bytes) were not kept" in read_headers(headers).done) != kept


def test_a_message_cannot_pretend_to_be_from_elsewhere() -> None:
    own = [("b12watch-origin-topic", b"elsewhere"), ("b12watch-patient", b"bob"), ("b12watch-replayed-topic", b"x")]
    headers = dead_letter_headers(letter(b"{}"), app_version="0.1.0", sent=own)
    assert read_headers(headers).origin_topic == "lab-results"
    assert headers_as_sent(headers) == ()
    with pytest.raises(ValueError, match="replayed"):
        read_replayed(headers)


def test_whom_it_is_about_stands_in_headers_of_its_own_and_goes_with_what_is_sent_again() -> None:
    about = (Whose("ann lee", "lab-result/lis/1", 2), Whose("bob"))
    dead = dead_letter(b"{}", origin=ORIGIN, key=None, where="unit", problem="none", whose=about)
    again = read_dead_letter(None, b"{}", dead_letter_headers(dead, app_version="0.1.0"))
    assert [who.patient_id for who in again.whose] == ["ann lee", "bob"]
    told = read_mends(mends(ORIGIN, [who.patient_id for who in (*again.whose, *again.whose)]))
    assert told == [("lab-results/3/41", "ann lee"), ("lab-results/3/41", "bob")], "each once"
    assert read_mends(mends(ORIGIN, [])) == [("lab-results/3/41", "")], "it is told from where it comes all the same"


def test_what_was_sent_again_is_said_by_origin() -> None:
    headers = replayed_headers(ORIGIN, app_version="0.1.0")
    assert read_replayed(headers).place == ORIGIN.place == "lab-results/3/41"
    with pytest.raises(ValueError, match="validation errors"):
        read_headers(headers)


@pytest.mark.parametrize("missing", range(12))
def test_a_message_without_one_of_the_headers_is_no_dead_letter(missing: int) -> None:
    headers = list(dead_letter_headers(letter(b"{}"), app_version="0.1.0"))
    del headers[missing]
    with pytest.raises(ValueError, match="1 validation error"):
        read_headers(headers)


def test_a_dead_letter_of_an_unknown_schema_is_refused() -> None:
    headers = dict(dead_letter_headers(letter(b"{}"), app_version="0.1.0")) | {"b12watch-schema-version": b"2"}
    with pytest.raises(ValueError, match="b12watch-schema-version"):
        read_headers(headers.items())


@pytest.mark.parametrize(
    ("max_bytes", "raw", "key"), [(4, b"123", b"k"), (3, None, b"k"), (1, None, b"k"), (0, None, None)]
)
def test_key_and_value_are_kept_up_to_the_limit_itself(max_bytes: int, raw: bytes | None, key: bytes | None) -> None:
    dead = letter(b"123", b"k", max_bytes)
    assert (dead.raw, dead.key) == (raw, key)
    assert (dead.size, dead.sha256) == (3, hashlib.sha256(b"123").hexdigest())
    assert ("without its bytes" in dead.done) == (raw is None)


def test_no_value_and_an_empty_value_are_told_apart() -> None:
    assert (letter(None).raw, letter(b"").raw) == (None, b"")


def test_a_key_that_is_too_long_is_left_out_and_that_is_said() -> None:
    dead = dead_letter(b"x", origin=ORIGIN, key=b"k" * 20, where="(message)", problem="broken", max_bytes=10)
    assert (dead.key, dead.raw) == (None, b"x")
    assert "without its key" in dead.done


def test_of_a_message_of_many_mistakes_the_last_letter_counts_the_others() -> None:
    """A batch of a megabyte can hold two hundred thousand; each was a record, and a digest of the whole message."""
    many = [Refused(f"part.{number}", "bad") for number in range(MOST_LETTERS + 7)]
    letters = dead_letters(b"raw", many, origin=ORIGIN, key=None, others_read=False)
    assert len(letters) == MOST_LETTERS + 1
    assert [one.raw for one in letters if isinstance(one, DeadLetter)] == [b"raw", *[None] * MOST_LETTERS]
    last = letters[-1]
    assert isinstance(last, DeadLetter) and last.problem == "7 more things are wrong"
    exactly = dead_letters(b"raw", many[:MOST_LETTERS], origin=ORIGIN, key=None, others_read=False)
    assert exactly == letters[:MOST_LETTERS]
    assert dead_letters(b"raw", [], origin=ORIGIN, key=None, others_read=True) == ()
