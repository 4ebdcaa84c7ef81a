"""The same story in canonical JSON and in HL7 v2 gives the same alerts; what HL7 v2 has no word for stays canonical."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.topics.codecs.hl7v2.messages import RXA, Fields, message, obx, oru, ras, segment
from tests.topics.messages import DOSE, LAB, ORDER, PLAN
from tests.workers.test_intake_formats import told
from topics.meaning.feeds import read_feeds
from workers.records import InputRecord

FEEDS = read_feeds('[feeds.hospital]\nsenders = ["LIS^LAB"]\npatients = [{ assigner = "HOSP" }]\n')
ME = {3: "p-1^^^HOSP^MR"}
Said = dict[str, Any] | bytes


def platelets(count: int, version: int, status: str) -> tuple[Said, Said]:
    canonical = {**LAB, "analyte": "platelets", "value": count, "unit": "10*3/uL", "status": status, "version": version}
    fields = {3: "PLT^Platelets^L^777-3^Platelets^LN", 5: str(count), 6: "K/MM3", 7: "", 11: status[0].upper()}
    return canonical, oru(obx(fields), pid=ME, obr={22: f"2026010{version + 4}120000+0100"})


def dose(number: int, at: str, status: str = "completed") -> tuple[Said, Said]:
    canonical = {**DOSE, "id": f"d-{number}", "given_at": at, "route": "intramuscular", "status": status}
    written = at.replace("-", "").replace(":", "").replace("T", "").replace("Z", "+0000")
    action: Fields = {1: str(number), 2: "1", 3: written, 21: "A" if status == "completed" else "D"}
    later = {7: f"202601{20 if action[21] == 'D' else 19}120000+0000"}
    raw = ras(action, msh=later).replace(b"4711^^^HOSP&1.2.3.4&ISO^MR", b"p-1^^^HOSP^MR")
    return canonical, raw


def story() -> list[tuple[str, str, Said, Said]]:
    """When each message comes, its topic, and what it says in canonical JSON and in HL7 v2."""
    plan = {**PLAN, "regimen": "R2", "neurological_involvement": "no", "cause": "pernicious-anaemia"}
    order = {**ORDER, "ordered_at": "2026-01-05T10:30:00Z"}
    haemoglobin = {**LAB, "id": "hb", "value": 7.1, "unit": "g/dL", "taken_at": "2026-01-05T08:00:00Z"}
    of_hl7 = oru(obx({2: "ST", 5: "7,1", 6: "g/dl", 7: "", 14: "20260105080000+0000"}), pid=ME)
    return [
        ("2026-01-05T09:00:00Z", "treatment-plans", plan, plan),
        ("2026-01-05T11:00:00Z", "administrations", order, order),
        ("2026-01-05T11:10:00Z", "lab-results", haemoglobin, of_hl7),
        ("2026-01-05T11:30:00Z", "lab-results", *platelets(42, 1, "final")),
        ("2026-01-06T07:10:00Z", "lab-results", *platelets(242, 2, "corrected")),
        ("2026-01-06T08:00:00Z", "administrations", *dose(1, "2026-01-06T07:45:00Z")),
        ("2026-01-08T08:00:00Z", "administrations", *dose(2, "2026-01-08T07:45:00Z")),
        ("2026-01-09T08:00:00Z", "administrations", *dose(2, "2026-01-08T07:45:00Z", "entered-in-error")),
        ("2026-01-12T08:00:00Z", "administrations", *dose(3, "2026-01-12T07:45:00Z")),
    ]


def record(number: int, at: str, topic: str, said: Said) -> InputRecord:
    value = said if isinstance(said, bytes) else json.dumps(said).encode()
    return InputRecord(topic, 0, number, datetime.fromisoformat(at), None, value)


def canonical_log() -> list[InputRecord]:
    return [record(n, at, topic, said) for n, (at, topic, said, _) in enumerate(story())]


def test_the_same_story_gives_the_same_alerts_in_canonical_json_and_in_hl7_v2() -> None:
    hl7 = [record(n, at, topic, said) for n, (at, topic, _, said) in enumerate(story())]
    alerts = told(canonical_log(), FEEDS)
    assert alerts == told(hl7, FEEDS)
    rules = {rule for _, _, rule, *_ in alerts}
    assert {"folic-acid-before-b12", "platelets-low-before-im", "injection-overdue"} <= rules
    assert {change for _, change, *_ in alerts} >= {"raised", "updated", "withdrawn", "resolved"}


def test_the_story_in_batches_and_told_twice_gives_the_same_alerts() -> None:
    batches = [
        record(n, at, topic, b"FHS|^~\\&|X\r" + said + said + b"FTS|2\r" if isinstance(said, bytes) else said)
        for n, (at, topic, _, said) in enumerate(story())
    ]
    assert told(batches, FEEDS) == told(canonical_log(), FEEDS)


def test_the_doses_of_one_order_in_one_message_are_as_many_doses() -> None:
    """As a chart sends them at the end of the day: one ORC, several RXA, one RXR."""
    first = story()[0]
    doses = [segment("RXA", {**RXA, 1: str(n), 3: f"202601{day}074500+0000"}) for n, day in ((2, "08"), (3, "12"))]
    at_once = message(
        *(ras({1: "1", 2: "1", 3: "20260106074500+0000"}).decode().rstrip("\r").split("\r")[:-1]), *doses, "RXR|IM"
    )
    at_once = at_once.replace(b"4711^^^HOSP&1.2.3.4&ISO^MR", b"p-1^^^HOSP^MR")
    singly = [dose(n, f"2026-01-{day}T07:45:00Z")[0] for n, day in ((1, "06"), (2, "08"), (3, "12"))]
    late = "2026-01-12T08:00:00Z"
    log = [record(0, *first[:3]), record(1, late, "administrations", at_once)]
    other = [record(0, *first[:3]), *(record(n, late, "administrations", said) for n, said in enumerate(singly, 1))]
    assert told(log, FEEDS) == told(other, FEEDS) != []
