"""What older versions left in the store is restored, and the history goes on where it was.

Seen to fail where `kind_since` of topics/schemas/outputs.py is a field that must be there, and where the partition's
entry must have `blind_since`.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import Cause
from tests.kit import day, injection, midnight, plan, platelets
from tests.workers.logs import SOURCES, tick
from tests.workers.partition import OVERDUE, PLATELETS
from tests.workers.stores import stores_of
from topics.codecs.clinical_event import encode_fact
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.records import InputRecord, Output
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

STORES = sorted((Path(__file__).parent / "samples/stores").glob("*.jsonl"))


def restored(store: Path) -> TreatmentPartition:
    records = []
    for offset, line in enumerate(store.read_text().splitlines()):
        kept = json.loads(line)
        value = None if kept["value"] is None else json.dumps(kept["value"]).encode()
        records.append(InputRecord(kept["topic"], 0, offset, day(5), kept["key"].encode(), value))
    return Treatment().take_over(CLINICAL_EVENTS.name, 0, stores_of(records))


def changes(outputs: list[Output]) -> list[dict[str, Any]]:
    return [json.loads(output.value or b"") for output in outputs if output.topic == ALERT_CHANGES.name]


def test_there_are_stores_of_every_shape_so_far() -> None:
    assert len(STORES) == 4


@pytest.mark.parametrize("store", STORES, ids=lambda path: path.stem)
def test_an_older_store_is_restored_to_what_was_known_and_published(store: Path) -> None:
    work = restored(store)
    memory = work.remembered()
    assert memory.entry is not None
    assert (memory.entry.time, memory.entry.first_time, memory.entry.blind_since) == (day(5), day(0), None)
    assert memory.entry.sources == dict.fromkeys(SOURCES, day(5))
    in_force = work.policy.as_data()
    assert memory.entry.policy is not None
    for section, numbers in memory.entry.policy.items():
        assert numbers.items() <= in_force[section].items(), f"what the store says of {section} stays in force"
    facts = {patient: {known.fact for known in record.known.values()} for patient, record in memory.known.items()}
    told_plan = plan(0, cause=Cause.UNKNOWN) if store.stem == "without-kind-since" else plan(0)  # it had none
    first = {told_plan, platelets(0, 250), injection(0)}
    assert facts == {"patient-1": first | {platelets(4, 41)}, "patient-2": first | {injection(4)}}
    told = {
        (patient, alert.alert.rule): (alert.change, alert.raised_at, alert.kind_since, alert.blind_since)
        for patient, alerts in memory.published.items()
        for alert in alerts
    }
    assert told["patient-1", OVERDUE] == ("raised", midnight(4), midnight(4), None)
    assert told["patient-2", OVERDUE][0] == "resolved"
    assert told["patient-1", PLATELETS][0] == "raised"


@pytest.mark.parametrize("store", STORES, ids=lambda path: path.stem)
def test_the_history_goes_on_where_the_older_version_left_it(store: Path) -> None:
    work = restored(store)
    before = {alert.alert.alert_id for alerts in work.remembered().published.values() for alert in alerts}

    def say(value: bytes, key: str | None, log_time: datetime) -> list[dict[str, Any]]:
        patient = None if key is None else key.encode()
        return changes(work.process(InputRecord(CLINICAL_EVENTS.name, 0, 100, log_time, patient, value)))

    (resolved,) = [c for c in say(encode_fact("patient-1", injection(5)), "patient-1", day(5)) if c["rule"] == OVERDUE]
    assert (resolved["change"], resolved["revision"]) == ("resolved", 2)
    assert resolved["alert_id"] in before
    (overdue,) = [c for c in say(tick(day(8)), None, day(8)) if c["rule"] == OVERDUE]
    assert (overdue["change"], overdue["patient_id"], overdue["at"]) == ("raised", "patient-2", "2026-01-13T00:00:00Z")
