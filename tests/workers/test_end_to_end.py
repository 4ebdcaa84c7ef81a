"""Messages in at one end, alerts out at the other: what is published live is what a replay of the log gives."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event

from tests.real_kafka import RealKafka
from tests.workers.live import (
    DEAD,
    FACTS,
    NOT_FOR_US,
    Message,
    Sources,
    ago,
    assert_clean,
    b12watch,
    committed_offsets,
    counted,
    counted_at_the_end,
    injection,
    message,
    now,
    patients_of,
    plan,
    result,
    shifted_ward,
    source_records,
    sources_of,
    topics_of_our_own,
    unread,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import (
    assert_every_source_record_became_what_it_should,
    assert_newest_status_of_each_patient,
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    changes_by_rule,
    published,
    recorded,
    replayed,
    without_repeats,
)
from tests.workers.toy import read_all
from topics.definitions import ALERT_CHANGES
from workers.intake import Intake

GIVEN = ago(days=28)
GONE, STAYS = "HOSP|merged-goes", "HOSP|merged-stays"
MERGE = "\r".join(
    (
        f"MSH|^~\\&|ADT|HOSP|||{now():%Y%m%d%H%M%S}+0000||ADT^A40|1|P|2.5.1",
        "PID|1||merged-stays^^^HOSP",
        "MRG|merged-goes^^^HOSP",
    )
)
LAB_CSV = Path(__file__).parent / "samples/eicu-demo/lab.csv"

OVERDUE, HAEMOGLOBIN, PLATELETS = (
    "injection-overdue",
    "haemoglobin-not-normal-at-two-months",
    "platelets-low-before-im",
)
RULES = (OVERDUE, HAEMOGLOBIN, PLATELETS)


def first_messages() -> list[Message]:
    """Patients for whom alerts stand: each rule for one whose alert will be resolved, and one whose it will not."""
    said = []
    for patient in ("overdue-resolved", "overdue-withdrawn", "overdue-snoozed"):
        said += [plan(patient, 30), injection(patient, "d0", ago(days=30)), injection(patient, "d2", ago(days=28))]
        said += [result(patient, "p0", "platelets", 250, ago(days=31))]
    for patient in ("haemoglobin-resolved", "haemoglobin-withdrawn"):
        said += [plan(patient, 100), result(patient, "hb0", "haemoglobin", 81, ago(days=101))]
        said += [injection(patient, f"d{day}", ago(days=100 - day)) for day in (0, 2, 4, 7, 9, 11, 85)]
        said += [result(patient, "hb70", "haemoglobin", 99, ago(days=30))]
        said += [result(patient, "p70", "platelets", 300, ago(days=30))]
    for patient in ("platelets-resolved", "platelets-withdrawn"):
        said += [plan(patient, 1), result(patient, "p0", "platelets", 18, ago(hours=20))]
    said += [plan(GONE, 30), injection(GONE, "d0", ago(days=30)), result(STAYS, "p0", "platelets", 250, ago(days=31))]
    return said


def later_messages(snoozed_alert: str) -> list[Message]:
    """What ends those alerts: something new, which resolves, or a correction, which withdraws; and a short snooze."""
    wake = (now() + timedelta(seconds=3)).isoformat()
    return [
        injection("overdue-resolved", "d30", ago(seconds=0)),
        injection("overdue-withdrawn", "d4", ago(days=26)),
        *(injection("overdue-withdrawn", f"d{day}", ago(days=30 - day)) for day in (7, 9, 11)),
        result("haemoglobin-resolved", "hb100", "haemoglobin", 135, ago(seconds=0)),
        result("haemoglobin-withdrawn", "hb70", "haemoglobin", 139, ago(days=30), version=2, status="corrected"),
        result("platelets-resolved", "p1", "platelets", 210, ago(seconds=0)),
        result("platelets-withdrawn", "p0", "platelets", 180, ago(hours=20), version=2, status="corrected"),
        message(
            "alert-actions",
            "overdue-snoozed",
            "snooze",
            alert_id=snoozed_alert,
            action="snoozed",
            actor="Sister Bea",
            acted_at=ago(seconds=0),
            until=wake,
        ),
        result("overdue-snoozed", "na", "sodium", 140, ago(days=1), becomes=NOT_FOR_US),
        result("nobody-enrolled", "p0", "platelets", 12, ago(days=1)),
        injection("overdue-snoozed", "d2", GIVEN),
        injection("overdue-snoozed", "d2", GIVEN),  # twice the same
        result("platelets-withdrawn", "p0", "platelets", 18, ago(hours=20)),  # the old version, once more
        Message("lab-results", b"overdue-snoozed", b"not JSON", DEAD),
        Message("treatment-plans", None, MERGE.encode()),
        result(GONE, "p1", "platelets", 240, ago(seconds=0)),  # under the old id, after the merge
    ]


async def told(bootstrap: str, sources: Sources) -> None:
    """The ward's story and the patients above; the later messages when the first have raised their alerts."""
    await sources.say(*shifted_ward(8, seed=1), *first_messages())
    await wait_until_time_has_passed_all(bootstrap)
    history = await published(bootstrap)
    (snoozed,) = {
        said["alert_id"]
        for records in history[ALERT_CHANGES.name].values()
        for said in records
        if (said["patient_id"], said["rule"]) == ("overdue-snoozed", OVERDUE)
    } & open_alerts(history)
    await sources.say(*later_messages(snoozed))

    async def snooze_is_over() -> bool:
        records = (await published(bootstrap, [ALERT_CHANGES.name]))[ALERT_CHANGES.name].values()
        about = [said for found in records for said in found if said["alert_id"] == snoozed]
        return any(said["snoozed_until"] for said in about) and not about[-1]["snoozed_until"]

    await until("the snooze is over, by a review and without any message", snooze_is_over)

    async def is_handed_on() -> bool:
        return {("raised", ""), ("withdrawn", STAYS)} <= await changes_of_the_merged(bootstrap)

    await until("what stood under the id that went stands under the one that stayed", is_handed_on)
    await wait_until_time_has_passed_all(bootstrap)


async def changes_of_the_merged(bootstrap: str) -> set[tuple[str, str]]:
    """Alerts of overdue doses that were raised under the one id, and withdrawn under the other because of the merge."""
    found = (await published(bootstrap, [ALERT_CHANGES.name]))[ALERT_CHANGES.name].values()
    about = [said for records in found for said in records if said["rule"] == OVERDUE]
    wanted = {("raised", STAYS), ("withdrawn", GONE)}
    return {(s["change"], s.get("merged_into", "")) for s in about if (s["change"], s["patient_id"]) in wanted}


def open_alerts(history: dict[str, dict[int, list[dict[str, object]]]]) -> set[object]:
    newest = {said["alert_id"]: said["change"] for found in history[ALERT_CHANGES.name].values() for said in found}
    return {alert_id for alert_id, change in newest.items() if change in ("raised", "updated")}


def assert_every_rule_was_seen_at_work(changes: Counter[tuple[str, str]]) -> None:
    assert changes.keys() >= {(rule, change) for rule in RULES for change in ("raised", "resolved", "withdrawn")}
    assert changes[OVERDUE, "updated"]


async def eicu_published(bootstrap: str, folder: Path) -> dict[str, Message]:
    """Real laboratory results through the real commands; what each record must become."""
    log = folder / "eicu.jsonl"
    b12watch("import", "eicu", LAB_CSV, "-o", log)
    b12watch("publish", log, "--bootstrap", bootstrap)
    found = await source_records(bootstrap)
    assert len(found) == len(log.read_text().splitlines())
    read_by_rules = (None, "haemoglobin", "platelets")
    return {
        f"{r.topic}/{r.partition}/{r.offset}": Message(
            r.topic, r.key, r.value, FACTS if json.loads(r.value).get("analyte") in read_by_rules else NOT_FOR_US
        )
        for r in found
    }


async def assert_alert_changes_are_cloud_events(bootstrap: str) -> int:
    count = 0
    for records in (await read_all(bootstrap, ALERT_CHANGES.name)).values():
        for record in records:
            event = from_kafka_event(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value))
            data = event.get_data()
            assert isinstance(data, dict)
            assert record.key.decode() == data["patient_id"]
            assert event.get_id() == data["change_id"]
            assert event.get_subject() == data["alert_id"]
            assert event.get_type() == f"org.b12watch.alert.{data['change']}.v1"
            count += 1
    return count


@pytest.mark.kafka
async def test_what_is_published_live_is_what_a_replay_of_the_recorded_log_gives(
    real_kafka: RealKafka, tmp_path: Path
) -> None:
    async with topics_of_our_own(real_kafka) as bootstrap:
        with worker(tmp_path / "all.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as everything:
            sent = await eicu_published(bootstrap, tmp_path)
            async with sources_of(bootstrap) as sources:
                await told(bootstrap, sources)
            sent |= sources.sent
            assert everything.stop() == 0
        assert_clean(everything)
        with worker(tmp_path / "treatment.log", "treatment", "--bootstrap", bootstrap) as treatment:
            await treatment.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)  # the last ticks, which nobody may have read
            assert treatment.stop() == 0
        assert_clean(treatment)

        log = await recorded(bootstrap, tmp_path)
        walked, summary = replayed(log)
        live = await published(bootstrap)
        assert_same_history(live, walked)
        assert_every_rule_was_seen_at_work(changes_by_rule(live))
        assert_newest_status_of_each_patient(live, walked, patients_of(sent.values()))
        assert await assert_alert_changes_are_cloud_events(bootstrap) == changes_by_rule(live).total()

        kinds = await assert_every_source_record_became_what_it_should(bootstrap, sent)
        committed = await committed_offsets(bootstrap, Intake.group, Intake.inputs)
        assert unread(await source_records(bootstrap), committed) == 0
        counts = counted_at_the_end(everything, "intake")
        assert counts["records read"] == len(sent)
        assert (counts["with facts"], counts["not for us"], counts["dead letters"]) == (
            kinds[FACTS] + counts["further parts"], kinds[NOT_FOR_US], kinds[DEAD]
        )  # fmt: skip
        assert counts["further parts"] == 1, "the merge is told to two"
        standing = await assert_stores_hold_what_the_log_says(bootstrap)
        in_replay = counted(summary)
        assert in_replay["outdated versions"]
        assert in_replay["facts forgotten"], "the import tells of times long before anybody was enrolled"
        assert in_replay["new facts"] + in_replay["duplicates"] + in_replay["outdated versions"] == kinds[FACTS] + 1
        assert in_replay["alert changes"] == changes_by_rule(live).total()
        print(f"{len(sent)} source records {dict(kinds)}, {standing} standing facts, {dict(changes_by_rule(live))}")


async def test_the_same_on_the_embedded_broker_where_repeats_are_allowed(tmp_path: Path) -> None:
    with worker(tmp_path / "all.log", "all", "--embedded", "--tick-seconds", 0.3) as everything:

        async def says_its_address() -> bool:
            return "embedded broker at" in everything.said

        await until("the worker says where its broker is", says_its_address)
        found = re.search(r"embedded broker at (\S+)", everything.said)
        assert found
        bootstrap = found.group(1)
        async with sources_of(bootstrap) as sources:
            await told(bootstrap, sources)
        log = await recorded(bootstrap, tmp_path)
        await wait_until_time_has_passed_all(bootstrap)
        walked, _ = replayed(log)
        live = without_repeats(await published(bootstrap))
        # the worker goes on ticking: what it published after the recording is left out
        live = {
            topic: {p: found[: len(walked[topic][p])] for p, found in partitions.items()}
            for topic, partitions in live.items()
        }
        assert_same_history(live, walked)
        assert_every_rule_was_seen_at_work(changes_by_rule(live))
        kinds = await assert_every_source_record_became_what_it_should(bootstrap, sources.sent, repeats_allowed=True)
        assert everything.stop() == 0
    assert_clean(everything)
    counts = counted_at_the_end(everything, "intake")
    assert counts["records read"] == kinds.total()
