"""What an expectation compares, and that it sees every difference in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers.scenario_text import OVERDUE, PLAN, found, story
from workers.scenario import ScenarioProblem
from workers.scenario_play import differences

LOW = "{day: 0, hour: 8, platelets: 24 10*9/L}"
NOTE = "platelets-low-before-im info unknown"
BOTH = "injection-overdue, platelets-low-before-im"


@pytest.mark.parametrize(
    ("expect", "came"),
    [
        (f"{{day: 10, alerts: [{OVERDUE}]}}", 0),
        ("{day: 10, alerts: []}", 1),
        ("{day: 10, alerts: [injection-overdue medium]}", 1),
        ("{day: 10, alerts: [injection-overdue high unknown]}", 1),
        ("{day: 3, alerts: []}", 0),
        (f"{{day: 3, alerts: [{OVERDUE}]}}", 1),
        ("{day: 10, phase: not-started}", 0),
        ("{day: 10, phase: loading}", 1),
        ("{day: 10, phase_since: 2026-01-06}", 1),
        ("{day: 10, next_dose: {due: 0}}", 0),
        ("{day: 10, next_dose: {due: 2026-01-05, overdue_after: 3}}", 0),
        ("{day: 10, next_dose: {due: 1}}", 1),
        ("{day: 10, next_dose: none}", 1),
        ("{day: 10, missing: []}", 1),
        ("{day: 10, missing: [cause]}", 0),
        ("{day: 10, missing: [cause, a blue moon]}", 1),
        ("{day: 10, remarks: []}", 0),
        ("{day: 10, remarks: [not counted]}", 1),
        ("{day: 10, resolved: [], withdrawn: []}", 0),
        ("{day: 10, resolved: [injection-overdue]}", 1),
    ],
)
def test_an_expectation_compares_what_it_names(tmp_path: Path, expect: str, came: int) -> None:
    assert len(found(tmp_path, PLAN, expect=expect)) == came


@pytest.mark.parametrize(
    ("more", "came"),
    [
        ("says: no dose that counts is recorded", 0),
        ("says: on Friday", 1),
        ("wanted: give", 0),
        ("wanted: wait", 1),
        ("standing: false", 0),
        ("standing: true", 1),
        ("acknowledged: true", 0),
        ("acknowledged: false", 1),
        ("snoozed: true", 1),
        ("missing: ''", 0),
        ("missing: a plan", 1),
    ],
)
def test_an_alert_in_full_is_compared_in_all_that_it_names(tmp_path: Path, more: str, came: int) -> None:
    acknowledged = "{day: 6, acknowledged: injection-overdue}"
    expect = f"{{day: 10, alerts: [{{rule: injection-overdue, severity: high, {more}}}]}}"
    assert len(found(tmp_path, PLAN, acknowledged, expect=expect)) == came


@pytest.mark.parametrize(
    ("facts", "only", "expect", "came"),
    [
        ([PLAN], "", "{day: 0, alerts: []}", 0),
        ([PLAN], "", "{day: 0, alerts: [], notes: []}", 1),
        ([PLAN], "", f"{{day: 0, alerts: [{NOTE}]}}", 0),
        ([PLAN], "", f"{{day: 0, alerts: [], notes: [{NOTE}]}}", 0),
        ([PLAN], "", "{day: 0, phase: not-started}", 0),
        ([PLAN], "platelets-low-before-im", "{day: 0, alerts: []}", 1),
        ([PLAN], "injection-overdue", "{day: 0, alerts: []}", 0),
        ([PLAN, LOW], "injection-overdue", "{day: 0, alerts: []}", 0),
        ([PLAN, LOW], BOTH, "{day: 0, alerts: []}", 1),
    ],
    ids=[
        "notes are not looked at",
        "unless all of them are wanted",
        "or one is named",
        "or listed",
        "nothing is said of alerts",
        "the story is about the note's rule",
        "it is about another",
        "another rule's alert is not looked at",
        "unless the story is about both",
    ],
)
def test_which_alerts_are_compared(tmp_path: Path, facts: list[str], only: str, expect: str, came: int) -> None:
    """The rules of this test are the ones that the words name; others' notes do not come in on the first day."""
    differences_found = found(tmp_path, *facts, expect=expect, only=only)
    assert sum("platelets-low-before-im" in difference.came for difference in differences_found) == came


def test_an_alert_of_medium_that_nobody_expected_is_a_difference_without_only(tmp_path: Path) -> None:
    came = [difference.came for difference in found(tmp_path, PLAN, LOW, expect="{day: 0, alerts: []}", only="")]
    assert any(text.startswith("platelets-low-before-im critical finding (platelets were 24") for text in came)


@pytest.mark.parametrize(("since", "came"), [("2", 0), ("2026-01-07", 0), ("1", 1)])
def test_a_phase_holds_from_a_day_on(tmp_path: Path, since: str, came: int) -> None:
    expect = f"{{day: 4, phase: loading, phase_since: {since}}}"
    assert len(found(tmp_path, PLAN, "{day: 2, injection: 1 mg}", expect=expect)) == came


def test_expectations_are_met_in_the_order_of_time(tmp_path: Path) -> None:
    resolved = "{day: 6, alerts: [], resolved: [injection-overdue]}"
    expect = f"{{day: 5, alerts: [{OVERDUE}]}}\n  - {{day: 3, alerts: []}}\n  - {resolved}"
    dose = "{day: 5, hour: 11, injection: 1 mg}"
    assert found(tmp_path, PLAN, dose, expect=expect) == []


def test_nobody_is_known_before_the_first_fact(tmp_path: Path) -> None:
    (difference,) = found(tmp_path, expect="{day: 0, phase: loading}")
    assert difference.came == "phase none: nobody knows this patient"
    assert found(tmp_path, expect="{day: 0, alerts: [], next_dose: none}") == []
    (alert,) = found(tmp_path, expect=f"{{day: 0, alerts: [{OVERDUE}]}}")
    assert alert.came == "silence: nobody knows this patient"


def test_the_hours_are_those_of_the_ward(tmp_path: Path) -> None:
    more = "policy: {calendar: {time_zone: America/New_York}}\nonly: [injection-overdue]"
    expect = f"{{day: 3, hour: 23.9, alerts: []}}\n  - {{day: 4, hour: 0, alerts: [{OVERDUE}]}}"
    assert differences(story(tmp_path, PLAN, expect=expect, more=more)) == []


@pytest.mark.parametrize(
    ("expect", "more", "problem"),
    [
        ("{day: 0}", "", "an expectation names alerts"),
        ("{day: 0, alerts: [potassium-high high]}", "", "there is no rule potassium-high"),
        ("{day: 0, withdrawn: [potassium-high]}", "", "there is no rule potassium-high"),
        ("{day: 0, alerts: [injection-overdue]}", "", "it should look like: injection-overdue high"),
        ("{day: 0, alerts: [injection-overdue urgent]}", "", "severity"),
        ("{day: 0, alerts: [injection-overdue high, injection-overdue low]}", "", "one is named twice"),
        ("{day: 0, notes: []}", "", "where notes are given"),
        ("{day: 0, phase: steady}", "", "phase"),
        (
            "{day: 0, alerts: [injection-overdue high]}",
            "only: [platelets-low-before-im]",
            "is not about injection-overdue",
        ),
        ("{day: 0, alerts: []}", "policy: {platelets: {limit: 5}}", "policy.*limit"),
        ("{day: 0, alerts: []}", "mood: good", "mood: Extra inputs"),
    ],
)
def test_an_expectation_that_nothing_can_meet_is_told(tmp_path: Path, expect: str, more: str, problem: str) -> None:
    with pytest.raises(ScenarioProblem, match=problem):
        story(tmp_path, PLAN, expect=expect, more=more)
