"""One life of the consumer in its group: what comes and what goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.abc import ConsumerRebalanceListener

from workers.holdings import Holdings
from workers.kafka_io import TopicPartition


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """aiokafka calls it back.  `joined`: partitions were given, perhaps none; `outgrown`: more than there were."""

    def __init__(self, consumer: Any, holdings: Holdings, counts: Mapping[str, int]) -> None:
        self.consumer = consumer
        self.holdings = holdings
        self.joined = False
        self.ended = False
        self.outgrown = False
        self._counts = counts

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Waits for the batches in hand, which still are ours, and lets go."""
        self.joined = False
        await self.holdings.revoke(TopicPartition(*where) for where in revoked)

    async def on_partitions_assigned(self, assigned: Any) -> None:
        if self.ended:
            return
        places = [TopicPartition(*where) for where in assigned]
        self.outgrown = any(place.partition >= self._counts[place.topic] for place in places)
        if not self.outgrown:
            self.holdings.begin(places)
            self.joined = True
