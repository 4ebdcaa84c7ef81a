"""Source messages in canonical JSON: facts, not for us, or a dead letter that says where, what, and what was done."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.calendar import ClinicalTime
from domain.facts import (
    Action,
    Administration,
    AlertAction,
    Analyte,
    ClinicalAssessment,
    Finding,
    LabResult,
    TreatmentPlan,
    Withdrawal,
)
from domain.quantity import Quantity
from tests.topics.messages import BASES, DROP, LAB, TOPIC_OF, fact, origin, read, refused, sent
from topics.codecs.clinical_event import encode_fact
from topics.decoded import MAX_BYTES, DeadLetter, Facts, NotForUs
from topics.definitions import SOURCE_TOPICS

SAMPLES = Path(__file__).parents[1] / "samples/json"
TOPICS = [topic.name for topic in SOURCE_TOPICS]


def test_a_lab_result_becomes_a_fact_with_the_number_and_unit_as_sent() -> None:
    result = fact("lab-results", reference_low=130)
    assert isinstance(result, LabResult)
    assert result.fact_id == "lab-result/lis/17"
    assert result.analyte is Analyte.HAEMOGLOBIN
    assert (result.quantity, result.reference_low) == (Quantity(Decimal(118), "g/L"), Quantity(Decimal(130), "g/L"))
    assert result.time == ClinicalTime(datetime(2026, 1, 5, 9, 30, tzinfo=UTC))
    assert result.version == 1


@pytest.mark.parametrize("digits", ["11.80", "0.1", "1.2E+3", "118"])
def test_a_number_keeps_the_digits_that_were_sent(digits: str) -> None:
    raw = json.dumps(LAB).replace("118", digits).encode()
    decoded = read("lab-results", raw)
    assert isinstance(decoded, Facts)
    (result,) = decoded.facts
    assert isinstance(result, LabResult)
    assert result.quantity is not None
    assert str(result.quantity.amount) == digits


def test_a_dose_becomes_a_fact() -> None:
    dose = fact("administrations")
    assert isinstance(dose, Administration)
    assert dose.dose_ug == 1000
    assert dose.time == ClinicalTime(date(2026, 1, 5)), "no hour was sent, so none is known"


def test_a_dose_of_unknown_amount_is_a_fact_without_one() -> None:
    assert fact("administrations", dose=None, dose_unit=DROP).dose is None


def test_a_plan_becomes_a_fact() -> None:
    interval = {"months": 2, "author": "dr", "reason": "tired", "decided_on": "2026-01-05"}
    end = {"at": "2026-03-01", "reason": "opted-out", "actor": "dr"}
    plan = fact("treatment-plans", interval=interval, end=end)
    assert isinstance(plan, TreatmentPlan)
    assert (str(plan.interval), plan.end and plan.end.actor) == ("2 months", "dr")
    assert plan.starts == ClinicalTime(date(2026, 1, 5))


def test_a_plan_that_was_made_before_it_starts_keeps_both_times() -> None:
    plan = fact("treatment-plans", made_at="2026-01-01")
    assert (plan.time, plan.starts) == (ClinicalTime(date(2026, 1, 1)), ClinicalTime(date(2026, 1, 5)))


def test_an_assessment_becomes_a_fact() -> None:
    seen = fact("assessments", findings=["still-improving", "still-improving", "neurology-worse"])
    assert isinstance(seen, ClinicalAssessment)
    assert seen.findings == {Finding.STILL_IMPROVING, Finding.NEUROLOGY_WORSE}


def test_an_action_becomes_a_fact() -> None:
    action = fact("alert-actions", action="snoozed", until="2026-01-06T08:00:00Z")
    assert isinstance(action, AlertAction)
    assert action.action is Action.SNOOZED
    assert action.until == ClinicalTime(datetime(2026, 1, 6, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("base", "in_error"),
    [
        ("lab-results", {"status": "entered-in-error"}),
        ("administrations", {"status": "entered-in-error"}),
        ("medication-order", {"status": "entered-in-error"}),
        ("medication-supply", {"status": "entered-in-error"}),
        ("condition", {"entered_in_error": True}),
        ("treatment-plans", {"entered_in_error": True}),
        ("assessments", {"entered_in_error": True}),
        ("alert-actions", {"entered_in_error": True}),
    ],
)
def test_entered_in_error_withdraws_the_fact_of_that_very_id(base: str, in_error: dict[str, Any]) -> None:
    withdrawal = fact(base, version=2, **in_error)
    assert isinstance(withdrawal, Withdrawal)
    standing = fact(base, version=1)
    assert (withdrawal.fact_id, withdrawal.version) == (standing.fact_id, 2)
    assert (withdrawal.source, withdrawal.time) == (standing.source, standing.time)


def test_two_kinds_and_two_sources_never_share_a_fact_id() -> None:
    same = {"id": "b/c", "source": "a"}
    ids = [fact(base, **same).fact_id for base in BASES]
    ids += [fact("lab-results", id="c", source="a/b").fact_id, fact("lab-results", id="c", source="a%2Fb").fact_id]
    assert len(set(ids)) == len(BASES) + 2


@pytest.mark.parametrize("word", ["sodium", "", "haemoglobin a1c", "x" * 1000, "\ud800"])
def test_an_analyte_that_no_rule_reads_is_not_for_us_however_broken_the_rest(word: str) -> None:
    decoded = sent("lab-results", analyte=word, patient_id=DROP, value="see comment", taken_at=None)
    assert isinstance(decoded, NotForUs)
    assert len(decoded.because) < 100


def test_what_is_not_for_us_is_named() -> None:
    assert sent("lab-results", analyte="sodium") == NotForUs("no rule reads analyte 'sodium'")
    assert sent("administrations", drug="aspirin") == NotForUs("no rule reads drug 'aspirin'")


@pytest.mark.parametrize(
    ("base", "name"), [("medication-order", "drug"), ("medication-supply", "drug"), ("condition", "code")]
)
def test_of_other_kinds_too_what_no_rule_reads_is_not_for_us(base: str, name: str) -> None:
    changes = {name: "aspirin", "patient_id": DROP, "status": "?", "dose": "one tablet", "began_at": None}
    assert sent(base, **changes) == NotForUs(f"no rule reads {name} 'aspirin'")


@pytest.mark.parametrize(
    ("base", "name", "word"),
    [
        ("lab-results", "analyte", "Haemoglobin"),
        ("lab-results", "analyte", " platelets"),
        ("lab-results", "analyte", "HAEMOGLOBIN"),
        ("lab-results", "analyte", "hemoglobin"),
        ("lab-results", "analyte", "Hemoglobin"),
        ("lab-results", "analyte", "Vitamin B12"),
        ("lab-results", "analyte", "methylmalonic_acid"),
        ("medication-order", "drug", "Folic acid"),
        ("medication-supply", "drug", "Cyanocobalamin"),
        ("condition", "code", "Pernicious anemia"),
    ],
)
def test_a_word_of_ours_in_another_spelling_is_refused_aloud_and_not_dropped(base: str, name: str, word: str) -> None:
    where, problem = refused(base, **{name: word})
    assert where == name
    assert problem.startswith("Input should be '")


def test_a_message_of_an_unknown_schema_is_never_dropped_silently() -> None:
    assert refused("lab-results", analyte="sodium", schema_version=2)[0] == "schema_version"


@pytest.mark.parametrize("version", [0, 2, "1", True, 1.0, None, [1], {"1": 1}])
def test_another_schema_version_is_refused(version: Any) -> None:
    assert refused("lab-results", schema_version=version) == (
        "schema_version",
        "this version of the schema is not known; known: 1",
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (None, "the message has no value"),
        (b"", "the message has no value"),
        (b" ", "not JSON: Expecting value (character 1)"),
        (b"17", "a JSON object is wanted"),
        (b"null", "a JSON object is wanted"),
        (b"[]", "a JSON object is wanted"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5000, "a number is too large"),
        (b'{"value":1E999999999999999999999}', "a number is too large"),
        (b'{"value":NaN}', "not JSON: NaN"),
        (b'{"value":-Infinity}', "not JSON: -Infinity"),
        (b'{"value":1,"value":2}', "a name stands twice"),
        (b'{"a":{"value":1,"\\u0076alue":1}}', "a name stands twice"),
        (b"\xef\xbb\xbf{}", "not JSON: Unexpected UTF-8 BOM"),
        (b'{"a":"\xc3"}', "not UTF-8 from byte 6 on"),
        (json.dumps(LAB).encode("utf-16"), "not UTF-8"),
        (json.dumps(LAB).encode() + b"x", "not JSON: Extra data"),
    ],
)
def test_what_is_no_json_object_is_a_dead_letter_with_its_bytes(raw: bytes | None, says: str) -> None:
    decoded = read("lab-results", raw, key=b"k")
    assert isinstance(decoded, DeadLetter)
    assert (decoded.where, decoded.stage) == ("(message)", "decode")
    assert says in decoded.problem
    assert decoded.done == "kept as a dead letter; nothing was read from it"
    assert (decoded.raw, decoded.key, decoded.size) == (raw, b"k", len(raw or b""))
    assert decoded.origin == origin("lab-results")


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("topic", TOPICS)
def test_the_samples_of_malformed_json_are_dead_letters(topic: str, sample: Path) -> None:
    raw = sample.read_bytes()
    decoded = read(topic, raw)
    assert isinstance(decoded, DeadLetter)
    assert decoded.raw == raw


def test_a_message_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    raw = json.dumps(LAB).encode()
    assert isinstance(read("lab-results", raw, max_bytes=len(raw)), Facts)
    decoded = read("lab-results", raw, max_bytes=len(raw) - 1)
    assert isinstance(decoded, DeadLetter)
    assert f"{len(raw)} bytes, at most {len(raw) - 1} are read" in decoded.problem


def test_an_oversized_message_leaves_its_size_and_digest_but_not_its_bytes() -> None:
    decoded = read("lab-results", b"x" * (MAX_BYTES + 1), key=b"k")
    assert isinstance(decoded, DeadLetter)
    assert (decoded.raw, decoded.key, decoded.size) == (None, b"k", MAX_BYTES + 1)
    assert len(decoded.sha256) == 64
    assert "without its bytes" in decoded.done


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["haemoglobin", "g/L", "final", "R1", "2026-01-05", "2026-01-05T10:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(TOPICS), st.binary(max_size=200), st.integers(0, 300))
@example("lab-results", b"\x00", 300)
def test_any_bytes_give_one_of_three_outcomes_and_never_an_exception(topic: str, raw: bytes, limit: int) -> None:
    assert isinstance(read(topic, raw, max_bytes=limit), Facts | NotForUs | DeadLetter)


@given(st.data(), st.sampled_from(sorted(BASES)))
def test_any_value_in_any_field_gives_one_of_three_outcomes(data: st.DataObject, base: str) -> None:
    content = dict(BASES[base])
    for name in data.draw(st.lists(st.sampled_from(sorted(content)) | st.text(max_size=5), min_size=1, max_size=3)):
        content[name] = data.draw(JSON)
    decoded = read(TOPIC_OF.get(base, base), json.dumps(content).encode())
    assert isinstance(decoded, Facts | NotForUs | DeadLetter)
    if isinstance(decoded, Facts):
        assert all(encode_fact(decoded.patient_id, fact) for fact in decoded.facts), "what is read can be forwarded"


def test_deep_nesting_is_refused_also_where_the_stack_is_large() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit * 5)
    try:
        decoded = read("lab-results", b'{"analyte":' + b"[" * 100_000)
    finally:
        sys.setrecursionlimit(limit)
    assert isinstance(decoded, DeadLetter)
