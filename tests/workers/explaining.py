"""Logs to explain, and what an explanation says, in few words."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from domain.facts import Fact
from domain.policy import Policy
from tests.workers.logs import numbered
from topics.codecs.clinical_event import encode_fact
from workers.explain import Explanation, explain_alert
from workers.explain_history import History, history_of
from workers.log_file import BadLine, read_log
from workers.records import InputRecord

ROOT = Path(__file__).parents[2]
OVERDUE, PLATELETS, HAEMOGLOBIN = "injection-overdue", "platelets-low-before-im", "haemoglobin-not-normal-at-two-months"
PATIENT = "patient-1"


def log_of(*told: Fact | tuple[datetime, Fact]) -> list[InputRecord]:
    """A log without ticks; a fact becomes known at its own instant, or at the one that is given with it."""
    entries = [entry if isinstance(entry, tuple) else (_instant(entry), entry) for entry in told]
    return numbered((at, PATIENT.encode(), encode_fact(PATIENT, fact)) for at, fact in entries)


def _instant(fact: Fact) -> datetime:
    assert isinstance(fact.time.value, datetime), "say when a fact of a day became known"
    return fact.time.value


def recording(name: str) -> list[InputRecord]:
    with (ROOT / name).open("rb") as file:
        return [entry for entry in read_log(file) if not isinstance(entry, BadLine)]


def history(
    log: list[InputRecord], patient_id: str = PATIENT, *, policy: Policy | None = None, until: datetime | None = None
) -> History:
    told = history_of(log, patient_id, policy=policy, until=until)
    assert told is not None
    return told


def alert_id(log: list[InputRecord], rule: str, patient_id: str = PATIENT, until: datetime | None = None) -> str:
    """The id of the newest alert of a rule."""
    changes = history(log, patient_id, until=until).changes
    return [c.change.published.alert.alert_id for c in changes if c.change.published.alert.rule == rule][-1]


def explained(
    log: list[InputRecord],
    rule: str,
    *,
    policy: Policy | None = None,
    at: datetime | None = None,
    until: datetime | None = None,
) -> Explanation:
    """The newest alert of a rule, explained."""
    asked = alert_id(log, rule, until=max(filter(None, (at, until)), default=None))
    return explain_alert(log, asked, policy=policy, at=at, until=until)


def edges(told: Explanation, rule: str) -> dict[str, list[tuple[str, str]]]:
    """For each number of the policy that matters: from which value on the answer would be another, and which."""
    return {
        trial.key.dotted: [(edge.words, edge.effect.what) for edge in trial.edges.get(rule, ())]
        for trial in told.keys_for(rule)
    }


def without(told: Explanation, rule: str) -> dict[str, str]:
    """What the answer would be without a fact."""
    return {t.known.fact.fact_id: seen.what for t, seen in told.facts_for(rule) if t.instead is None}


def put_back(told: Explanation, rule: str) -> dict[str, str]:
    """What the answer would be with the earlier version of a fact."""
    return {t.known.fact.fact_id: seen.what for t, seen in told.facts_for(rule) if t.instead is not None}
