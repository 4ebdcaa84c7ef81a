"""Strategies for logs of clinical-events: stories of a few patients, with ticks between and after the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from hypothesis import strategies as st

from domain.facts import Fact
from domain.policies.general import AlertsPolicy, SilencePolicy
from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from tests.domain.strategies import WARDS_POLICY, Story, stories
from topics.codecs.clinical_event import (
    Heard,
    Mended,
    Unread,
    encode_activation,
    encode_fact,
    encode_reading,
    encode_tick,
)
from topics.definitions import CLINICAL_EVENTS
from workers.records import InputRecord

LISTENING = WARDS_POLICY.model_copy(update={"silence": SilencePolicy(facility_hours={"lab-results/laboratory": 30})})
BRISK = WARDS_POLICY.model_copy(update={"alerts": AlertsPolicy(closed_kept_days=1)})
SOURCES = ("lab-results/0", "administrations/0")


def activation(policy: Policy = WARDS_POLICY) -> bytes:
    return encode_activation(policy.as_data(), policy.version, RULE_VERSIONS, SOURCES)


def tick(complete_to: datetime, sources: Iterable[str] = SOURCES, heard: Mapping[str, Heard] | None = None) -> bytes:
    return encode_tick(complete_to, sources, heard=heard)


def numbered(entries: Iterable[tuple[datetime, bytes | None, bytes]]) -> list[InputRecord]:
    """Records of partition 0 with offsets from 0, from log time, key and value."""
    return [
        InputRecord(CLINICAL_EVENTS.name, 0, offset, timestamp, key, value)
        for offset, (timestamp, key, value) in enumerate(entries)
    ]


_WHO_TICKS = (SOURCES, SOURCES, SOURCES[:1], SOURCES[1:])  # the time is the least of what they say


@st.composite
def event_logs(draw: st.DrawFn, *, patients: int = 2, most_wild_facts: int = 4) -> list[InputRecord]:
    """The log of a partition: facts in the order in which they became known, ticks, a fact twice; an activation first,
    and perhaps others among them."""
    told = [draw(stories(most_wild_facts=most_wild_facts)) for _ in range(draw(st.integers(1, patients)))]
    arrivals = sorted(
        (
            (arrival.known_at, f"patient-{n}", arrival.fact)
            for n, story in enumerate(told)
            for arrival in story.arrivals
        ),
        key=lambda entry: (entry[0], entry[1]),
    )
    arrivals += draw(st.lists(st.sampled_from(arrivals), max_size=3)) if arrivals else []
    first = arrivals[0][0] if arrivals else _zero(told)
    entries: list[tuple[datetime, bytes | None, bytes]] = [
        (first, None, activation(LISTENING)),
        (first, None, encode_tick(first)),
    ]
    time = first
    for known_at, patient_id, fact in arrivals:
        time = max(time, known_at)
        if draw(st.booleans()):
            entries.append((time, None, tick(time, draw(st.sampled_from(_WHO_TICKS)), draw(_heard(time)))))
        if draw(st.integers(0, 7)) == 0:
            entries.append((time, None, encode_tick(time + timedelta(days=draw(st.sampled_from([1, 9]))), blind=True)))
        if draw(st.integers(0, 9)) == 0:
            entries.append((time, None, activation(draw(st.sampled_from([LISTENING, BRISK])))))
        if draw(st.integers(0, 5)) == 0:
            who = draw(st.sampled_from([patient_id, "nobody"]))
            entries.append((time, who.encode(), encode_reading(who, draw(_reading(time, fact)))))
        entries.append((time, patient_id.encode(), encode_fact(patient_id, fact)))
    for days in draw(st.lists(st.sampled_from([0.04, 1, 3, 10, 60, 200]), max_size=4)):
        time += timedelta(days=days)
        entries.append((time, None, tick(time, heard=draw(_heard(time)))))
    return numbered(entries)


FEEDS = ("lab-results", "administrations", "lab-results/laboratory", "assessments")


def _heard(time: datetime) -> st.SearchStrategy[Mapping[str, Heard] | None]:
    """What a tick says of the feeds: nobody listens, nothing came, or some did, lately or a while ago."""
    ago = st.sampled_from([timedelta(0), timedelta(hours=5), timedelta(days=6)])
    return st.none() | st.dictionaries(
        st.sampled_from(FEEDS), st.builds(Heard, ago.map(lambda before: time - before), st.integers(1, 9)), max_size=3
    )


def _reading(time: datetime, fact: Fact) -> st.SearchStrategy[Unread | Mended]:
    """A message that could not be read, perhaps an earlier or later version of the fact; or one that was mended."""
    unread = st.builds(
        Unread,
        topic=st.just("lab-results"),
        partition=st.just(0),
        offset=st.integers(0, 3),
        at=st.just(time),
        where=st.sampled_from(["unit", "value"]),
        problem=st.just("no unit"),
        fact_id=st.sampled_from(["", fact.fact_id]),
        version=st.integers(0, 2),
    )
    return unread | st.builds(Mended, st.builds("lab-results/0/{}".format, st.integers(0, 3)))


def _zero(told: list[Story]) -> datetime:
    return datetime.fromisoformat(f"{told[0].zero.isoformat()}T00:00:00+00:00")
