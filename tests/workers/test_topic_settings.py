"""Topics that a broker made by itself forget what must be kept: they are told, and no worker starts on them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from tests.real_kafka import RealKafka, running_kafka
from tests.workers.live import B12WATCH
from topics.definitions import ALERTS, CLINICAL_EVENTS
from workers.connection import Connection
from workers.topic_settings import wrong_settings

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def broker(real_kafka: RealKafka) -> Iterator[RealKafka]:
    """A broker of our own, on which two topics exist with the broker's defaults; skipped where none can be had."""
    with running_kafka() as kafka:
        asyncio.run(kafka.create_topics(ALERTS.name, CLINICAL_EVENTS.name, partitions=2))
        yield kafka


def b12watch(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([B12WATCH, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)


def test_each_wrong_setting_is_told(broker: RealKafka) -> None:
    assert asyncio.run(wrong_settings(Connection(broker.bootstrap))) == [
        "clinical-events: message.timestamp.type is CreateTime, and must be LogAppendTime",
        "alerts: cleanup.policy is delete, and must be compact",
        "alerts: message.timestamp.type is CreateTime, and must be LogAppendTime",
    ]


def test_creating_the_others_tells_them_too_and_ends_with_exit_code_1(broker: RealKafka) -> None:
    ran = b12watch("topics", "create", "--bootstrap", broker.bootstrap, "--partitions", 2)
    assert ran.returncode == 1
    assert "alerts: cleanup.policy is delete, and must be compact" in ran.stderr


@pytest.mark.parametrize("kind", ["intake", "treatment"])
def test_no_worker_starts_on_them(broker: RealKafka, kind: str) -> None:
    b12watch("topics", "create", "--bootstrap", broker.bootstrap, "--partitions", 2)
    ran = b12watch("worker", kind, "--bootstrap", broker.bootstrap)
    assert ran.returncode == 2
    assert "alerts: cleanup.policy is delete, and must be compact" in ran.stderr
    assert "Nothing was read" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_check_tells_what_is_wrong_and_what_is_not_there() -> None:
    with running_kafka() as kafka:
        asyncio.run(kafka.create_topics(ALERTS.name, partitions=2))
        asyncio.run(kafka.create_topics(CLINICAL_EVENTS.name, partitions=3, configs=CLINICAL_EVENTS.config))
        ran = b12watch("topics", "check", "--bootstrap", kafka.bootstrap)
        assert ran.returncode == 1
        said = ran.stderr.splitlines()
        assert "patient-status: is not there" in said
        assert "alerts: cleanup.policy is delete, and must be compact" in said
        assert said[-1] == ("these topics must have the same number of partitions: clinical-events has 3, alerts has 2")


def test_topics_that_we_created_have_nothing_wrong(broker: RealKafka) -> None:
    with running_kafka() as fresh:
        assert b12watch("topics", "create", "--bootstrap", fresh.bootstrap).returncode == 0
        assert asyncio.run(wrong_settings(Connection(fresh.bootstrap))) == []
        checked = b12watch("topics", "check", "--bootstrap", fresh.bootstrap)
        assert (checked.returncode, checked.stdout) == (0, "12 topics are as they must be\n")
