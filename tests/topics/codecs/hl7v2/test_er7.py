"""ER7: line ends, frames, batches, separators, escapes and character sets."""

from __future__ import annotations

import pytest

from domain.facts import LabResult
from tests.topics.codecs.hl7v2.messages import (
    PATIENT,
    PLATELETS,
    fact_of,
    facts_of,
    feed,
    is_not_for_us,
    obx,
    oru,
    read,
    refused,
    result,
)
from topics.codecs.hl7v2.er7 import Message, messages_of
from topics.decoded import DeadLetter, Facts, NotForUs

GOOD = oru()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r", b"\r\n  "])
def test_every_line_end_gives_the_same_facts(end: bytes) -> None:
    assert read(GOOD.replace(b"\r", end)) == read(GOOD)


def test_line_ends_may_be_mixed_and_the_last_may_be_missing() -> None:
    first, rest = GOOD.split(b"\r", 1)
    assert facts_of(first + b"\n" + rest.rstrip(b"\r")) == facts_of(GOOD)


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\x0b", b"\xef\xbb\xbf\x0b", b"\r\n \n", b"\x0b\xef\xbb\xbf"])
@pytest.mark.parametrize("after", [b"", b"\x1c\r", b"\x1c", b"\n\n"])
def test_edge_19_a_byte_order_mark_and_the_frame_of_mllp_are_left_off(before: bytes, after: bytes) -> None:
    assert facts_of(before + GOOD + after) == facts_of(GOOD)


def test_two_frames_in_one_record_are_two_messages() -> None:
    other = oru(pid={3: "4712^^^HOSP&1.2.3.4&ISO^MR"})
    assert {
        one.patient_id for one in read(b"\x0b" + GOOD + b"\x1c\r\x0b" + other + b"\x1c\r") if isinstance(one, Facts)
    } == {
        PATIENT,
        "urn:oid:1.2.3.4|4712",
    }


def test_a_batch_is_read_message_by_message_and_a_bad_one_leaves_the_others() -> None:
    bad = oru(obx({6: "bushels"}))
    outcomes = read(b"FHS|^~\\&|X\rBHS|^~\\&|X\r" + GOOD + bad + b"MSH|\r" + b"BTS|3\rFTS|1\r")
    assert [type(one) for one in outcomes] == [Facts, DeadLetter, DeadLetter]
    assert [one.where for one in outcomes if isinstance(one, DeadLetter)] == ["MSH[2].OBX[1]-6", "MSH[3].MSH-2"]


def test_a_batch_of_nothing_is_not_for_us() -> None:
    assert read(b"FHS|^~\\&|X\rBHS|^~\\&|X\rBTS|0\rFTS|1\r") == (NotForUs("the message holds nothing"),)


@pytest.mark.parametrize("raw", [b"MSX|^~\\&|", b"", b"PID|1||4711\rMSH|^~\\&|a", b"MSH", b"MSHA^~\\&A"])
def test_what_does_not_begin_as_a_message_is_none(raw: bytes) -> None:
    with pytest.raises(Exception, match="no HL7 v2"):
        list(messages_of(raw))


@pytest.mark.parametrize("signs", ["", "^^^^", "^~\\A", "^^\\&", "^~^&"])
def test_separators_that_cannot_be_told_apart_are_refused(signs: str) -> None:
    raw = GOOD.replace(b"^~\\&", signs.encode(), 1)
    assert refused(raw).startswith("MSH-2: ")


def test_other_separators_are_taken_from_the_message() -> None:
    other = GOOD.translate(bytes.maketrans(b"|^~&", b"#@*$"))
    assert facts_of(other) == facts_of(GOOD)


def test_encoding_characters_that_are_left_out_or_doubled_are_as_usual() -> None:
    for signs in (b"^~", b"^~\\\\&", b"^~\\&#"):
        assert facts_of(GOOD.replace(b"^~\\&", signs, 1)) == facts_of(GOOD)


def test_text_that_ran_over_a_line_end_stays_in_its_field() -> None:
    raw = oru(obx({2: "ST", 5: "see\ncomment"}))
    assert refused(raw) == "OBX[1]-5: the text is no number, and no word that we know for why there is none"
    assert result({2: "ST", 5: "118", 8: "looked at\r\nby\n two people"}).status == "final"


def test_lines_that_are_no_segments_say_nothing() -> None:
    """Somebody's remarks in the file, as in the sample of the CDC."""
    raw = GOOD.replace(b"\rOBX", b"\rRemap the OBR\r# and so on\rOBX").rstrip(b"\r") + b"\nRemove the rest\n"
    assert facts_of(raw) == facts_of(GOOD)


def test_segments_that_nobody_reads_are_left_out() -> None:
    (one,) = messages_of(GOOD.replace(b"\rOBR", b"\rZZZ|1|OBX\rPV1|1\rOBR"))
    assert isinstance(one, Message)
    assert [segment.name for segment in one.segments] == ["PID", "OBR", "OBX"]


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        (r"10\S\9/L", "10^9/L"),
        (r"a\F\b\T\c\R\d\E\e", r"a|b&c~d\e"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ ", "bold "),
        (r"\X0D0A\\X41\ ", "\r\nA "),
        (r"\XC2B5\mol", "µmol"),
        (r"\XC3\ ", "\ufffd "),
        (r"\Zfoo\ \X4\ \Q\ ", r"\Zfoo\ \X4\ \Q\ "),
        (r"50% \ 60%", r"50% \ 60%"),
        ("\\", "\\"),
        (r"\E\F\E\ ", r"\F\ "),
    ],
)
def test_escapes_are_undone_and_what_is_none_stays(sent: str, plain: str) -> None:
    (one,) = messages_of(oru(obx({5: sent})).replace(b"\rOBX", b"\rNTE|1||x\rOBX"))
    assert isinstance(one, Message)
    segment = one.segments[-1]
    assert segment.plain(segment.sent(5)) == plain


def test_a_unit_with_an_escape_and_one_that_nobody_escaped_are_read() -> None:
    escaped, broken = result({**PLATELETS, 6: r"10\S\9/L"}), result({**PLATELETS, 6: "10^9/L"})
    assert isinstance(escaped, LabResult) and escaped == broken == result(PLATELETS)


MICRO = "µmol/L"
HOMOCYSTEINE = {3: "13965-9^Homocysteine^LN", 5: "12", 6: MICRO, 7: ""}


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("", "utf-8"),
        ("ASCII", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("", "latin-1"),
        ("ASCII~8859/1", "latin-1"),
        ("unicode utf-8 ", "utf-8"),
    ],
)
def test_the_micro_sign_is_read_in_every_character_set(charset: str, encoding: str) -> None:
    raw = oru(obx(HOMOCYSTEINE), msh={18: charset}).decode().encode(encoding)
    assert fact_of(raw).quantity.unit == "umol/L"


@pytest.mark.parametrize(("charset", "encoding"), [("UNICODE UTF-8", "latin-1"), ("GB 18030-2000", "utf-8")])
def test_edge_19_bytes_that_are_none_of_their_character_set_are_refused(charset: str, encoding: str) -> None:
    raw = oru(obx(HOMOCYSTEINE), msh={18: charset}).decode().encode(encoding)
    assert refused(raw).startswith("(message): its ")


def test_broken_bytes_of_a_message_that_is_not_for_us_are_nobodys_concern() -> None:
    raw = oru(obx({3: "2951-2^Natrium^LN"}), msh={18: "UNICODE UTF-8"}, pid={5: "M\xfcller"}).decode().encode("latin-1")
    assert is_not_for_us(raw)


def test_edge_19_nul_and_control_characters_in_a_number_are_refused() -> None:
    assert refused(oru(pid={3: "47\x0011^^^HOSP&1.2.3.4&ISO^MR"})).startswith("PID[1]-3: ")


@pytest.mark.parametrize(
    "many", [b"\r", b"\n", b" ", b"\r ", b"\\", b"|", b"^", b"~", b"&", b"OBX|", b"MSH|", b"\rMSH|"]
)
def test_edge_19_a_megabyte_of_one_sign_does_not_take_long(many: bytes) -> None:
    """Each of these once took, or could take, time that grows with the square of the length."""
    raw = GOOD + b"NTE|1||" + many * (900_000 // len(many)) + b"\rOBX|1"
    assert read(raw)
    assert facts_of(feed_of_one_note(many))


def feed_of_one_note(many: bytes) -> bytes:
    return GOOD if b"MSH" in many or b"OBX" in many else GOOD + b"NTE|1||" + many * 1_000


def test_the_header_may_name_the_feed() -> None:
    file = feed('zone = "Europe/London"')
    headers = [("b12watch-feed", b"lab"), ("content-type", b"application/hl7-v2; charset=utf-8")]
    assert fact_of(GOOD, feeds=file, headers=headers, topic="assessments").source == "lab"
