"""Topics on a broker: creating them, and refusing settings by which b12watch would forget or trust a wrong clock."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from topics.definitions import ALL_TOPICS, TREATMENT_TOPICS, TopicDef
from workers.connection import Connection
from workers.kafka_io import StartRefusedError

_COPIES = 3  # of each partition, where there are brokers for them; with one gone, two still take what is written
_MUST = ("cleanup.policy", "message.timestamp.type")  # how long a log is kept is the hospital's to decide


@contextlib.contextmanager
def told_of_missing_rights() -> Iterator[None]:
    """What the broker does not allow is for an operator to put right.  Raises: StartRefusedError."""
    try:
        yield
    except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError) as error:
        raise StartRefusedError(f"the broker does not allow what is needed: {error}") from None


class WrongTopicSettingsError(StartRefusedError):
    """Topics that exist have other settings than they must have; the text says which and what."""


@contextlib.asynccontextmanager
async def _admin(connection: Connection) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**connection.options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create_topics(connection: Connection, *, partitions: int, replication: int) -> dict[str, str]:
    """Create every topic that is not there; gives for each name what happened.  Raises: KafkaError."""
    safe = {"min.insync.replicas": str(_COPIES - 1)} if replication >= _COPIES else {}
    wanted = [NewTopic(t.name, partitions, replication, topic_configs={**t.config, **safe}) for t in ALL_TOPICS]
    async with _admin(connection) as admin:
        answer = await admin.create_topics(wanted)
    outcomes: dict[str, str] = {}
    for name, code, *told in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            outcomes[name] = f"created with {partitions} partitions"
        elif error is TopicAlreadyExistsError:
            outcomes[name] = "exists already, left as it is"
        else:
            raise error(f"{name}: {told[0] if told and told[0] else error.description}")
    return outcomes


async def wrong_settings(connection: Connection, topics: Iterable[TopicDef] = TREATMENT_TOPICS) -> list[str]:
    """A sentence for each setting of an existing topic that is not what it must be.

    A topic that a broker created by itself, on first use, forgets after a week what has to be kept.
    Raises: KafkaError when the broker does not answer; StartRefusedError when it does not give them.
    """
    wanted = {topic.name: topic for topic in topics}
    async with _admin(connection) as admin:
        there = set(await admin.list_topics())
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted if name in there]
        answers = await admin.describe_configs(asked) if asked else []
    return [sentence for name, found in _settings(answers) for sentence in _wrong_in(wanted[name], found)]


def _settings(answers: Iterable[Any]) -> Iterable[tuple[str, dict[str, str]]]:
    """Raises: StartRefusedError when the broker does not give those of one topic."""
    for answer in answers:
        for code, message, _kind, name, entries in answer.resources:
            if code != 0:
                raise StartRefusedError(f"the settings of {name} cannot be read: {message or for_code(code).__name__}")
            yield name, {entry[0]: entry[1] for entry in entries}


async def members_of(connection: Connection, group: str) -> int:
    """How many members a consumer group has now.  Raises: KafkaError."""
    async with _admin(connection) as admin:
        answers = await admin.describe_consumer_groups([group])
    # error code, group, state, protocol type, protocol, members, and in newer answers what is allowed
    return sum(len(group[5]) for answer in answers for group in map(tuple, answer.groups))


async def compare_topics(connection: Connection) -> list[str]:
    """A sentence for each way in which the topics of a cluster are not what they must be, or should be.

    Where there are three brokers or more, each partition should have three copies, of which two must be there to write.
    Raises: KafkaError.
    """
    async with _admin(connection) as admin:
        brokers = len((await admin.describe_cluster())["brokers"])
        found = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        there = [topic for topic in ALL_TOPICS if topic.name in found]
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, t.name) for t in there])
    settings = dict(_settings(answers))
    said = [f"{topic.name}: is not there" for topic in ALL_TOPICS if topic.name not in found]
    for topic in there:
        said += _wrong_in(topic, settings[topic.name])
        copies = min(len(partition["replicas"]) for partition in found[topic.name])
        if brokers >= _COPIES and copies < _COPIES:
            said.append(f"{topic.name}: has {copies} copies of a partition, and should have {_COPIES}")
        insync = int(settings[topic.name].get("min.insync.replicas", "1"))
        if copies >= _COPIES and insync < _COPIES - 1:
            said.append(f"{topic.name}: min.insync.replicas is {insync}, and should be {_COPIES - 1}")
    counts = {topic.name: len(found[topic.name]) for topic in TREATMENT_TOPICS if topic.name in found}
    if len(set(counts.values())) > 1:
        each = ", ".join(f"{name} has {count}" for name, count in counts.items())
        said.append(f"these topics must have the same number of partitions: {each}")
    return said


def _wrong_in(topic: TopicDef, found: Mapping[str, str]) -> list[str]:
    return [
        f"{topic.name}: {key} is {found.get(key)}, and must be {topic.config[key]}"
        for key in _MUST
        if key in topic.config and found.get(key) != topic.config[key]
    ]


async def check_there(connection: Connection, topics: Iterable[TopicDef] = TREATMENT_TOPICS) -> None:
    """Raises: StartRefusedError naming the topics that are not there; KafkaError."""
    async with _admin(connection) as admin:
        there = set(await admin.list_topics())
    missing = [topic.name for topic in topics if topic.name not in there]
    if missing:
        names = ", ".join(missing)
        raise StartRefusedError(
            f"there is no topic {names}, or none that we may see; `b12watch topics create` makes all of them"
        )


async def check_settings(connection: Connection) -> None:
    """Raises: WrongTopicSettingsError; KafkaError."""
    wrong = await wrong_settings(connection)
    if wrong:
        raise WrongTopicSettingsError(
            f"{'; '.join(wrong)}. Nothing was read. Create the topics with `b12watch topics create` before any worker "
            "starts, on a broker that does not create topics by itself."
        )
