"""A Kafka broker inside this process, for the demo and for quick tests: librdkafka's mock cluster.

What it is: a real TCP endpoint that speaks the Kafka protocol; producers and consumers work.
What it is not, each tried out:

* It keeps nothing: all is gone when it is closed, and only the newest 5 MB or so of a partition are kept before that.
* Transactions are answered and do nothing: aborted records are read, a fenced producer's commit succeeds, and offsets
  sent to a transaction are lost.  Use it with plain commits.
* Topics cannot be created: they appear on first use, all with `PARTITIONS` partitions.
* It has no append time: a record carries the time that its producer gave, an acknowledgement says 1970.
* A group takes seconds to form, and one of two members never does.
* It does not wake a waiting fetch when a record arrives: readers should wait a few milliseconds at most.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from confluent_kafka import Producer

PARTITIONS = 4
START_TIMEOUT_S = 10.0


class EmbeddedBroker:
    """A context manager; `bootstrap` is the address while it is open.  Not for patients: see above."""

    def __init__(self) -> None:
        self._owner: Any = None  # the producer that carries the mock cluster; it sends nothing
        self._bootstrap = ""

    @property
    def bootstrap(self) -> str:
        """`host:port`, once entered."""
        assert self._bootstrap, "the embedded broker is not open"
        return self._bootstrap

    def __enter__(self) -> Self:
        """Starts it.  Raises confluent_kafka.KafkaException when it does not answer."""
        self._owner = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
        (broker,) = self._owner.list_topics(timeout=START_TIMEOUT_S).brokers.values()
        self._bootstrap = f"{broker.host}:{broker.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner = None  # the mock cluster ends with its last reference
        self._bootstrap = ""
