"""Merged patients, from the link to the alerts: what is looked at where, and what people see (section 5.6, case 8)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from domain import sight
from domain.alerts import Change, alert_id_of
from domain.facts import Action, Sex
from domain.merges import BIRTH_DATES, CIRCLE, SEXES, TWO_WAYS
from domain.phase import Phase
from tests.kit import LONDON, POLICY, action, day, haemoglobin, injection, loading, plan, platelets, utc, withdrawal
from tests.workers.merging import World, merge
from topics.definitions import CLINICAL_EVENTS, PATIENT_STATUS

OVERDUE = "injection-overdue"


def world(n: int = 1) -> World:
    return World(day(n))


def treated(n: int = 20) -> World:
    """Ann is in her loading and overdue."""
    return world(-1).say("ann", plan(0), injection(0)).to(day(n))


def handed_on(world: World) -> list[dict[str, object]]:
    told = [json.loads(o.value or b"") for made in world.written for o in made if o.topic == CLINICAL_EVENTS.name]
    return [one for one in told if one["type"] == "handed-on"]


def test_edge_08_the_one_who_goes_hands_on_all_it_holds_at_once() -> None:
    merged = treated().say("ann", haemoglobin(3, 88)).settle().merge(merge("ann", "bea"))
    (told,) = handed_on(merged)
    assert (told["patient_id"], told["origin"]) == ("bea", "ann")
    assert (
        set(merged.looked_at("bea"))
        == set(merged.looked_at("ann"))
        == {plan(0).fact_id, injection(0).fact_id, haemoglobin(3, 88).fact_id}
    )


def test_edge_08_its_alerts_are_withdrawn_with_a_link_and_stand_under_the_other() -> None:
    before = treated()
    (concern,) = before.open("ann", OVERDUE)
    old = alert_id_of("ann", *concern)
    merged = before.merge(merge("ann", "bea"))
    assert merged.open("ann") == {}
    closed = merged.alerts("ann")[old]
    assert (closed.change, closed.merged_into) == (Change.WITHDRAWN, "bea")
    assert list(merged.open("bea", OVERDUE)) == [concern]
    assert merged.status("ann").merged_into == "bea"
    assert merged.status("bea").merged_from == ("ann",)


def test_edge_08_each_later_fact_is_handed_on_and_a_repeat_is_not() -> None:
    merged = treated().merge(merge("ann", "bea")).say("ann", injection(20), injection(20)).to(day(20, 12))
    assert injection(20).fact_id in merged.looked_at("bea")
    assert len(handed_on(merged)) == 2
    assert merged.open("bea", OVERDUE) == {}


def test_edge_08_a_correction_under_the_old_id_reaches_the_one_who_stays() -> None:
    merged = treated().say("ann", platelets(19, 40)).settle().merge(merge("ann", "bea"))
    assert merged.open("bea", "platelets-low")
    merged.say("ann", withdrawal(platelets(19, 40), 20)).say("ann", platelets(20, 240)).settle()
    low = [p for p in merged.alerts("bea").values() if p.alert.rule.startswith("platelets-low")]
    assert [p.change for p in low] == [Change.WITHDRAWN]


def test_edge_08_a_dose_charted_under_the_other_id_withdraws_what_stood_for_want_of_it() -> None:
    merged = treated(5).say("bea", injection(2)).to(day(5)).merge(merge("bea", "ann"))
    assert [p.change for p in merged.alerts("ann").values() if p.alert.rule == OVERDUE] == [Change.WITHDRAWN]
    assert injection(2).fact_id in merged.looked_at("ann")


def test_a_dose_of_the_other_counts_no_longer_when_they_are_parted() -> None:
    never = treated(5).say("bea", injection(2)).to(day(5))
    parted = treated(5).say("bea", injection(2)).to(day(5)).merge(merge("bea", "ann"))
    assert parted.open("ann", OVERDUE) == {}
    parted.merge(merge("bea", "ann", 2, parted=True))
    assert parted.open("ann") == never.open("ann")
    assert list(parted.open("ann", OVERDUE))


def test_edge_08_an_acknowledgement_follows_whichever_id_it_was_given_under() -> None:
    before = treated()
    (concern,) = before.open("ann", OVERDUE)
    old = alert_id_of("ann", *concern)
    before.say("ann", action(20, Action.ACKNOWLEDGED, old)).to(day(20, 12))
    merged = before.merge(merge("ann", "bea"))
    ((_, _, _, by),) = merged.open("bea", OVERDUE).values()
    assert by


def test_an_acknowledgement_of_the_old_alert_after_the_merge_counts_too() -> None:
    before = treated()
    (concern,) = before.open("ann", OVERDUE)
    old = alert_id_of("ann", *concern)
    merged = before.merge(merge("ann", "bea")).say("ann", action(20, Action.ACKNOWLEDGED, old)).to(day(20, 12))
    ((_, _, _, by),) = merged.open("bea", OVERDUE).values()
    assert by


def test_an_answer_that_was_given_before_the_merge_under_the_id_that_stays_counts_too() -> None:
    before = treated()
    (concern,) = before.open("ann", OVERDUE)
    before.say("ann", action(20, Action.ACKNOWLEDGED, alert_id_of("bea", *concern))).to(day(20, 12))
    assert [by for *_, by in before.open("ann", OVERDUE).values()] == [""]
    before.merge(merge("bea", "ann"))
    assert [by for *_, by in before.open("ann", OVERDUE).values()] != [""]


def test_an_answer_to_another_episode_answers_nothing() -> None:
    before = treated()
    (concern,) = before.open("ann", OVERDUE)
    old = alert_id_of("ann", *concern)
    before.say("ann", action(20, Action.ACKNOWLEDGED, old)).say("bea", injection(9)).to(day(20, 12))
    merged = before.merge(merge("ann", "bea"))
    ((_, _, _, by),) = merged.open("bea", OVERDUE).values()
    assert not by


def test_edge_08_parted_again_both_are_as_if_they_had_never_been_merged() -> None:
    apart = treated().say("bea", haemoglobin(3, 88)).to(day(21))
    both = treated().say("bea", haemoglobin(3, 88)).settle().merge(merge("ann", "bea")).to(day(21))
    assert both.open("ann") == {}
    both.merge(merge("ann", "bea", 2, parted=True))
    for who in ("ann", "bea"):
        assert both.open(who) == apart.open(who)
        assert both.looked_at(who) == apart.looked_at(who)
        assert both.status(who).merged_into == "" and both.status(who).merged_from == ()
    both.say("ann", injection(21)).to(day(22))
    assert injection(21).fact_id not in both.looked_at("bea"), "what comes after the parting is nobody else's"
    assert len(handed_on(both)) == 1


def test_merged_once_more_all_is_handed_on_that_came_meanwhile() -> None:
    both = treated().merge(merge("ann", "bea"), merge("ann", "bea", 2, parted=True))
    both.say("ann", injection(20)).settle().merge(merge("ann", "bea", 3))
    assert set(both.looked_at("bea")) == set(both.looked_at("ann"))
    assert injection(20).fact_id in both.looked_at("bea")


@pytest.mark.parametrize(
    ("told", "because"), [({"birth_date": date(1961, 6, 1)}, BIRTH_DATES), ({"sex": Sex.MALE}, SEXES)]
)
def test_edge_08_where_birth_dates_or_sexes_differ_nothing_is_handed_on_and_both_are_watched(
    told: dict[str, Any], because: str
) -> None:
    apart = treated().say("bea", plan(0, fact_id="of-bea", **told)).to(day(21))
    held = treated().say("bea", plan(0, fact_id="of-bea", **told)).to(day(21)).merge(merge("ann", "bea"))
    assert handed_on(held) == []
    for who in ("ann", "bea"):
        assert held.open(who) == apart.open(who)
        assert held.status(who).merge_held_back == because
    told_to_operators = [json.loads(one) for one in held.operational()]
    assert [(one["kind"], one["change"]) for one in told_to_operators] == [("merges-held-back", "raised")] * 2
    assert "ann" not in str(told_to_operators) and "1961" not in str(told_to_operators)


def test_operators_are_told_once_of_what_is_held_back_also_by_a_worker_that_starts_again() -> None:
    other = plan(0, fact_id="of-bea", birth_date=date(1961, 6, 1))
    held = treated().say("bea", other).to(day(21)).merge(merge("ann", "bea"))
    told = held.operational()
    held.restart()
    held.say("ann", injection(21)).say("bea", haemoglobin(21, 100)).to(day(22))
    assert held.operational() == told


def test_edge_08_an_id_that_is_used_again_for_somebody_else_is_handed_on_no_more() -> None:
    """The new person's plan says another birth date: what was merged is held back, for people to check."""
    merged = treated().say("bea", plan(0, fact_id="of-bea")).settle().merge(merge("ann", "bea"))
    merged.say("ann", plan(20, fact_id="of-a-child", birth_date=date(2011, 6, 1)), platelets(20, 12)).to(day(21))
    assert merged.status("ann").merge_held_back == merged.status("bea").merge_held_back == BIRTH_DATES
    assert platelets(20, 12).fact_id not in merged.looked_at("bea")
    assert "of-a-child" not in merged.looked_at("bea")


def test_a_quarantine_ends_when_the_birth_date_is_corrected_and_begins_when_it_turns_out_wrong() -> None:
    wrong = plan(0, fact_id="of-bea", birth_date=date(1961, 6, 1))
    held = treated().say("bea", wrong).to(day(21)).merge(merge("ann", "bea"))
    held.say("bea", plan(0, fact_id="of-bea", version=2)).settle()
    assert (held.status("ann").merged_into, held.status("ann").merge_held_back) == ("bea", "")
    newest = {one["subject"]: one["change"] for one in map(json.loads, held.operational())}
    assert set(newest.values()) == {"resolved"}
    held.say("bea", plan(0, fact_id="of-bea", version=3, birth_date=date(1962, 6, 1))).settle()
    assert held.status("ann").merge_held_back == BIRTH_DATES
    assert injection(0).fact_id not in held.looked_at("bea")
    assert held.open("ann", OVERDUE)


def test_what_is_not_known_of_one_is_no_difference() -> None:
    merged = treated().say("bea", plan(0, fact_id="of-bea", sex=Sex.UNKNOWN, birth_date=None)).settle()
    assert merged.merge(merge("ann", "bea")).status("ann").merged_into == "bea"


def test_edge_08_who_goes_by_way_of_another_goes_to_the_last_of_the_chain() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("bea", "cyd"))
    assert set(merged.looked_at("cyd")) == {plan(0).fact_id, injection(0).fact_id}
    assert merged.looked_at("bea") == {}
    assert [merged.status(who).merged_into for who in ("ann", "bea")] == ["cyd", "cyd"]
    merged.say("ann", injection(20)).settle()
    assert injection(20).fact_id in merged.looked_at("cyd")


def test_a_chain_that_is_cut_leaves_each_part_whole() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("bea", "cyd")).merge(merge("bea", "cyd", 2, parted=True))
    assert set(merged.looked_at("bea")) == {plan(0).fact_id, injection(0).fact_id}
    assert merged.looked_at("cyd") == {}
    assert merged.open("bea", OVERDUE) and not merged.open("cyd")


def test_who_was_away_while_others_were_parted_hears_of_it_when_it_is_merged_again() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("bea", "cyd"))
    merged.merge(merge("bea", "cyd", 2, parted=True)).merge(merge("ann", "bea", 2, parted=True))
    merged.merge(merge("bea", "cyd", 3))
    assert merged.status("cyd").merged_from == ("bea",)
    assert merged.looked_at("cyd") == {}


def test_who_came_later_hears_also_what_was_known_of_the_others_before() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("ann", "bea", 2, parted=True))
    merged.merge(merge("bea", "cyd")).merge(merge("ann", "bea", 3))
    assert merged.status("cyd").merged_from == ("ann", "bea")
    assert set(merged.looked_at("cyd")) == {plan(0).fact_id, injection(0).fact_id}


def test_a_difference_anywhere_in_a_chain_holds_all_of_it_back_in_whatever_order_it_came() -> None:
    other = plan(0, fact_id="of-cyd", birth_date=date(1961, 6, 1))
    first = treated().say("cyd", other).settle().merge(merge("ann", "bea")).merge(merge("bea", "cyd"))
    last = treated().say("cyd", other).settle().merge(merge("bea", "cyd")).merge(merge("ann", "bea"))
    for who in ("ann", "bea", "cyd"):
        assert first.status(who).merge_held_back == last.status(who).merge_held_back == BIRTH_DATES
    assert first.open("ann", OVERDUE) and last.open("ann", OVERDUE)


@pytest.mark.parametrize(
    ("merges", "because"),
    [
        ([("ann", "bea"), ("bea", "ann")], CIRCLE),
        ([("ann", "bea"), ("bea", "cyd"), ("cyd", "ann")], CIRCLE),
        ([("ann", "bea"), ("ann", "cyd")], TWO_WAYS),
    ],
)
def test_edge_08_merges_that_contradict_each_other_are_not_followed_and_are_said(
    merges: list[tuple[str, str]], because: str
) -> None:
    held = treated()
    for pair in merges:
        held.merge(merge(*pair))
    for who in {who for pair in merges for who in pair}:
        assert held.status(who).merge_held_back == because
    assert held.open("ann", OVERDUE)
    held.merge(merge(*merges[-1], 2, parted=True))
    assert held.status("ann").merge_held_back == ""
    assert held.status("ann").merged_into, "the one that was right is followed again"


def test_edge_08_a_merge_before_anything_is_known() -> None:
    merged = world().merge(merge("ann", "bea")).say("ann", plan(1), injection(1)).to(day(20))
    assert set(merged.looked_at("bea")) == {plan(1).fact_id, injection(1).fact_id}
    assert merged.open("bea", OVERDUE) and not merged.open("ann")


def test_edge_08_a_merge_that_comes_twice_is_one_and_an_older_one_after_its_end_is_none() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("ann", "bea"))
    assert len(handed_on(merged)) == 1
    late = treated().merge(merge("ann", "bea", 2, parted=True)).merge(merge("ann", "bea", 1))
    assert late.open("ann", OVERDUE)
    assert handed_on(late) == []


def test_edge_09_results_of_nobody_enrolled_go_to_the_patient_who_is_and_count_from_then_on() -> None:
    """Their own wait ends with the merge: the plan of the other makes them a baseline."""
    merged = (
        world(-40).say("ann", haemoglobin(-40, 84)).to(day(0)).say("bea", plan(0)).settle().merge(merge("ann", "bea"))
    )
    assert set(merged.to(day(400)).looked_at("bea")) == {haemoglobin(-40, 84).fact_id, plan(0).fact_id}
    assert merged.looked_at("ann") == {}, "under the id that went they wait for as long as the policy says"


def test_the_years_of_a_patient_who_goes_are_not_taken_for_a_new_treatment() -> None:
    """A merge after four years of treatment: how it began is still known, and nobody is in loading again."""
    one = World(day(0), policy=POLICY)
    for fact in [plan(0), *loading(), *(injection(n) for n in range(70, 1500, 70))]:
        one.say("ann", fact).to(max(one.at, fact.time.instant(LONDON)))
    before, concerns = one.to(day(1500)).status("ann"), one.open("ann")
    merged = one.merge(merge("ann", "bea"))
    after = merged.status("bea")
    assert (after.phase, after.phase_since, after.next_dose) == (before.phase, before.phase_since, before.next_dose)
    assert before.phase is Phase.LIFELONG
    assert merged.open("bea") == concerns


@patch.multiple(sight, _FIRST_DOSES=2, _LAST_DOSES=1)
def test_what_only_the_patient_alone_would_look_at_is_kept_for_when_they_are_parted() -> None:
    """The plan of the other ended a wait earlier, so that other doses became the first ones of the treatment."""
    early, late = [injection(utc(2025, 6, n)) for n in (1, 3)], [injection(utc(2025, 10, n)) for n in (1, 3, 5)]
    own_plan = plan(utc(2025, 6, 1), fact_id="of-bea")
    never, parted = World(utc(2026, 1, 5)), World(utc(2026, 1, 5))
    parted.say("ann", plan(utc(2026, 1, 4))).settle().merge(merge("ann", "bea"))
    for one in (never, parted):
        one.say("bea", *early, *late).to(utc(2026, 9, 1)).say("bea", own_plan).to(utc(2031, 1, 2))
        one.say("bea", own_plan).settle()  # at a step what nobody looks at is forgotten
    parted.merge(merge("ann", "bea", 2, parted=True))
    assert parted.looked_at("bea") == never.looked_at("bea")
    assert set(parted.looked_at("bea")) == {"of-bea", *(dose.fact_id for dose in late)}


def test_a_worker_that_starts_again_remembers_who_is_who() -> None:
    merged = treated().merge(merge("ann", "bea")).merge(merge("bea", "cyd"))
    for who in ("ann", "bea", "cyd"):
        before = merged.remembered(who)
        merged.restart()
        assert merged.remembered(who) == before
        published = merged.values(who, PATIENT_STATUS.name)
        merged.say(who, merge("ann", "bea")).settle()
        assert merged.values(who, PATIENT_STATUS.name) == published, "it was said already"
    merged.say("ann", injection(20)).to(day(20, 12) + timedelta(hours=1))
    assert injection(20).fact_id in merged.looked_at("cyd")
