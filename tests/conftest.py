"""Fixtures that more than one test module uses."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.real_kafka import KafkaUnavailableError, RealKafka, running_kafka

# Slow is not wrong: a law is never refuted by the clock of a busy machine.
settings.register_profile("no-deadline", settings(), deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def real_kafka() -> Iterator[RealKafka]:
    """A real broker for the whole run.  Tests that use it carry the marker `kafka`, and topic names of their own."""
    given = os.environ.get("B12WATCH_TEST_KAFKA")
    if given:
        yield RealKafka(None, None, bootstrap=given)
        return
    try:
        with running_kafka() as kafka:
            yield kafka
    except KafkaUnavailableError as missing:
        if os.environ.get("B12WATCH_REQUIRE_KAFKA") == "1":
            pytest.fail(f"B12WATCH_REQUIRE_KAFKA is set, but no broker: {missing}", pytrace=False)
        pytest.skip(f"no real broker: {missing}")


@pytest.fixture(scope="session")
def kafka_bootstrap(real_kafka: RealKafka) -> str:
    return real_kafka.bootstrap
