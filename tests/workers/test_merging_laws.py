"""The laws of merged patients: any facts, merges and partings, in any order, on partitions that overtake each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import sight
from domain.calendar import ClinicalTime
from domain.facts import Fact, Merge, Sex, TreatmentPlan
from domain.merges import identity_of, kin_of
from domain.record import Record
from tests.domain.strategies import WARDS_POLICY, stories
from tests.kit import LONDON, day, record_of
from tests.workers.merging import PATIENTS, World, merge
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, PATIENT_STATUS
from workers.records import Output
from workers.replay import Replay
from workers.treatment_partition import TreatmentPartition

LAW = settings(max_examples=40, deadline=None)
WHO = ("ann", "bea", "cyd")
Said = tuple[str, Fact]


@dataclass(frozen=True)
class Told:
    """What is said of some patients, all of it by one time."""

    at: datetime
    said: tuple[Said, ...]

    @property
    def facts(self) -> list[Said]:
        return [(who, fact) for who, fact in self.said if not isinstance(fact, Merge)]

    @property
    def merges(self) -> list[Merge]:
        return [fact for _, fact in self.said if isinstance(fact, Merge)]


_seldom = st.sampled_from([False, False, True])


def _persons(agreed: bool) -> st.SearchStrategy[tuple[date | None, Sex]]:
    born = st.sampled_from([None, date(1960, 6, 1), date(1960, 6, 1), date(1961, 6, 1)])
    return st.just((None, Sex.UNKNOWN)) if agreed else st.tuples(born, st.sampled_from(Sex))


def _as_of(plan: TreatmentPlan, person: tuple[date | None, Sex]) -> TreatmentPlan:
    birth_date, sex = person
    return replace(plan, birth_date=birth_date, sex=sex)


@st.composite
def families(draw: st.DrawFn, *, agreed: bool = False) -> Told:
    """Stories of three patients, and merges among them; `agreed`: nobody can tell the persons apart."""
    story = draw(stories(most_wild_facts=2))
    facts = [arrival.fact for arrival in story.arrivals]
    at = max((fact.time.instant(LONDON) for fact in facts), default=datetime.fromisoformat(f"{story.zero}T00:00Z"))
    recent = [
        f for f in facts if f.time.instant(LONDON) > at - timedelta(days=WARDS_POLICY.facts.not_enrolled_days - 1)
    ]
    persons = [_as_of(f, draw(_persons(agreed))) if isinstance(f, TreatmentPlan) else f for f in recent]
    pairs = draw(st.lists(st.permutations(WHO).map(lambda who: who[:2]), min_size=1, max_size=7))
    merges = [merge(gone, to, n, parted=draw(_seldom)) for n, (gone, to) in enumerate(pairs, 1)]
    said = [(draw(st.sampled_from(WHO)), fact) for fact in persons]
    in_order = draw(st.booleans())
    mixed = draw(st.permutations([*said, *(("", one) for one in merges)]))
    as_said = iter(merges)
    return Told(at, tuple((who, next(as_said) if in_order and isinstance(f, Merge) else f) for who, f in mixed))


def overtaking(said: Sequence[Said], world: World, data: st.DataObject) -> World:
    """Say all; meanwhile and afterwards the partitions read in any order, by batches, and with crashes."""
    for who, fact in said:
        world.say(who, fact)
        if data.draw(st.integers(0, 3)) == 0:
            world.settle()
        for _ in range(data.draw(st.integers(0, 3))):
            n = data.draw(st.integers(0, len(world.logs) - 1))
            world.step(n, batch=data.draw(st.integers(1, 3)), crash=data.draw(st.integers(0, 5)) == 0)
    return world.settle()


def told(said: Sequence[Said], at: datetime) -> World:
    world = World(at, WHO)
    for who, fact in said:
        world.say(who, fact)
    return world


def seen(world: World) -> list[tuple[object, ...]]:
    return [(world.looked_at(who), world.open(who), world.kin(who), world.told(who)) for who in WHO]


@LAW
@given(families(), st.data())
def test_the_order_of_facts_and_merges_and_who_overtakes_whom_decide_nothing(family: Told, data: st.DataObject) -> None:
    """What is looked at (with the times at which it became known), what stands, and what people are told."""
    one = overtaking(family.said, World(family.at, WHO), data)
    twice = data.draw(st.lists(st.sampled_from(family.said), max_size=2)) if family.said else []
    again = data.draw(st.permutations([*family.said, *twice]))
    other = told(again, family.at).settle()
    assert seen(one) == seen(other)


@LAW
@given(families(), st.data())
def test_everybody_comes_to_know_who_is_who(family: Told, data: st.DataObject) -> None:
    """What each is told follows from all links and all identities, as somebody who sees everything would say."""
    world = overtaking(family.said, World(family.at, WHO), data)
    newest = {one.fact_id: one for one in sorted(family.merges, key=lambda one: (one.version, one.parted))}
    persons = [identity_of(record_of(facts_of(family, who), patient_id=who), 1, ClinicalTime(family.at)) for who in WHO]
    for who in WHO:
        assert world.kin(who) == world.told(who) == kin_of(who, [*newest.values(), *persons])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.permutations(PATIENTS), _seldom), min_size=3, max_size=9), st.data())
def test_so_do_they_however_often_they_are_merged_and_parted(
    told: list[tuple[list[str], bool]], data: st.DataObject
) -> None:
    """With facts this would take too long to find what only a certain history of merges shows."""
    merges = [merge(gone, to, n, parted=parted) for n, ((gone, to, *_), parted) in enumerate(told, 1)]
    world = overtaking([("", one) for one in merges], World(day(0), PATIENTS), data)
    newest = {one.fact_id: one for one in merges}
    nobody = [identity_of(Record(who), 1, ClinicalTime(day(0))) for who in PATIENTS]
    for who in PATIENTS:
        assert world.kin(who) == kin_of(who, [*newest.values(), *nobody])


def facts_of(family: Told, patient: str) -> list[Fact]:
    return [fact for who, fact in family.facts if who == patient]


@LAW
@given(families(agreed=True), st.data())
def test_merged_is_as_if_all_had_always_been_said_of_the_one_who_stays(family: Told, data: st.DataObject) -> None:
    merges = [merge("ann", "bea"), merge("bea", "cyd")][: data.draw(st.integers(1, 2))]
    last = merges[-1].surviving
    of_them = {who for one in merges for who in one.both}
    facts = [(who if who in of_them else last, fact) for who, fact in family.facts]
    apart = overtaking([*facts, *(("", one) for one in merges)], World(family.at, WHO), data)
    always = told([(last, fact) for _, fact in facts], family.at)
    for days in (0, 0.5, 3, 40):
        at = family.at + timedelta(days=days)
        assert apart.to(at).open(last) == always.to(at).open(last)


@patch.multiple(sight, _FIRST_DOSES=2, _FIRST_RESULTS=2, _LAST_DOSES=1, _LAST_OF_A_KIND=1, _LAST_ACTIONS=1)
@LAW
@given(families(), st.data())
def test_merged_and_parted_is_as_never_merged(family: Told, data: st.DataObject) -> None:
    """Whatever came in between, and whatever was forgotten meanwhile."""
    cut = data.draw(st.integers(0, len(family.facts)))
    never, parted = told(family.facts[:cut], family.at), told(family.facts[:cut], family.at)
    merges = [merge("ann", "bea"), merge("bea", "cyd")]
    overtaking([("", one) for one in merges], parted, data)
    meanwhile = family.at + timedelta(days=data.draw(st.sampled_from([0, 20, 400, 1500])))
    for world in (never, parted):
        world.to(meanwhile)
        for who, fact in family.facts[cut:]:
            world.say(who, fact)
        world.settle()
    overtaking([("", replace(one, version=2, parted=True)) for one in merges], parted, data)
    for days in (0, 30, 800):
        at = max(never.at, parted.at) + timedelta(days=days)
        never.to(at)
        parted.to(at)
        for who in WHO:
            assert parted.looked_at(who) == never.looked_at(who)
            assert parted.open(who) == never.open(who)


@LAW
@given(families())
def test_who_rests_between_two_steps_forgets_nothing_of_merges(family: Told) -> None:
    """All on one partition, where at most one is awake."""
    awake, resting = (World(family.at, WHO, is_one_partition=True, awake=most) for most in (9, 1))
    for world in (awake, resting):
        for who, fact in family.said:
            world.say(who, fact)
        world.to(family.at + timedelta(days=9))
    assert history(resting.written[0]) == history(awake.written[0])
    assert seen(resting) == seen(awake)


@LAW
@given(families(), st.data())
def test_a_replay_of_each_partitions_log_is_what_was_published_whatever_crashed(
    family: Told, data: st.DataObject
) -> None:
    """What was handed on is in the log: a replay takes it from there, and makes none of its own."""
    world = overtaking(family.said, World(family.at, WHO), data).to(family.at + timedelta(days=9))
    for log, written in zip(world.logs, world.written, strict=True):
        replayed = list(Replay().run(log))
        assert history(replayed) == history(written)
        assert not any(output.topic == CLINICAL_EVENTS.name for output in replayed)


def history(outputs: Sequence[Output]) -> list[bytes | None]:
    return [output.value for output in outputs if output.topic in (ALERT_CHANGES.name, PATIENT_STATUS.name)]


@LAW
@given(families(), st.data())
def test_merged_patients_who_rest_between_two_steps_are_told_as_who_were_awake(
    family: Told, data: st.DataObject
) -> None:
    world = overtaking(family.said, World(family.at, WHO), data)
    of_one_partition = [record for records in zip_longest(*world.logs) for record in records if record is not None]
    awake, resting = TreatmentPartition(0, Counter()), TreatmentPartition(0, Counter(), awake=1)
    for offset, record in enumerate(of_one_partition):
        read = replace(record, partition=0, offset=offset)
        assert resting.process(read) == awake.process(read)
    assert resting.remembered() == awake.remembered()
    assert resting.size() == awake.size()
