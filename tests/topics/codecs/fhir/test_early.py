"""The early look drops nothing that the full way would not drop; and no bytes make the reader raise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topics.codecs.fhir.resources import ALL, LOINC, OBSERVATION, bundle, changed, coded, read
from topics.codecs.clinical_event import FactEvent, decode_event, encode_fact
from topics.codecs.fhir.early import EarlyLook, Look
from topics.decoded import DeadLetter, Facts, NotForUs, Outcomes
from topics.meaning.feeds import Feeds, read_feeds

JSON_SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "json").glob("*.json"))
EARLY = EarlyLook(Feeds())
FUZZ = settings(max_examples=300, deadline=None)

TEXTS = st.one_of(
    st.sampled_from(
        [
            "718-7",
            "2951-2",
            "5514",
            LOINC,
            "Patient/p-1",
            "entered-in-error",
            "DELETE",
            "2026-01-05",
            "g/L",
            "#p",
            "\ud800",
            "\x00",
            "é718-7",
            "7\\18-7",
            "",
        ]
    ),
    st.text(max_size=8),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**4000, -(10**400), 1e300, 0, -0.0]),
)
FIELDS = (
    "resourceType",
    "code",
    "coding",
    "system",
    "value",
    "valueQuantity",
    "component",
    "subject",
    "reference",
    "medicationReference",
    "entry",
    "resource",
    "contained",
    "status",
    "id",
    "meta",
    "type",
    "request",
    "method",
    "identifier",
    "dosage",
    "effectiveDateTime",
    "link",
    "note",
    "category",
)
NAMES = st.one_of(st.sampled_from(FIELDS), st.text(max_size=5))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)


def paths(content: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value."""
    members = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [before, *(path for name, value in members for path in paths(value, (*before, name)))]


def put(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The content with another value at one place."""
    if not path:
        return value
    copy = dict(content) if isinstance(content, dict) else list(content)
    copy[path[0]] = put(content[path[0]], path[1:], value)
    return copy


AROUND: dict[str, Any] = {
    "resourceType": "Bundle",
    "entry": [
        {"fullUrl": "urn:uuid:1", "resource": {**OBSERVATION, "subject": {"reference": "urn:uuid:2"}}},
        {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Patient", "id": "p", "identifier": [{"value": "1"}]}},
        {
            "resource": {
                "resourceType": "DiagnosticReport",
                "id": "r",
                "effectiveDateTime": "2026-01-05",
                "subject": {"reference": "Patient/p"},
                "contained": [{**OBSERVATION, "effectiveDateTime": None, "specimen": {"reference": "#s"}}],
                "result": [{"reference": "Observation/17"}],
            },
        },
        {
            "resource": {
                **{name: value for name, value in ALL["MedicationAdministration"].items() if "Codeable" not in name},
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "ingredient": [], "code": {"coding": []}}],
            },
        },
        {"resource": {**ALL["CarePlan"], "subject": {"reference": "#g"}, "contained": [{"id": "g"}]}},
    ],
}
GOOD = [*ALL.values(), bundle(*ALL.values()), AROUND]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good message with a few of its places changed into anything."""
    content: Any = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(content)))
        content = put(content, path, draw(VALUES))
    return content


def written(content: Any, *, escaped: bool) -> bytes:
    return json.dumps(content, ensure_ascii=escaped).encode("utf-8", "surrogatepass")


def assert_is_well(outcomes: Outcomes) -> None:
    """Never nothing; facts that can be written into the log and read back; letters that say where and what."""
    assert outcomes and sum(one.parts for one in outcomes) >= 1
    for one in outcomes:
        if isinstance(one, Facts):
            assert one.facts
            for fact in one.facts:
                event = decode_event(encode_fact(one.patient_id, fact))
                assert event == FactEvent(one.patient_id, fact)
        elif isinstance(one, DeadLetter):
            assert one.where and one.problem
            f"{one.where}{one.problem}".encode()


@FUZZ
@given(mutated(), st.booleans())
def test_no_change_to_a_good_message_makes_reading_it_raise(content: Any, escaped: bool) -> None:
    assert_is_well(read(written(content, escaped=escaped)))


@FUZZ
@given(VALUES, st.booleans())
def test_no_json_value_makes_reading_it_raise(content: Any, escaped: bool) -> None:
    named = {"resourceType": "Observation", "code": content, "value": content}
    for one in (content, named, {"resourceType": content}, {**OBSERVATION, "component": content}):
        assert_is_well(read(written(one, escaped=escaped)))


@FUZZ
@given(st.binary(max_size=200))
def test_no_bytes_make_reading_them_raise(raw: bytes) -> None:
    assert_is_well(read(raw, headers=[("content-type", b"application/fhir+json")]))


class Members(list[tuple[str, Any]]):
    """The members of an object, doubled names and all."""


def names_ours(value: Any) -> bool:
    """The same question in full: every member of every object is looked at."""
    if isinstance(value, Members):
        flat = [(name, None if isinstance(inner, list) else inner) for name, inner in value]
        return any(EARLY.names_us({name: inner}) for name, inner in flat) or names_ours([i for _, i in value])
    if isinstance(value, list):
        return any(names_ours(inner) for inner in value)
    return isinstance(value, str) and EARLY.names_us([value])


def by(look: Look, raw: bytes) -> Outcomes:
    """What the message gives where the early look says this."""
    with mock.patch.object(EarlyLook, "look", return_value=look):
        return read(raw)


@FUZZ
@given(mutated(), st.booleans(), st.integers(0, 400))
def test_what_is_dropped_early_is_not_for_us_by_the_full_way(content: Any, escaped: bool, cut: int) -> None:
    whole = written(content, escaped=escaped)
    for raw in (whole, whole[cut:]):
        if EARLY.look(raw) is Look.NOT_FOR_US and b'"resourceType"' in raw:
            found = json.loads(raw.decode(), object_pairs_hook=Members, parse_int=str, parse_constant=str)
            assert not names_ours(found)
            assert all(isinstance(one, NotForUs) for one in by(Look.UNSURE, raw))
            assert not any(isinstance(one, Facts) for one in by(Look.NAMED, raw)), "nor by reading every entry of it"


@FUZZ
@given(st.sampled_from(GOOD), st.booleans(), VALUES)
def test_whatever_gives_facts_is_never_dropped_early(content: Any, escaped: bool, beside: Any) -> None:
    raw = written({**content, "text": beside}, escaped=escaped)
    assert EARLY.look(raw) is not Look.NOT_FOR_US


@pytest.mark.parametrize(
    "raw",
    [
        b'{"resourceType": "Observation", "code": {"coding": [{"code": "2951-2"}]}}',
        b'{"resourceType":"Encounter","code"\n:\t"x"}',
        '{"resourceType": "Observation", "text": "é718-7"}'.encode(),
        b'{"resourceType": "Observation", "text": "718-7 or \\"718-7?", "x": "a\\/b"}',
    ],
)
def test_others_are_dropped_by_a_look(raw: bytes) -> None:
    assert EARLY.look(raw) is Look.NOT_FOR_US


@pytest.mark.parametrize(
    "raw",
    [
        b'{"resourceType": "Observation", "code": {"coding": [{"code": "718-7"}]}}',
        b'{"resourceType": "Observation", "code": {"coding": [{"code"  :\r\n"718-7"}]}}',
        b'{"resourceType": "Observation", "code": {"coding": [{"code": "\\u003718-7"}]}}',
        b'{"resourceType": "Observation", "code": {"coding": [{"co\\u0064e": "718-7"}]}}',
        b'{"resourceType": "Observation", "code": "2951-2"',
        b'{"resourceType": "Observation", "code": "2951-2", "x": NaN}',
        b'{"resourceType": "Observation", "text": "\xff"}',
        b'{"resourceType": 7}',
        b'{"resourceType": "MedicationAdministration", "medicationReference": {"reference": "Medication/1"}}',
        b'{"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Observation/1"}}]}',
    ],
)
def test_what_might_be_ours_or_is_broken_is_read_in_full(raw: bytes) -> None:
    assert EARLY.look(raw) is not Look.NOT_FOR_US


def test_an_escaped_code_is_read_as_what_it_is() -> None:
    raw = json.dumps(OBSERVATION).replace("718-7", "\\u0037\\u00318-7").encode()
    assert b"718-7" not in raw and read(raw) == read(OBSERVATION)


@pytest.mark.parametrize("where", ["id", "status", "effectiveDateTime", "component", "subject", "code"])
def test_edge_19_half_of_a_surrogate_pair_is_refused_wherever_it_stands(where: str) -> None:
    for value in ("\ud800", ["\ud800"], {"\ud800": 1}, {"coding": [{"code": "718-7", "system": "\ud800"}]}):
        assert_is_well(read(changed(OBSERVATION, **{where: value})))


def test_codes_of_the_feeds_file_are_looked_for_too() -> None:
    feeds = read_feeds("""[feeds.lab]
tests = [{ system = "s", code = "HÄ", analyte = "haemoglobin" }]""")
    own = changed(OBSERVATION, code=coded(("s", "HÄ")))
    for escaped in (True, False):
        raw = written(own, escaped=escaped)
        assert EarlyLook(feeds).look(raw) is not Look.NOT_FOR_US
    assert EARLY.look(written(own, escaped=False)) is Look.NOT_FOR_US


@pytest.mark.parametrize("path", JSON_SAMPLES, ids=lambda path: path.name)
def test_edge_19_malformed_json_is_a_dead_letter_as_a_message_and_within_one(path: Path) -> None:
    raw = path.read_bytes()
    as_fhir = [("content-type", b"application/fhir+json; charset=utf-8")]
    assert isinstance(read(raw, headers=as_fhir)[0], DeadLetter)
    within = json.dumps(OBSERVATION).encode().replace(b'"g/L"', raw)
    outcomes = read(within)
    assert_is_well(outcomes)
    if path.name.startswith("n_"):
        assert isinstance(outcomes[0], DeadLetter)


@pytest.mark.parametrize(
    "value", ["1e999999", "-1e999999", "1e-999999", "9" * 4001, "9" * 5000, "1." + "9" * 5000, "-0.0", "1E400"]
)
def test_edge_19_huge_numbers_are_refused(value: str) -> None:
    raw = json.dumps(OBSERVATION).replace('"value": 118', f'"value": {value}').encode()
    assert isinstance(read(raw)[0], DeadLetter)


@pytest.mark.parametrize("depth", [100, 900, 5000, 200_000])
def test_edge_19_deep_json_is_read_or_refused_and_never_raises(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    for raw in (
        json.dumps(OBSERVATION).encode().replace(b'"issued": "2026-01-05T15:00:00Z"', b'"issued": ' + deep),
        b'{"resourceType":"Encounter","x":' + deep + b"}",
        b'{"resourceType":"Bundle","entry":[{"resource":' * 300 + json.dumps(OBSERVATION).encode() + b"}]}" * 300,
    ):
        assert_is_well(read(raw))


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\x00", b"\xff"])
def test_edge_19_what_stands_before_the_json_is_not_overlooked(before: bytes) -> None:
    assert isinstance(read(before + json.dumps(OBSERVATION).encode())[0], DeadLetter)


def test_edge_19_a_message_that_is_too_long_is_kept_without_its_bytes() -> None:
    (dead,) = read(json.dumps(OBSERVATION).encode() + b" " * 1_048_576)
    assert isinstance(dead, DeadLetter) and dead.raw is None and dead.size > 1_048_576


def test_edge_19_a_name_that_stands_twice_is_refused() -> None:
    raw = json.dumps(OBSERVATION).replace('"id": "17"', '"id": "17", "id": "18"').encode()
    assert isinstance(read(raw)[0], DeadLetter)
