"""The topics, as Kafka is told to create them."""

from __future__ import annotations

import pytest

from topics.definitions import ALL_TOPICS, SOURCE_TOPICS, TREATMENT_TOPICS, TopicDef, topic_named


def test_the_topics_are_these() -> None:
    assert sorted(topic.name for topic in ALL_TOPICS) == [
        "administrations",
        "alert-actions",
        "alert-changes",
        "alerts",
        "assessments",
        "b12watch-treatment-changelog",
        "clinical-events",
        "dead-letters",
        "lab-results",
        "operational-alerts",
        "patient-status",
        "treatment-plans",
    ]


def test_every_topic_is_listed_once() -> None:
    assert len({id(topic) for topic in ALL_TOPICS}) == len(ALL_TOPICS)
    assert {*SOURCE_TOPICS, *TREATMENT_TOPICS} < set(ALL_TOPICS)


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_every_topic_says_why_and_who_writes(topic: TopicDef) -> None:
    assert topic.why and topic.writers and topic.key and topic.shapes
    assert topic_named(topic.name) is topic
    assert all(isinstance(value, str) for value in topic.config.values())


BROKERS_TIME = {"message.timestamp.type": "LogAppendTime"}


def test_clinical_events_are_kept_for_ever() -> None:
    assert topic_named("clinical-events").config == {"cleanup.policy": "delete", "retention.ms": "-1"} | BROKERS_TIME


def test_the_newest_of_each_key_is_kept_without_a_limit_of_age() -> None:
    for name in ("alerts", "patient-status", "b12watch-treatment-changelog"):
        assert topic_named(name).config == {"cleanup.policy": "compact"} | BROKERS_TIME


def test_other_topics_are_deleted_by_age_in_milliseconds() -> None:
    expected = {"cleanup.policy": "delete", "retention.ms": "31536000000"} | BROKERS_TIME
    assert topic_named("dead-letters").config == expected


@pytest.mark.parametrize("topic", SOURCE_TOPICS, ids=lambda topic: topic.name)
def test_what_sources_sent_is_kept_for_days_since_it_came_whatever_their_clock_says(topic: TopicDef) -> None:
    assert topic.config == {"cleanup.policy": "delete", "retention.ms": "2592000000"} | BROKERS_TIME


def test_a_topic_of_others_is_not_ours() -> None:
    with pytest.raises(KeyError):
        topic_named("orders")
