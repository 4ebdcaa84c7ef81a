"""Merges in a replay: of a log of sources they are made on the way, of clinical-events they are in the log already."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from domain.alerts import alert_id_of
from tests.kit import day
from tests.topics.codecs.hl7v2.messages import message
from tests.topics.messages import DOSE, LAB, PLAN
from topics.codecs.clinical_event import decode_alert_change
from topics.codecs.source_message import SourceReader
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.explain_history import history_of
from workers.intake import IntakePartition
from workers.records import InputRecord, Output
from workers.replay import Replay

GONE, STAYS = "HOSP|4712", "HOSP|4711"
OVERDUE = "injection-overdue"


def source(topic: str, at: datetime, said: dict[str, object] | bytes) -> InputRecord:
    return InputRecord(topic, 0, 0, at, None, said if isinstance(said, bytes) else json.dumps(said).encode())


def adt(event: str, at: datetime, *segments: str) -> InputRecord:
    header = f"MSH|^~\\&|ADT|HOSP|||{at:%Y%m%d%H%M%S}+0000||ADT^{event}|1|P|2.5.1"
    return source("treatment-plans", at, message(header, *segments))


def a_patient_in_loading() -> list[InputRecord]:
    plan = {**PLAN, "patient_id": GONE, "regimen": "R2", "neurological_involvement": "no"}
    return [
        source("treatment-plans", day(0), plan),
        source("administrations", day(0), {**DOSE, "patient_id": GONE, "given_at": "2026-01-05"}),
        source("lab-results", day(1), {**LAB, "patient_id": STAYS, "value": 84}),
    ]


MERGED = adt("A40", day(20), "PID|1||4711^^^HOSP", "MRG|4712^^^HOSP")
PARTED = adt("A37", day(30), "PID|1||4711^^^HOSP", "PID|2||4712^^^HOSP")


def overdue(outputs: Iterable[Output]) -> list[tuple[str, str, str]]:
    changes = [decode_alert_change(o.value or b"").published for o in outputs if o.topic == ALERT_CHANGES.name]
    return [(c.alert.patient_id, str(c.change), c.merged_into) for c in changes if c.alert.rule == OVERDUE]


def test_edge_08_from_an_a40_to_alerts_that_are_withdrawn_here_and_raised_there_and_back_by_an_a37() -> None:
    outputs = list(Replay().run([*a_patient_in_loading(), MERGED, PARTED], until=day(31)))
    assert overdue(outputs) == [
        (GONE, "raised", ""),
        (GONE, "withdrawn", STAYS),
        (STAYS, "raised", ""),
        (GONE, "raised", ""),
        (STAYS, "withdrawn", ""),
    ]


def test_a_log_of_sources_gives_what_merges_hand_on_and_says_it_to_nobody() -> None:
    replay = Replay()
    outputs = list(replay.run([*a_patient_in_loading(), MERGED]))
    assert replay.counts["facts taken over"] == 2
    assert not any(output.topic == CLINICAL_EVENTS.name for output in outputs)


def test_what_is_handed_on_comes_from_the_log_where_the_log_is_of_clinical_events() -> None:
    """A log that was cut before it was handed on, or in which nobody did, tells of no more."""
    clinical = [
        InputRecord(CLINICAL_EVENTS.name, 0, n, day(0), b"x", value)
        for n, value in enumerate(_forwarded([*a_patient_in_loading(), MERGED]))
    ]
    replay = Replay()
    assert overdue(replay.run(clinical, until=day(25)))[-1][1] == "raised"
    assert replay.counts["facts taken over"] == 0


def _forwarded(log: list[InputRecord]) -> list[bytes]:
    intake = IntakePartition(Counter(), lambda: day(0), SourceReader())
    return [output.value or b"" for record in log for output in intake.process(record)]


def test_one_patient_alone_is_told_what_others_hand_on() -> None:
    log = [*a_patient_in_loading(), source("lab-results", day(2), {**LAB, "patient_id": "another"}), MERGED, PARTED]
    whole = list(Replay().run(log, until=day(31)))
    for patient in (GONE, STAYS, "another"):
        alone = list(Replay(patient_id=patient).run(log, until=day(31)))
        assert alone == [output for output in whole if output.key == patient.encode()]
        assert alone


def test_the_history_of_the_one_who_stays_has_what_was_handed_on() -> None:
    history = history_of([*a_patient_in_loading(), MERGED], STAYS, policy=None, until=day(21))
    assert history is not None
    raised = next(p for p in history.changes if p.change.published.alert.rule == OVERDUE)
    assert raised.change.published.alert.alert_id == alert_id_of(STAYS, OVERDUE, raised.change.published.alert.episode)
    assert {e.fact_id for e in raised.change.published.alert.evidence} <= set(raised.state.record.known)
    assert raised.state.at == day(20)
    assert raised.came_with is not None and raised.came_with.handed is not None
