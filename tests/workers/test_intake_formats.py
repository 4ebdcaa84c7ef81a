"""Intake reads what hospitals send: the same story in another format gives the same alerts; counts add up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topics.codecs.fhir.resources import (
    ADMINISTRATION,
    CARE_PLAN,
    CONDITION,
    LOINC,
    OBSERVATION,
    OURS,
    REQUEST,
    bundle,
    changed,
    coded,
    quantity,
)
from tests.topics.codecs.hl7v2 import messages as hl7
from tests.topics.messages import CONDITION as CANONICAL_CONDITION
from tests.topics.messages import DOSE, LAB, ORDER, PLAN
from tests.workers.simulation import CrashPoints, TransactionalLog, run, run_to_the_end
from topics.codecs.clinical_event import FactEvent, decode_alert_change, decode_event
from topics.dead_letters import read_headers
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, DEAD_LETTERS
from topics.meaning.feeds import Feeds, read_feeds
from workers.intake import Intake
from workers.records import InputRecord
from workers.replay import Replay

FEEDS = read_feeds('[feeds.hospital]\npatient_references = ""\n' + f"topics = {json.dumps(['lab-results'])}")
UNTIL = datetime(2026, 1, 20, tzinfo=UTC)
Message = tuple[str, str, dict[str, Any]]  # when it comes, topic, content


def platelets(count: int, version: int, status: str) -> tuple[dict[str, Any], dict[str, Any]]:
    canonical = {**LAB, "analyte": "platelets", "value": count, "unit": "10*3/uL", "status": status, "version": version}
    return {**canonical, "source": "hospital"}, changed(
        OBSERVATION,
        code=coded(("local", "PLT"), (LOINC, "777-3")),
        status=status,
        valueQuantity={"value": count, "unit": "K/MM3"},
        meta={"versionId": str(version)},
    )


def dose(own_id: str, at: str, status: str = "completed") -> tuple[dict[str, Any], dict[str, Any]]:
    canonical = {**DOSE, "id": own_id, "given_at": at, "route": "intramuscular", "status": status}
    return canonical, changed(ADMINISTRATION, id=own_id, effectiveDateTime=at, status=status)


def story() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """When each message comes, its topic, and what it says in canonical JSON and in FHIR."""
    plan = {**PLAN, "regimen": "R2", "neurological_involvement": "no", "cause": "pernicious-anaemia"}
    care = changed(CARE_PLAN, category=[*CARE_PLAN["category"], coded((f"{OURS}:cause", "pernicious-anaemia"))])
    order = {**ORDER, "ordered_at": "2026-01-05T10:30:00Z"}
    condition = {**CANONICAL_CONDITION, "code": "pernicious-anaemia", "began_at": "2019-06-30"}
    haemoglobin = {**LAB, "id": "hb", "value": 7.1, "unit": "g/dL", "taken_at": "2026-01-05T08:00:00Z"}
    of_fhir = changed(
        OBSERVATION, id="hb", effectiveDateTime="2026-01-05T08:00:00Z", valueQuantity=quantity(7.1, "g/dL")
    )
    return [
        ("2026-01-05T09:00:00Z", "treatment-plans", plan, care),
        ("2026-01-05T09:05:00Z", "assessments", condition, CONDITION),
        ("2026-01-05T11:00:00Z", "administrations", order, REQUEST),
        ("2026-01-05T11:10:00Z", "lab-results", haemoglobin, of_fhir),
        ("2026-01-05T11:30:00Z", "lab-results", *platelets(42, 1, "final")),
        ("2026-01-06T07:10:00Z", "lab-results", *platelets(242, 2, "corrected")),
        ("2026-01-06T08:00:00Z", "administrations", *dose("d-1", "2026-01-06T07:45:00Z")),
        ("2026-01-08T08:00:00Z", "administrations", *dose("d-2", "2026-01-08T07:45:00Z")),
        ("2026-01-09T08:00:00Z", "administrations", *dose("d-2", "2026-01-08T07:45:00Z", "entered-in-error")),
        ("2026-01-12T08:00:00Z", "administrations", *dose("d-3", "2026-01-12T07:45:00Z")),
    ]


def record(number: int, at: str, topic: str, content: Any) -> InputRecord:
    return InputRecord(topic, 0, number, datetime.fromisoformat(at), None, json.dumps(content).encode())


def told(log: Sequence[InputRecord], feeds: Feeds = FEEDS, until: datetime | None = UNTIL) -> list[tuple[object, ...]]:
    """What people were told, without the ids."""
    replay = Replay(feeds=feeds)
    outputs = [output for output in replay.run(log, until=until) if output.topic == ALERT_CHANGES.name]
    assert replay.counts["dead letters"] == 0
    changes = (decode_alert_change(output.value or b"").published for output in outputs)
    return [
        (c.changed_at, c.change, c.alert.rule, c.alert.severity, c.alert.reason, c.alert.patient_id) for c in changes
    ]


def test_the_same_story_gives_the_same_alerts_in_canonical_json_and_in_fhir() -> None:
    canonical = [record(n, at, topic, said) for n, (at, topic, said, _) in enumerate(story())]
    fhir = [record(n, at, "lab-results", said) for n, (at, _, _, said) in enumerate(story())]
    alerts = told(canonical)
    assert alerts == told(fhir)
    rules = {rule for _, _, rule, *_ in alerts}
    assert {"folic-acid-before-b12", "platelets-low-before-im", "injection-overdue"} <= rules
    assert {change for _, change, *_ in alerts} >= {"raised", "updated", "withdrawn", "resolved"}


def test_the_story_told_twice_and_in_bundles_gives_the_same_alerts() -> None:
    once = [record(n, at, "lab-results", said) for n, (at, _, _, said) in enumerate(story())]
    twice = [record(n, at, "lab-results", bundle(said, said)) for n, (at, _, _, said) in enumerate(story())]
    assert told(once) == told(twice)


def test_edge_10_results_that_come_out_of_order_by_days_leave_the_same_alerts_open() -> None:
    messages = [said for _, _, _, said in story()]
    late = [record(n, "2026-01-14T08:00:00Z", "lab-results", said) for n, said in enumerate(messages)]
    other = [record(n, "2026-01-14T08:00:00Z", "lab-results", said) for n, said in enumerate(reversed(messages))]
    assert open_at_the_end(late) == open_at_the_end(other) != set()


def open_at_the_end(log: Sequence[InputRecord]) -> set[tuple[object, ...]]:
    newest = {(rule, patient): (change, severity, reason) for _, change, rule, severity, reason, patient in told(log)}
    return {(*key, *said[1:]) for key, said in newest.items() if said[0] in ("raised", "updated")}


def rules_told(log: Sequence[InputRecord], until: datetime | None = UNTIL) -> set[object]:
    return {rule for _, _, rule, *_ in told(log, until=until)}


PLANNED = record(0, "2026-01-05T09:00:00Z", "lab-results", CARE_PLAN)
R1 = [coded((f"{OURS}:regimen", "R1")), CARE_PLAN["category"][1]]


def test_edge_31_two_regimens_at_once_are_told_to_people() -> None:
    other = changed(CARE_PLAN, id="18", category=R1, meta={"source": "practice"})
    feeds = read_feeds('[feeds.hospital]\npatient_references = ""\ntopics = ["lab-results"]\n'
                       '[feeds.practice]\npatient_references = ""\nsenders = ["practice"]')  # fmt: skip
    log = [PLANNED, record(1, "2026-01-06T09:00:00Z", "lab-results", other)]
    assert "two-regimens" in {rule for _, _, rule, *_ in told(log, feeds)}
    assert "two-regimens" not in rules_told(log[:1])


def test_edge_32_a_regimen_that_is_changed_in_mid_loading_leaves_one_in_force() -> None:
    """The doses by the old one stay counted: tests/scenarios/regimen-changed-in-mid-loading.yaml."""
    newer = changed(CARE_PLAN, category=R1, meta={"versionId": "2"}, period={"start": "2026-01-08"})
    log = [PLANNED, record(1, "2026-01-08T09:00:00Z", "lab-results", newer)]
    assert "two-regimens" not in rules_told(log)
    assert told(log) != told(log[:1])


def test_edge_40_a_source_that_falls_silent_does_not_look_as_if_all_were_well() -> None:
    """What does not come is missed, once the log says that it would have been there; and no earlier."""
    days = ["2026-01-05", "2026-01-07", "2026-01-09"]
    given = [record(n, f"{day}T12:00:00Z", "lab-results", dose(f"d-{n}", day)[1]) for n, day in enumerate(days, 1)]
    log = [PLANNED, *given]
    assert "injection-overdue" not in rules_told(log, until=None)
    assert "injection-overdue" not in rules_told(log, until=datetime(2026, 1, 12, tzinfo=UTC))
    assert "injection-overdue" in rules_told(log)


def test_folic_acid_that_only_an_order_of_hl7_v2_tells_is_seen() -> None:
    """In a plan under which no vitamin B12 was given yet (S8); the same order in FHIR is in the story above."""
    feeds = read_feeds('[feeds.hospital]\npatient_references = ""\npatients = [{ assigner = "HOSP" }]\n'
                       'topics = ["lab-results"]')  # fmt: skip
    of_hl7 = hl7.rde().replace(hl7.PID[3].encode(), b"p-1^^^HOSP")
    care = changed(CARE_PLAN, subject={"identifier": {"system": "HOSP", "value": "p-1"}})
    planned = record(0, "2026-01-05T07:00:00Z", "lab-results", care)
    ordered = replace(record(1, "2026-01-05T11:00:00Z", "lab-results", {}), value=of_hl7)
    assert "folic-acid-before-b12" in {rule for _, _, rule, *_ in told([planned, ordered], feeds)}
    assert "folic-acid-before-b12" not in {rule for _, _, rule, *_ in told([planned], feeds)}


# counts and crashes

OTHER = changed(OBSERVATION, id="na", code=coded((LOINC, "2951-2")))
BAD = changed(OBSERVATION, id="bad", valueQuantity={"value": 118})
OF_TWO = changed(OBSERVATION, id="18", subject={"reference": "Patient/p-2"})
ENTRIES = st.lists(st.sampled_from([OBSERVATION, OTHER, BAD, OF_TWO, ADMINISTRATION, {"resourceType": "Patient"}]))
MESSAGES = st.lists(st.one_of(ENTRIES.map(lambda entries: bundle(*entries)), st.sampled_from([LAB, OTHER, BAD, 7])))


def clock() -> datetime:
    return datetime(2026, 1, 6, tzinfo=UTC)


def records(contents: Sequence[Any]) -> list[InputRecord]:
    return [record(n, "2026-01-06T00:00:00Z", "lab-results", content) for n, content in enumerate(contents)]


def parts_of(content: Any) -> int:
    """Each entry is counted, but a message that is not for us at all is dropped without a look at its entries."""
    entries = [entry["resource"] for entry in content.get("entry", [])] if isinstance(content, dict) else []
    return len(entries) if any(entry in (OBSERVATION, BAD, OF_TWO, ADMINISTRATION) for entry in entries) else 1


@settings(max_examples=60, deadline=None)
@given(MESSAGES.filter(bool))
def test_the_counts_of_intake_add_up(contents: list[Any]) -> None:
    intake = Intake(clock)
    log = run_to_the_end(intake, records(contents), batch=3)
    counts = intake.counts
    became = counts["with facts"] + counts["not for us"] + counts["dead letters"]
    assert counts["records read"] == len(contents)
    assert counts["records read"] + counts["further parts"] == became
    events = [decode_event(value or b"") for value in log.values(CLINICAL_EVENTS.name)]
    assert counts["facts forwarded"] == sum(isinstance(event, FactEvent) for event in events)
    assert counts["dead letters"] == len(log.values(DEAD_LETTERS.name))
    assert became == sum(map(parts_of, contents))


def test_a_message_of_two_patients_goes_to_both_and_its_bad_entry_to_the_dead_letters() -> None:
    intake = Intake(clock)
    log = run_to_the_end(intake, records([bundle(OBSERVATION, BAD, OF_TWO, OTHER)]), batch=1)
    events = [decode_event(value or b"") for value in log.values(CLINICAL_EVENTS.name)]
    assert {event.patient_id for event in events if isinstance(event, FactEvent)} == {"hospital|p-1", "hospital|p-2"}
    (dead,) = [output for output in log.records if output.topic == DEAD_LETTERS.name]
    assert read_headers(dead.headers).where == "entry.1.resource.unit"
    assert intake.counts == Counter(
        {
            "records read": 1,
            "further parts": 3,
            "with facts": 2,
            "facts forwarded": 2,
            "dead letters": 1,
            "not for us": 1,
        }
    )


def test_a_crash_after_any_write_of_intake_leaves_no_trace() -> None:
    messages = records([bundle(OBSERVATION, BAD, OF_TWO), OTHER, BAD, bundle(BAD, BAD)])
    points, unbroken = CrashPoints(), TransactionalLog()
    run(Intake(clock), messages, unbroken, points, batch=2)
    for point in range(1, points.passed + 1):
        assert run_to_the_end(Intake(clock), messages, batch=2, crash_at=point).records == unbroken.records
