"""The replayable log: every record comes back byte for byte; no line stops the reading."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.log_file import BadLine, read_log, write_line
from workers.records import InputRecord

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
JSON_LIKE = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ).flatmap(
        lambda content: st.builds(
            lambda indent, ascii_only: json.dumps(content, indent=indent, ensure_ascii=ascii_only),
            st.sampled_from([None, 0, 1, "\t"]),
            st.booleans(),
        )
    ),
    st.text(alphabet='{}[]":,\\ \n\t\u2028\x85\ufeff0125.eEn-ü', max_size=20),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
RECORDS = st.builds(
    InputRecord,
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    timestamp=st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    key=st.none() | st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")),
    value=st.none() | st.binary() | JSON_LIKE,
    headers=st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.binary())).map(tuple),
)


def record(value: bytes | None) -> InputRecord:
    return InputRecord(topic="lab-results", partition=0, offset=0, timestamp=AT, key=b"p1", value=value)


def line(**members: object) -> str:
    return json.dumps({"topic": "lab-results", "timestamp": "2026-01-05T09:30:00Z", "value": {}} | members)


def read_one(text: bytes | str) -> InputRecord | BadLine:
    (only,) = read_log([text])
    return only


def problem_of(text: bytes | str) -> str:
    bad = read_one(text)
    assert isinstance(bad, BadLine), bad
    return bad.problem


def record_of(text: bytes | str) -> InputRecord:
    read = read_one(text)
    assert isinstance(read, InputRecord), read
    return read


@given(RECORDS)
@example(record(b'{"value":12.50}'))
@example(record(b'{ "value" : 12.50 }\r\n'))
@example(record(b'{"a":1,"a":2}'))
@example(record(b'{"a":NaN}'))
@example(record(b'{"a":"\\ud800"}'))
@example(record('{"a":"\u2028\x85"}'.encode()))
@example(record(b"[" * 900 + b"]" * 900))
@example(record(b"[" * 200_000))
@example(record(b'{"a":"' + b'\\"' * 200_000))
@example(record(b'{"a":1' + b"0" * 5000 + b"}"))
@example(record(b"\xef\xbb\xbf{}"))
@example(record(b""))
def test_every_record_comes_back_byte_for_byte(original: InputRecord) -> None:
    text = write_line(original)
    assert text.splitlines() == [text.removesuffix("\n")], "one line, whoever splits it"
    assert record_of(text) == original
    assert record_of(text.encode()) == original


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")) | JSON_LIKE)
def test_no_bytes_stop_the_reading(rubbish: bytes) -> None:
    whole = line(offset=7)
    assert list(read_log([rubbish, whole]))[-1] == record_of(whole)


def test_a_json_value_is_written_as_an_object_so_that_a_person_can_read_it() -> None:
    assert json.loads(write_line(record(b'{"value":12.5}')))["value"] == {"value": 12.5}


def test_a_line_is_what_the_table_says() -> None:
    told = InputRecord("lab-results", 2, 7, AT, b"p1", b'{"a":1.50}', (("h", b"x"), ("h", b"\xff")))
    assert write_line(told) == (
        '{"topic":"lab-results","partition":2,"offset":7,"timestamp":"2026-01-05T09:30:00Z","key":"p1",'
        '"headers":[["h","x"],["h",{"base64":"/w=="}]],"value":{"a":1.50}}\n'
    )


def test_numbers_and_strings_of_a_value_stay_as_they_were_written() -> None:
    text = line().replace("{}", '{ "a" : 12.50 , "b" : [ 1E5, -0 ], "c": "x  \\u00e9 \\"y\\" z" }')
    assert record_of(text).value == b'{"a":12.50,"b":[1E5,-0],"c":"x  \\u00e9 \\"y\\" z"}'


def test_what_is_left_out_has_its_default() -> None:
    read = record_of(line())
    assert (read.partition, read.offset, read.key, read.headers) == (0, 0, None, ())


def test_offsets_left_out_go_on_from_the_last_of_their_partition() -> None:
    lines = [line(), line(partition=1), line(offset=41), "rubbish", line(), line(partition=1), line(topic="other")]
    offsets = [read.offset for read in read_log(lines) if isinstance(read, InputRecord)]
    assert offsets == [0, 0, 41, 42, 1, 0]


@pytest.mark.parametrize(
    "timestamp",
    ["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.000000+00:00", "2026-01-05T11:30+02:00", 1_767_605_400_000],
)
def test_a_log_time_has_many_forms_and_is_kept_in_utc(timestamp: object) -> None:
    read = record_of(line(timestamp=timestamp))
    assert (read.timestamp, read.timestamp.utcoffset()) == (AT, timedelta(0))


@pytest.mark.parametrize(
    "timestamp",
    ["2026-01-05T09:30:00", "2026-01-05", "yesterday", "", None, True, 1.5, 10**30, "0001-01-01T00:00:00+14:00"],
)
def test_a_log_time_without_offset_and_other_rubbish_are_refused(timestamp: object) -> None:
    assert problem_of(line(timestamp=timestamp)).startswith("timestamp: ")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"a": "x", "b": {"base64": "/w=="}}, (("a", b"x"), ("b", b"\xff"))),
        ([["a", "x"], ["a", "ü"]], (("a", b"x"), ("a", "ü".encode()))),
        ([], ()),
    ],
)
def test_headers_are_an_object_or_a_list_of_pairs(headers: object, expected: object) -> None:
    assert record_of(line(headers=headers)).headers == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), ("", b""), ("MSH|^~\\&|\r", b"MSH|^~\\&|\r"), ([1, 2], b"[1,2]")]
)
def test_a_value_is_json_text_or_a_tombstone(value: object, expected: bytes | None) -> None:
    assert record_of(line(value=value)).value == expected


def test_base64_carries_bytes_that_are_not_utf_8() -> None:
    read = record_of('{"topic": "t", "timestamp": 0, "key_base64": "/w==", "value_base64": "/v8="}')
    assert (read.key, read.value) == (b"\xff", b"\xfe\xff")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rubbish", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("{", "not JSON"),
        ("{}", "topic: missing"),
        ("{1: 2}", "not JSON: a name is wanted"),
        ('{"topic" "t"}', "not JSON: ':' is wanted at character 9"),
        ('{"topic": "t",}', "not JSON"),
        (line() + "x", "something follows"),
        ('{"topic": "t", "timestamp": 0}', "value: missing; a tombstone says null"),
        ('{"topic": "t", "value": null}', "timestamp: missing"),
        ('{"topic": "t", "topic": "u"}', "stands twice"),
        (line().replace("{}", '{"a": 1, "a": 2}'), "stands twice"),
        (line().replace("{}", '{"a": NaN}'), "NaN is not a number"),
        (line().replace("{}", "[" * 200_000), "nested too deeply"),
        (line(partition=0).replace("0}", "1" * 5000 + "}"), "too large"),
        (line(topic=""), "topic: it is empty"),
        (line(topic=7), "topic: text is wanted"),
        (line(topic="\ud800"), "topic: half of a surrogate pair"),
        (line(partition=-1), "partition: an integer from 0"),
        (line(partition=True), "partition: an integer from 0"),
        (line(offset=2**63), "offset: an integer from 0"),
        (line(offset=1.0), "offset: an integer from 0"),
        (line(key=5), "key: text or null is wanted"),
        (line(key="\udfff"), "key: half of a surrogate pair"),
        (line(key="a", key_base64=""), "key: said twice"),
        (line(key_base64="*"), "key_base64: Base64 is wanted"),
        (line(key_base64="ü"), "key_base64: Base64 is wanted"),
        (line(value_base64=""), "value: said twice"),
        (line(value=5), "value: an object, an array, text or null is wanted"),
        (line(value=5.5), "value: an object, an array, text or null is wanted"),
        (line(value=False), "value: an object, an array, text or null is wanted"),
        (line(headers="a"), "headers: an object or a list"),
        (line(headers=["ab"]), "headers: an object or a list"),
        (line(headers={"a": None}), "headers: text or"),
        (line(headers={"a": {"base64": 5}}), "headers: Base64 is wanted"),
        (line(headers=[[1, "a"]]), "headers: text is wanted"),
        (line(ofset=3), "a log line has no member 'ofset'; known: topic, partition, offset"),
        (b'{"topic": "\xff"}', "not UTF-8 from byte 11 on"),
    ],
)
def test_a_bad_line_says_what_is_wrong(text: bytes | str, problem: str) -> None:
    assert problem in problem_of(text)


def test_a_problem_does_not_repeat_what_the_line_says() -> None:
    assert "Smith" not in problem_of(line(key=["Smith"])) + problem_of('{"topic": "Smith" "Smith"}')


def test_blank_lines_line_ends_and_a_byte_order_mark_are_no_matter() -> None:
    lines = [b"\xef\xbb\xbf" + line().encode() + b"\r\n", b"\r\n", b"  \n", b"rubbish\r\n", line().encode()]
    first, bad, last = read_log(lines)
    assert isinstance(first, InputRecord)
    assert bad == BadLine(4, "not a JSON object")
    assert isinstance(last, InputRecord)
    assert last.offset == 1


def test_a_long_log_is_read_line_by_line() -> None:
    def lines() -> Iterator[str]:
        for offset in range(20_000):
            yield line(offset=offset)

    tracemalloc.start()
    try:
        assert sum(1 for _ in read_log(lines())) == 20_000
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 500_000


@pytest.mark.parametrize("told", ["1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z", 99_999_999_999_999])
def test_a_log_time_of_an_impossible_year_is_a_bad_line(told: str | int) -> None:
    (bad,) = read_log([json.dumps({"topic": "lab-results", "timestamp": told, "value": "x"})])
    assert isinstance(bad, BadLine)
    assert "year" in bad.problem
