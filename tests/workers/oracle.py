"""What an outsider reads of a live run, held against a replay of its recorded log and against its source records."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.facts import Fact, Identity, rank
from tests.workers.live import DEAD, FACTS, PUBLISHED, Message, b12watch, source_records
from tests.workers.stores import stores_of
from tests.workers.toy import read_all
from topics.codecs.clinical_event import (
    ActivationEvent,
    FactEvent,
    HandedOnEvent,
    TickEvent,
    decode_event,
    decode_known,
)
from topics.dead_letters import read_headers
from topics.definitions import (
    ALERT_CHANGES,
    ALERTS,
    CLINICAL_EVENTS,
    DEAD_LETTERS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
)
from topics.schemas.changelog import changelog_key, tells_a_fact
from workers.intake import ORIGIN_HEADER
from workers.kafka_io import to_input
from workers.log_file import BadLine, read_log
from workers.memory import Memory
from workers.records import Stores
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

Said = dict[str, Any]
History = dict[str, dict[int, list[Said]]]
"""What a topic says on each partition, in order."""


async def published(bootstrap: str, topics: Iterable[str] = PUBLISHED) -> History:
    """The whole content of what treatment published, read committed."""
    return {
        topic: {
            partition: [json.loads(record.value) for record in records if record.value is not None]
            for partition, records in (await read_all(bootstrap, topic)).items()
        }
        for topic in topics
    }


async def recorded(bootstrap: str, folder: Path) -> Path:
    """clinical-events as `b12watch record` writes them."""
    path = folder / "recorded.jsonl"
    await asyncio.to_thread(b12watch, "record", "-o", path, "--bootstrap", bootstrap)
    return path


def replayed(log: Path) -> tuple[History, str]:
    """What `b12watch replay` gives for the log, on the partition that the log has for each patient; and its counts."""
    partitions: dict[str, int] = {}
    numbers: set[int] = set()
    with log.open("rb") as file:
        for record in read_log(file):
            assert not isinstance(record, BadLine), record
            numbers.add(record.partition)
            if record.key is not None:
                assert partitions.setdefault(record.key.decode(), record.partition) == record.partition
    ran = b12watch("replay", log, "--format", "json", "--topics", ",".join(PUBLISHED))
    history: History = {topic: {number: [] for number in sorted(numbers)} for topic in PUBLISHED}
    for line in ran.stdout.splitlines():
        said = json.loads(line)
        history[said.pop("topic")][partitions[said["patient_id"]]].append(said)
    return history, ran.stderr


def assert_same_history(live: History, walked: History) -> None:
    """Same content, same order, nothing taken out; the first difference is told."""
    for topic, partitions in walked.items():
        assert live[topic].keys() == partitions.keys()
        for partition, expected in partitions.items():
            found = live[topic][partition]
            for number, (mine, theirs) in enumerate(zip(found, expected, strict=False)):
                assert mine == theirs, f"{topic}/{partition}: record {number} is not what replay gives"
            assert len(found) == len(expected), f"{topic}/{partition}: {len(found)} published, replay: {len(expected)}"


def without_repeats(history: History) -> History:
    """Each record once, at its first place.  A repeat is the very same content."""
    return {
        topic: {
            partition: list({json.dumps(said, sort_keys=True): said for said in records}.values())
            for partition, records in partitions.items()
        }
        for topic, partitions in history.items()
    }


async def assert_every_source_record_became_what_it_should(
    bootstrap: str, sent: Mapping[str, Message], *, repeats_allowed: bool = False
) -> Counter[str]:
    """Facts are in clinical-events, dead letters in dead-letters, each once; the rest is not for us.  The counts."""
    events = [record for found in (await read_all(bootstrap, CLINICAL_EVENTS.name)).values() for record in found]
    letters = [record for found in (await read_all(bootstrap, DEAD_LETTERS.name)).values() for record in found]
    facts = [record for record in events if isinstance(decode_event(record.value), FactEvent)]
    forwarded = Counter((_origin(r), r.key) for r in facts if _origin(r))
    as_facts = {origin for origin, _ in forwarded}
    headers = [read_headers(record.headers) for record in letters]
    as_dead = Counter(f"{h.origin_topic}/{h.origin_partition}/{h.origin_offset}" for h in headers)
    if not repeats_allowed:
        assert {*forwarded.values(), *as_dead.values()} <= {1}, "something was forwarded twice"
    assert as_facts == {origin for origin, said in sent.items() if said.becomes == FACTS}
    assert as_dead.keys() == {origin for origin, said in sent.items() if said.becomes == DEAD}
    assert len(await source_records(bootstrap)) == len(sent), "there are source records that nobody sent"
    return Counter(said.becomes for said in sent.values())


async def assert_time_never_ran_ahead(bootstrap: str) -> int:
    """No fact came into the log after its time had passed that of the source record; gives of how many that was asked.

    Whoever forwards and whoever ticks may be several, dead or asleep: a tick's claim is held against all of them.
    """
    log_times = {f"{r.topic}/{r.partition}/{r.offset}": _time_of(r) for r in await source_records(bootstrap)}
    looked_at: set[str] = set()
    for records in (await read_all(bootstrap, CLINICAL_EVENTS.name)).values():
        complete: dict[str, datetime | None] = {}
        time: datetime | None = None
        seen: set[str] = set()
        for record in records:
            event = decode_event(record.value)
            if isinstance(event, ActivationEvent):
                complete = {source: complete.get(source) for source in event.sources}
            elif isinstance(event, TickEvent) and not event.blind:
                complete.update((source, event.complete_to) for source in event.sources if source in complete)
                known = [at for at in complete.values() if at is not None]
                time = min(known) if known and len(known) == len(complete) else None
            elif isinstance(event, FactEvent) and (origin := _origin(record)) and origin not in seen:
                seen.add(origin)
                assert time is None or log_times[origin] >= time, f"{origin} came when the time was {time}"
        looked_at |= seen
    return len(looked_at)


def _origin(record: Any) -> str:
    """ "" for what owners tell each other because of merges: that came from the log itself."""
    headers: dict[str, bytes] = dict(record.headers)
    return headers.get(ORIGIN_HEADER, b"").decode()


def _time_of(record: Any) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


async def assert_stores_hold_what_the_log_says(bootstrap: str, owners: Iterable[tuple[int, Memory]] = ()) -> int:
    """The changelog has every standing fact, `alerts` the newest of each alert, `patient-status` of each patient.

    And who takes a partition over remembers what the owner of the whole log does; so do its `owners`, where they left
    what they held.  Gives the number of standing facts.
    """
    standing: dict[tuple[str, str, str], Fact] = {}
    events = await read_all(bootstrap, CLINICAL_EVENTS.name)
    for record in (record for found in events.values() for record in found):
        event = decode_event(record.value)
        if isinstance(event, FactEvent | HandedOnEvent):
            origin, told = ("", [event.fact]) if isinstance(event, FactEvent) else (event.origin, event.facts)
            for fact in told:
                key = event.patient_id, fact.fact_id, origin
                standing[key] = max(standing.get(key, fact), fact, key=rank)
    changelog = await read_all(bootstrap, TREATMENT_CHANGELOG.name)
    kept = _newest(record for found in changelog.values() for record in found if tells_a_fact(record.key))
    known = [decode_known(record.value) for record in kept.values() if record.value is not None]
    held = {
        (patient_id, k.fact.fact_id, k.handed.origin if k.handed else ""): k.fact
        for patient_id, k in known
        if not (isinstance(k.fact, Identity) and k.fact.patient_id == patient_id)  # which its owner makes itself
    }
    forgotten = {key for key in standing if kept[changelog_key(*key)].value is None}  # the law of forgetting judges it
    assert held == {key: fact for key, fact in standing.items() if key not in forgotten}

    alerts = await read_all(bootstrap, ALERTS.name)
    _assert_alerts_are_the_newest_changes(
        {key: json.loads(r.value) for key, r in _newest(r for found in alerts.values() for r in found).items()},
        await published(bootstrap, [ALERT_CHANGES.name]),
    )
    for partition, found in events.items():
        stored = stores_of([*changelog[partition], *alerts[partition]])
        held_by = [memory for number, memory in owners if number == partition]
        _assert_memory_is_what_the_log_says(partition, [to_input(r) for r in found], stored, held_by)
    return len(standing)


def _newest(records: Iterable[Any]) -> dict[bytes, Any]:
    """What compaction would leave."""
    return {record.key: record for record in records}


def _assert_alerts_are_the_newest_changes(alerts: Mapping[bytes, Said], history: History) -> None:
    newest: dict[bytes, Said] = {}
    for changes in history[ALERT_CHANGES.name].values():
        for change in changes:
            newest[change["alert_id"].encode()] = {**change, "reason": change["alert_reason"]}
    for change in newest.values():
        del change["alert_reason"]
    assert alerts == newest


def _assert_memory_is_what_the_log_says(
    partition: int, events: list[Any], stored: Stores, owners: Iterable[Memory]
) -> None:
    of_the_log = TreatmentPartition(partition, Counter())
    for record in events:
        of_the_log.process(record)
    expected = of_the_log.remembered()
    assert Treatment().take_over(CLINICAL_EVENTS.name, partition, stored).remembered() == expected
    for memory in owners:
        assert memory == expected, f"partition {partition}: its owner's memory is not what the log says"


def assert_newest_status_of_each_patient(history: History, walked: History, patients: set[str]) -> None:
    def newest(found: History) -> dict[str, Said]:
        return {said["patient_id"]: said for records in found[PATIENT_STATUS.name].values() for said in records}

    assert newest(history) == newest(walked)
    assert newest(history).keys() == patients


def changes_by_rule(history: History) -> Counter[tuple[str, str]]:
    return Counter(
        (said["rule"], said["change"]) for records in history[ALERT_CHANGES.name].values() for said in records
    )
