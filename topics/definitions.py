"""Every topic: its name, key, shapes, cleanup, how long it is kept, who writes it, and why it is so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from topics.dead_letters import DeadLetterV1
from topics.schemas.changelog import KnownFactV1, PartitionEntryV1
from topics.schemas.events import ActivationV1, FactEventV1, HandedOnV1, RulesV1, TickV1
from topics.schemas.outputs import AlertChangeV1, AlertV1, OperationalAlertV1, PatientStatusV1
from topics.schemas.source import AdministrationV1, AlertActionV1, AssessmentV1, ConditionV1, LabResultV1
from topics.schemas.source_medication import MedicationOrderV1, MedicationSupplyV1
from topics.schemas.source_merge import PatientMergeV1
from topics.schemas.source_plan import TreatmentPlanV1

FOR_EVER: Final = None


class Cleanup(StrEnum):
    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True, kw_only=True)
class TopicDef:
    """One topic.  `retention` of None keeps everything (a compacted topic: the newest of each key).

    The first of a source topic's `shapes` is the topic's own kind: a message that names no kind is of it.
    """

    name: str
    key: str
    shapes: tuple[type[Any], ...]
    cleanup: Cleanup
    retention: timedelta | None
    writers: str
    why: str

    def __post_init__(self) -> None:
        assert self.cleanup is Cleanup.DELETE or self.retention is None, f"{self.name}: compacted, so never by age"

    @property
    def config(self) -> dict[str, str]:
        """The settings with which the topic is created (names and values as Kafka has them)."""
        # the broker's time on all: it refuses what a clock an hour ahead of its own has stamped, again and again, and
        # what a clock far behind has stamped would go before it is read
        config = {"cleanup.policy": self.cleanup.value, "message.timestamp.type": "LogAppendTime"}
        if self.cleanup is Cleanup.DELETE:
            config["retention.ms"] = (
                "-1" if self.retention is None else str(self.retention // timedelta(milliseconds=1))
            )
        return config


def _source_topic(name: str, *shapes: type[Any], why: str, key: str = "any", writers: str = "") -> TopicDef:
    return TopicDef(
        name=name,
        key=key,
        shapes=shapes,
        cleanup=Cleanup.DELETE,
        retention=timedelta(days=30),  # longer than intake may be away; what was read is kept in clinical-events
        writers=writers or "source systems: canonical JSON or FHIR R4",
        why=why,
    )


LAB_RESULTS = _source_topic("lab-results", LabResultV1, why="what the laboratory measured; mostly not for us")
ADMINISTRATIONS = _source_topic(
    "administrations",
    AdministrationV1,
    MedicationOrderV1,
    MedicationSupplyV1,
    why="doses given, refused or charted otherwise; what was ordered or handed over, which is no dose",
)
TREATMENT_PLANS = _source_topic(
    "treatment-plans",
    TreatmentPlanV1,
    PatientMergeV1,
    why="who is treated, by which regimen, since when; which ids of patients are one person",
)
ASSESSMENTS = _source_topic(
    "assessments",
    AssessmentV1,
    ConditionV1,
    why="what clinicians found: ends a loading, confirms lifelong; diseases, operations and diets",
)
ALERT_ACTIONS = _source_topic(
    "alert-actions",
    AlertActionV1,
    why="what people did about alerts is a source like the others, so that it is in the one log too",
    key="patient id",
    writers="ward systems: canonical JSON",
)
CLINICAL_EVENTS = TopicDef(
    name="clinical-events",
    key="patient id (ticks and activations: none)",
    shapes=(FactEventV1, HandedOnV1, TickV1, ActivationV1, RulesV1),
    cleanup=Cleanup.DELETE,
    retention=FOR_EVER,
    writers="intake: facts, ticks, and one activation at the beginning; treatment: what merges hand on, blind ticks",
    why="the one log of which all history is a function; the broker's time, since no writer's clock may decide",
)
ALERT_CHANGES = TopicDef(
    name="alert-changes",
    key="patient id",
    shapes=(AlertChangeV1,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=5 * 365),
    writers="treatment",
    why="every change of every alert, in order; ward systems read it",
)
ALERTS = TopicDef(
    name="alerts",
    key="alert id, on the patient's partition",
    shapes=(AlertV1,),
    cleanup=Cleanup.COMPACT,
    retention=FOR_EVER,
    writers="treatment; a tombstone some days after closing",
    why="the newest of each alert: what was published is read back from where it was published",
)
PATIENT_STATUS = TopicDef(
    name="patient-status",
    key="patient id",
    shapes=(PatientStatusV1,),
    cleanup=Cleanup.COMPACT,
    retention=FOR_EVER,
    writers="treatment; a tombstone when nothing is kept any more of a patient whom nobody enrolled",
    why="phase, next dose and what is missing, for a patient's page",
)
DEAD_LETTERS = TopicDef(
    name="dead-letters",
    key="the source message's own",
    shapes=(DeadLetterV1,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=365),
    writers="intake",
    why="what could not be read is kept as it came, to be mended and sent again; it holds identifiers, so not for ever",
)
TREATMENT_CHANGELOG = TopicDef(
    name="b12watch-treatment-changelog",
    key="patient id and fact digest; one fixed key for the partition itself",
    shapes=(KnownFactV1, PartitionEntryV1),
    cleanup=Cleanup.COMPACT,
    retention=FOR_EVER,
    writers="treatment",
    why="state is a set of facts, one key each: an event costs one small write, not the whole record again",
)

OPERATIONAL_ALERTS = TopicDef(
    name="operational-alerts",
    key="what it is about",
    shapes=(OperationalAlertV1,),
    cleanup=Cleanup.COMPACT,
    retention=FOR_EVER,
    writers="treatment",
    why="what b12watch itself cannot do at present, for those who run it: the newest of each",
)

SOURCE_TOPICS: Final = (LAB_RESULTS, ADMINISTRATIONS, TREATMENT_PLANS, ASSESSMENTS, ALERT_ACTIONS)
TREATMENT_TOPICS: Final = (
    CLINICAL_EVENTS,
    ALERT_CHANGES,
    ALERTS,
    PATIENT_STATUS,
    OPERATIONAL_ALERTS,
    TREATMENT_CHANGELOG,
)
"""Those that must have the same number of partitions, since a patient has one number on all of them."""
ALL_TOPICS: Final = (*SOURCE_TOPICS, *TREATMENT_TOPICS, DEAD_LETTERS)


def topic_named(name: str) -> TopicDef:
    """Raises: KeyError for a name that is none of ours."""
    return {topic.name: topic for topic in ALL_TOPICS}[name]
