"""State made anew from the log: it says when it differs, mends just that, and leaves the history alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import AdminClient

from tests.real_kafka import RealKafka
from tests.workers.command_line import process
from tests.workers.live import (
    shifted_ward,
    sources_of,
    topics_of_our_own,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import (
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    published,
    recorded,
    replayed,
)
from tests.workers.toy import read_all
from topics.definitions import ALERTS, TREATMENT_CHANGELOG
from workers.treatment import Treatment

pytestmark = pytest.mark.kafka


def rebuild(bootstrap: str, *options: str) -> subprocess.CompletedProcess[str]:
    return process("rebuild", "--bootstrap", bootstrap, *options)


async def damage(bootstrap: str) -> None:
    """An entry that is lost, one that is of nobody, one that is not what was said, and a lost alert."""
    stored = await read_all(bootstrap, TREATMENT_CHANGELOG.name)
    partition, records = next((p, r) for p, r in stored.items() if len({x.key for x in r if b"/" in x.key}) > 3)
    lost, changed = [record for record in records if b"/" in record.key][:2]
    alert = next(r for r in (await read_all(bootstrap, ALERTS.name))[partition] if r.value is not None)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for topic, key, value in (
            (TREATMENT_CHANGELOG.name, lost.key, None),
            (TREATMENT_CHANGELOG.name, b"nobody/0123", lost.value),
            (TREATMENT_CHANGELOG.name, changed.key, lost.value),
            (ALERTS.name, alert.key, None),
        ):
            await producer.send_and_wait(topic, value, key=key, partition=partition)


async def test_state_is_compared_with_the_log_and_made_anew(real_kafka: RealKafka, tmp_path: Path) -> None:
    async with topics_of_our_own(real_kafka) as bootstrap:
        with worker(tmp_path / "all.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as everything:
            async with sources_of(bootstrap) as sources:
                await sources.say(*shifted_ward(8, seed=3))
            await wait_until_time_has_passed_all(bootstrap)
            refused = rebuild(bootstrap)
            assert refused.returncode == 2
            assert "1 treatment workers are running; stop them first. Nothing was changed." in refused.stderr
            assert everything.stop() == 0
        with worker(tmp_path / "treatment.log", "treatment", "--bootstrap", bootstrap) as treatment:
            await treatment.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)
            assert treatment.stop() == 0
        history = await published(bootstrap)

        sound = rebuild(bootstrap, "--check")
        assert (sound.returncode, sound.stdout.count(" 0 differ, 0 too many\n")) == (0, 4), sound
        await damage(bootstrap)
        damaged = rebuild(bootstrap, "--check")
        assert damaged.returncode == 1
        assert damaged.stdout.count(" 3 differ, 1 too many\n") == 1, damaged.stdout
        assert rebuild(bootstrap, "--check").stdout == damaged.stdout, "comparing changes nothing"
        mended = rebuild(bootstrap)
        assert mended.returncode == 0
        assert mended.stdout.count(" 3 written, 1 too many\n") == 1, mended.stdout
        assert rebuild(bootstrap, "--check").returncode == 0
        await assert_stores_hold_what_the_log_says(bootstrap)
        assert await published(bootstrap) == history


async def test_a_group_whose_offset_is_gone_reads_on_where_its_state_was(real_kafka: RealKafka, tmp_path: Path) -> None:
    """A broker forgets the offset of a group that was away for long; from the beginning, old policies would rule."""
    async with topics_of_our_own(real_kafka) as bootstrap:
        with worker(tmp_path / "all.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as everything:
            async with sources_of(bootstrap) as sources:
                await sources.say(*shifted_ward(4, seed=3))
            await wait_until_time_has_passed_all(bootstrap)
            assert everything.stop() == 0
        admin = AdminClient({"bootstrap.servers": bootstrap})
        admin.delete_consumer_groups([Treatment.group])[Treatment.group].result(timeout=30)
        with worker(tmp_path / "again.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as again:
            await wait_until_time_has_passed_all(bootstrap)
            assert again.stop() == 0
        assert "the group's offset is gone" in again.said
        assert " taken over at 0\n" not in again.said
        await assert_stores_hold_what_the_log_says(bootstrap)
        walked, _ = replayed(await recorded(bootstrap, tmp_path))
        assert_same_history(await published(bootstrap), walked)
