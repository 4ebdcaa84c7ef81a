"""What the short forms of the trials share."""

from __future__ import annotations

import pytest

from tests.real_kafka import RealKafka


@pytest.fixture
def quick_kafka(real_kafka: RealKafka) -> RealKafka:
    """A broker that allows sessions of a second or two: a short trial has no time to wait for longer ones."""
    if not real_kafka.owned:
        pytest.skip("B12WATCH_TEST_KAFKA may not allow such short sessions")
    return real_kafka
