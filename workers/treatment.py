"""The treatment worker as the batch loop sees it."""

from __future__ import annotations

from collections import Counter

from topics.definitions import ALERTS, CLINICAL_EVENTS, TREATMENT_CHANGELOG, TREATMENT_TOPICS
from workers.patients import AWAKE
from workers.records import PartitionWork, Stores
from workers.treatment_partition import TreatmentPartition


class Treatment:
    """The handler that the batch loop asks: one `TreatmentPartition` for each partition of clinical-events."""

    group = "b12watch-treatment"
    inputs = (CLINICAL_EVENTS.name,)
    same_partitions = tuple(topic.name for topic in TREATMENT_TOPICS if topic is not CLINICAL_EVENTS)
    stores = (TREATMENT_CHANGELOG.name, ALERTS.name)

    def __init__(self, awake: int = AWAKE) -> None:
        """At most `awake` patients of each partition are awake."""
        self._awake = awake
        self.counts: Counter[str] = Counter()
        self.partitions: dict[int, TreatmentPartition] = {}

    def take_over(self, topic: str, partition: int, stored: Stores) -> TreatmentPartition:
        work = TreatmentPartition.restored(partition, self.counts, stored, self._awake)
        self.partitions[partition] = work
        return work

    def take_back(self, topic: str, partition: int, work: PartitionWork) -> None:
        assert isinstance(work, TreatmentPartition), "it is the one that we gave"
        self.partitions[partition] = work

    def give_up(self, topic: str, partition: int) -> None:
        self.partitions.pop(partition, None)

    def announcement(self, partition: int) -> bytes | None:
        """See `TreatmentPartition.announcement`."""
        return self.partitions[partition].announcement()
