"""The early look drops nothing that is for us, and whatever bytes come, one of three outcomes leaves the codec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.topics.codecs.hl7v2.messages import (
    ASPIRIN,
    MSH,
    OBX,
    ORC,
    PID,
    PLATELETS,
    READ_AT,
    RXA,
    RXR,
    message,
    obx,
    omp,
    oru,
    ras,
    rde,
    segment,
)
from topics.codecs.clinical_event import encode_fact
from topics.codecs.hl7v2.early import EarlyLook
from topics.codecs.hl7v2.message import Hl7Reader
from topics.decoded import DeadLetter, Facts, NotForUs, Origin, Outcomes
from topics.meaning.feeds import Feeds, read_feeds

FEEDS = read_feeds(
    '[feeds.lab]\ntopics = ["lab-results"]\nzone = "Europe/London"\n[[feeds.lab.tests]]\nsystem = "L"\ncode = "Hb 1"\n'
    'analyte = "haemoglobin"\n[feeds.other]\n'
    '[[feeds.other.tests]]\nsystem = "L"\ncode = "Häm"\nanalyte = "haemoglobin"\n'
)
READERS = (Hl7Reader(Feeds()), Hl7Reader(FEEDS))
ORIGIN = Origin(topic="lab-results", partition=0, offset=0, timestamp=READ_AT)
OTHER = oru(obx({3: "2951-2^Natrium^LN"}))
SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "samples/hl7v2").glob("*.hl7"))]
ADT = message(segment("MSH", {**MSH, 9: "ADT^A08"}), segment("PID", PID))
MERGE = message(segment("MSH", {**MSH, 9: "ADT^A40"}), segment("PID", PID))
ORDERS = [rde(), omp(), rde({2: ASPIRIN}), omp({1: ASPIRIN})]
BASES = [oru(), oru(obx(), obx(PLATELETS)), OTHER, ras(), ras({5: ASPIRIN}), ADT, MERGE, *ORDERS, *SAMPLES]
PIECES = st.sampled_from(
    [
        *(b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b" ", b"\t", b'""', b"\x0b", b"\x1c", b"\x00", b"\xff", b"\xc3"),
        *(b"MSH|^~\\&|", b"MSH", b"OBX|", b"\rOBX|1|NM|718-7^x^LN||118|g/L", b"RXA|", b"\rPID|", b"FHS|", b"BTS|1"),
        *(b"718-7", b"7\\X31\\8-7", b"\\S\\", b"LN", b"HB", b"Hb 1", "Häm".encode(), "Häm".encode("latin-1"), b"5514"),
        *(
            b"ORU^R01",
            b"RAS^O17",
            b"ADT^A40",
            b"8859/1",
            b"UTF-16",
            b"urn:b12watch:analyte",
            b"haemoglobin",
            b"C",
            b"D",
        ),
        *(b"20260105", b"2026", b"+0100", b"NM", b"SN", b"<", b"-1", b"9" * 40, b"\xc2\xa0", b"\xef\xbb\xbf", b"2.5"),
    ]
)


def both(raw: bytes, reader: Hl7Reader) -> tuple[Outcomes, Outcomes]:
    return reader.decode("lab-results", raw, origin=ORIGIN), reader.decode_in_full("lab-results", raw, origin=ORIGIN)


def check(raw: bytes) -> None:
    """One of three outcomes; what is dropped early is not for us by the full way; what is read can be forwarded."""
    for reader in READERS:
        outcomes, in_full = both(raw, reader)
        assert outcomes and in_full
        if outcomes != in_full:
            assert all(isinstance(one, NotForUs) for one in (*outcomes, *in_full)), (outcomes, in_full)
        for one in outcomes:
            assert isinstance(one, Facts | NotForUs | DeadLetter)
            if isinstance(one, Facts):
                assert all(encode_fact(one.patient_id, fact) for fact in one.facts)


def mutated(draw: Any) -> bytes:
    raw = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(raw)))
        cut = draw(st.sampled_from([0, 0, 1, 2, 8, 60]))
        raw = raw[:at] + draw(PIECES | st.binary(max_size=3)) + raw[at + cut :]
    return bytes(raw)


@settings(max_examples=600, deadline=None)
@given(st.composite(mutated)())
def test_a_mutated_message_gives_one_of_three_outcomes_early_and_in_full(raw: bytes) -> None:
    check(raw)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.lists(PIECES, max_size=40).map(b"".join).map(lambda raw: b"MSH|^~\\&|" + raw))
@example(b"\x0bMSH|^~\\&|||||||ORU^R01\rOBX|1|NM\x0bOBX|2|NM|718-7^x^LN")
def test_any_bytes_give_one_of_three_outcomes_early_and_in_full(raw: bytes) -> None:
    check(raw)


FIELD = st.text("01239.<>-+ABCFL^~&\\ ", max_size=12) | st.sampled_from(
    ["718-7^x^LN", "NM", "SN", "g/L", "F", "W", "20260105", "202601051030", "118", "<^5", "IM", "CP", "5514^^RXNORM"]
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([("OBX", OBX), ("RXA", RXA), ("PID", PID), ("ORC", ORC), ("RXR", RXR), ("MSH", MSH)]),
    st.dictionaries(st.integers(3, 25), FIELD, max_size=4),
)
def test_any_text_in_any_field_gives_one_of_three_outcomes(base: tuple[str, dict[int, str]], changes: Any) -> None:
    name, fields = base
    changed = segment(name, {**fields, **changes})
    for raw in (oru(), ras()):
        lines = raw.decode().split("\r")
        check("\r".join(changed if line.startswith(name) else line for line in lines).encode())


@pytest.mark.parametrize(
    "raw", [OTHER, ADT, ras({5: "1191^Aspirin^RXNORM"}), oru(obx({3: "2951-2"}), msh={18: "8859/1"})]
)
def test_what_names_nothing_of_ours_is_dropped_early(raw: bytes) -> None:
    assert EarlyLook(Feeds()).look(raw) is not None
    assert EarlyLook(FEEDS).look(raw) is not None


@pytest.mark.parametrize(
    "raw",
    [
        oru(),
        ras(),
        MERGE,
        oru(obx({3: r"7\X31\8-7^x^LN"})),
        oru(obx({3: "X^x^L^718-7^x^LN"})),
        oru(obx({3: "X&718-7^x^LN"})),
        oru(obx({3: "haemoglobin^^urn:b12watch:analyte"})),
        OTHER + OTHER,
        b"FHS|^~\\&|\r" + OTHER,
        OTHER.replace(b"^~\\&", b"^~\\@"),
        OTHER.replace(b"OBX|1|NM", b"OBX|1\n|NM"),
        oru(obx({3: "2951-2"}), msh={18: "UNICODE UTF-16"}),
        oru(msh={9: "ORU R01"}),
    ],
)
def test_what_is_ours_or_unusual_is_read_in_full(raw: bytes) -> None:
    assert EarlyLook(Feeds()).look(raw) is None


def test_codes_of_every_feed_are_looked_for() -> None:
    assert EarlyLook(FEEDS).look(oru(obx({3: "Hb 1^x^L"}))) is None
    assert EarlyLook(FEEDS).look(oru(obx({3: "Hb1^x^L"}))) is None, "blanks are left out of both"
    assert EarlyLook(FEEDS).look(oru(obx({3: "Häm^x^L"}))) is None
    assert EarlyLook(FEEDS).look(oru(obx({3: "Häm^x^L"})).decode().encode("latin-1")) is None
    assert EarlyLook(Feeds()).look(oru(obx({3: "Hb 1^x^L"}))) is not None


def test_the_memory_of_codes_is_bounded() -> None:
    look = EarlyLook(Feeds())
    for number in range(20_500):
        assert look.look(oru(obx({3: f"X{number}^x^L"}))) is not None
    assert len(look._unread) <= 20_000
