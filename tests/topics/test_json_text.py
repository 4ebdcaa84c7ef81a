"""The quick parser reads what the careful one reads, and leaves to it whatever that would refuse."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topics import json_text
from topics.json_text import json_object
from topics.problems import Refused

SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parent / "samples/json").glob("*.json"))]
NAMES = st.sampled_from(["a", "b", ":", '"', "é", "", " :", "\\", '\\":', "\U0001f600"])
VALUES = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            10**30,
            "",
            ":",
            " :",
            "a",
            '":',
            "\\",
            '\\\\"',
            '\\":',
            "é",
            "\x7f",
            "\ud800",
            "\U0001f600",
            1.5,
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
SPACED = st.sampled_from([(",", ":"), (", ", ": "), (",\n", " : "), (" ,", "\t:")])
NUMBERS = st.sampled_from(["1.50", "1e5", "-0.0", "1e400", "9" * 30, "01", "1.", "NaN", "1" * 5000, "0.1" + "0" * 40])


def carefully(raw: bytes) -> dict[str, Any] | None:
    try:
        return json_text._carefully(raw)
    except Refused:
        return None


def check(raw: bytes) -> None:
    quick, careful = json_text._quickly(raw), carefully(raw)
    assert quick is None or repr(quick) == repr(careful), "digits, types and the order of names too"


@given(st.dictionaries(NAMES, VALUES, max_size=4), SPACED, st.booleans(), NUMBERS)
def test_what_is_read_quickly_is_what_is_read_carefully(
    content: dict[str, Any], signs: tuple[str, str], escaped: bool, number: str
) -> None:
    raw = json.dumps(content, separators=signs, ensure_ascii=escaped)
    for text in (raw, raw.replace("1.5", number), raw.replace('"b"', '"a"'), raw.replace('"', '"":', 1)):
        check(text.encode("utf-8", "surrogatepass"))


@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([b'"', b"a", b":", b",", b"{", b"}", b" ", b"1", b"\\"])).map(b"".join)
)
@example(b'{"a" :1,"a":2}')
@example(b'{"a":1,"a":":"}')
def test_no_bytes_are_read_quickly_otherwise_than_carefully(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize("raw", SAMPLES)
def test_samples_are_read_alike(raw: bytes) -> None:
    check(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,\n"a" :1}}',
        b'{"b":[{"a" :1,"a":1}]}',
        b'{"a" :1,"a":":"}',
        b'{"\\\\":1,"a":1,"a":2}',
        b'{"a":1,"a":"\\u0022\\u0022"}',
        b'{"a":{"b":"\\"","b":"\\u0022\\u0022"}}',
    ],
)
def test_a_name_that_stands_twice_is_never_read_quickly(raw: bytes) -> None:
    assert json_text._quickly(raw) is None
    with pytest.raises(Refused, match="a name stands twice"):
        json_object(raw, 1_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"a":"x\\": y"}',
        b'{"a":"<p class=\\"x\\">\\\\</p>"}',
        b' {"a" : [1.50, {"b": "x:y"}]}\n',
        '{"é":"ü"}'.encode(),
    ],
)
def test_ordinary_objects_are_read_quickly(raw: bytes) -> None:
    assert json_text._quickly(raw) == json.loads(raw, parse_float=Decimal)
