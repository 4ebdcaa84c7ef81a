"""What the words of a scenario become: the facts that intake reads out of their messages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Action, AlertAction, Analyte, Drug, Fact, Finding, Route, TreatmentPlan, Withdrawal
from domain.quantity import Quantity
from tests.workers.scenario_text import OVERDUE, PLAN, heard, story
from workers.scenario import ScenarioProblem
from workers.scenario_facts import OF_EARLIER_FACTS, WORDS
from workers.scenario_play import differences, play

RULE = "injection-overdue"
README = Path(__file__).parents[1] / "scenarios" / "README.md"


def one(folder: Path, fact: str) -> Fact:
    (only,) = heard(folder, fact)
    return only.fact


def nine(day: date) -> ClinicalTime:
    return ClinicalTime(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


FIFTH = nine(date(2026, 1, 5))
EIGHTH = ClinicalTime(date(2026, 1, 8))


@pytest.mark.parametrize("word", [*WORDS, *OF_EARLIER_FACTS, *Action])
def test_every_word_stands_in_the_readme(word: str) -> None:
    assert f"`{word}`" in README.read_text()


@pytest.mark.parametrize("analyte", Analyte)
def test_every_analyte_is_a_word_and_takes_its_own_unit(tmp_path: Path, analyte: Analyte) -> None:
    unit = analyte.measure.canonical_unit
    fact: Any = one(tmp_path, f'{{day: 0, {analyte}: "12.5 {unit}"}}')
    assert (fact.analyte, fact.quantity, fact.time) == (analyte, Quantity(Decimal("12.5"), unit), FIFTH)


@pytest.mark.parametrize(
    ("fact", "fields"),
    [
        ("haemoglobin: <60 g/L", {"comparator": "<", "quantity": Quantity(Decimal(60), "g/L")}),
        ("platelets: clumped", {"clumped": True, "quantity": None, "absent_reason": ""}),
        ("potassium: no value", {"clumped": False, "quantity": None, "absent_reason": ""}),
        ("potassium: no value (haemolysed)", {"quantity": None, "absent_reason": "haemolysed"}),
        ("injection: 1 mg", {"drug": Drug.HYDROXOCOBALAMIN, "route": Route.INTRAMUSCULAR, "dose_ug": Decimal(1000)}),
        ("injection: 100 ug cyanocobalamin", {"drug": Drug.CYANOCOBALAMIN, "dose_ug": Decimal(100)}),
        ("injection: dose not stated", {"dose": None, "status": "completed"}),
        ("injection: 1 mg, but: {status: not-done}", {"status": "not-done"}),
        ("oral: 1000 ug", {"drug": Drug.CYANOCOBALAMIN, "route": Route.ORAL, "dose_ug": Decimal(1000)}),
        ("folic-acid: 5 mg", {"drug": Drug.FOLIC_ACID, "route": Route.ORAL}),
        ("folic-acid: 0.4 mg folic-acid-combination", {"drug": Drug.FOLIC_ACID_COMBINATION}),
        ("red-cells: given", {"drug": Drug.RED_CELLS, "dose": None}),
        ("order: {drug: folic-acid, dose: 5 mg, starts_at: 3}", {"drug": Drug.FOLIC_ACID, "start": EIGHTH}),
        ("supply: {drug: cyanocobalamin, days: 28}", {"days": 28, "status": "completed", "dose": None}),
        ("finding: neurology-worse", {"findings": frozenset({Finding.NEUROLOGY_WORSE})}),
        (
            "finding: [still-improving, response-confirmed]",
            {"findings": frozenset(Finding) & {"still-improving", "response-confirmed"}},
        ),
        ("condition: vegan-diet", {"code": "vegan-diet", "end": None}),
        ("condition: {code: ileal-resection, length_cm: 30, ended_at: 3}", {"length_cm": Decimal(30), "end": EIGHTH}),
    ],
)
def test_a_fact_says_what_its_words_say(tmp_path: Path, fact: str, fields: dict[str, Any]) -> None:
    told = one(tmp_path, f"{{day: 0, {fact}}}")
    assert told.time == FIFTH
    assert {name: getattr(told, name) for name in fields} == fields


def test_a_plan_may_count_days_of_the_story(tmp_path: Path) -> None:
    starts = "starts_at: {day: 1, hour: 9:30}"
    fact = one(tmp_path, f"{{day: 0, plan: {{regimen: R2, neurological_involvement: no, last_dose: -5, {starts}}}}}")
    assert isinstance(fact, TreatmentPlan)
    assert fact.last_dose == date(2025, 12, 31)
    assert (fact.time, fact.starts) == (FIFTH, ClinicalTime(datetime(2026, 1, 6, 9, 30, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("fact", "time", "known"),
    [
        ("day: 200, hour: 10", datetime(2026, 7, 24, 9, tzinfo=UTC), datetime(2026, 7, 24, 9, tzinfo=UTC)),
        ("day: 3, hour: 10, told: 5", datetime(2026, 1, 8, 10, tzinfo=UTC), datetime(2026, 1, 10, 10, tzinfo=UTC)),
        ("day: 3, told_hour: 16", datetime(2026, 1, 8, 9, tzinfo=UTC), datetime(2026, 1, 8, 16, tzinfo=UTC)),
        ("day: 3, hour: unknown", date(2026, 1, 8), datetime(2026, 1, 8, 9, tzinfo=UTC)),
        ("day: 3, hour: unknown, told: 4, told_hour: 7:45", date(2026, 1, 8), datetime(2026, 1, 9, 7, 45, tzinfo=UTC)),
        ("day: 3, told: 1", datetime(2026, 1, 8, 9, tzinfo=UTC), datetime(2026, 1, 8, 9, tzinfo=UTC)),
    ],
    ids=["ward time in summer", "told later", "told the same day", "no hour", "no hour, told later", "never before"],
)
def test_a_fact_has_a_time_and_becomes_known_at_one(tmp_path: Path, fact: str, time: Any, known: datetime) -> None:
    (only,) = heard(tmp_path, f"{{{fact}, injection: 1 mg}}")
    assert (only.fact.time, only.at) == (ClinicalTime(time), known)


def test_several_days_are_several_facts(tmp_path: Path) -> None:
    facts = [known.fact for known in heard(tmp_path, "{days: [0, 2, -3], injection: 1 mg}")]
    assert [fact.time.day(UTC).day for fact in facts] == [2, 5, 7]  # type: ignore[arg-type]
    assert len({fact.fact_id for fact in facts}) == 3


def test_amended_ended_and_withdrawn_facts_are_next_versions(tmp_path: Path) -> None:
    first, amended, ended, withdrawn = heard(
        tmp_path,
        PLAN,
        "{day: 5, amend: {pregnancy: second-trimester}}",
        "{day: 9, end: {reason: opted-out, actor: Dr Ada}}",
        "{day: 10, withdraw: fact-0}",
    )
    plans = [known.fact for known in (first, amended, ended) if isinstance(known.fact, TreatmentPlan)]
    assert [(plan.version, plan.time) for plan in plans] == [(1, FIFTH), (2, FIFTH), (3, FIFTH)]
    assert {plan.fact_id for plan in plans} == {withdrawn.fact.fact_id}
    assert [plan.pregnancy for plan in plans] == ["unknown", "second-trimester", "second-trimester"]
    assert plans[2].end is not None and plans[2].end.time == nine(date(2026, 1, 14))
    assert isinstance(withdrawn.fact, Withdrawal) and withdrawn.fact.version == 4


def test_a_withdrawn_dose_is_entered_in_error(tmp_path: Path) -> None:
    _, withdrawn = heard(tmp_path, "{day: 0, injection: 1 mg, id: slip}", "{day: 1, withdraw: slip}")
    assert isinstance(withdrawn.fact, Withdrawal)
    assert withdrawn.at == datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("acknowledged: injection-overdue", {"action": Action.ACKNOWLEDGED, "actor": "Sister Bea"}),
        ("acknowledged: {alert: injection-overdue, by: Dr Ada}", {"actor": "Dr Ada"}),
        ("snoozed: {alert: injection-overdue, until: {day: 12, hour: 9}}", {"until": nine(date(2026, 1, 17))}),
        ("given-elsewhere: {alert: injection-overdue, given: 3}", {"dose_time": EIGHTH}),
    ],
)
def test_an_action_is_about_the_alert_that_is_open_then(tmp_path: Path, said: str, fields: dict[str, Any]) -> None:
    played = play(story(tmp_path, PLAN, f"{{day: 10, {said}}}", expect=f"{{day: 10, alerts: [{OVERDUE}]}}"))
    action = played.heard[-1].fact
    assert isinstance(action, AlertAction)
    assert {name: getattr(action, name) for name in fields} == fields
    assert (
        action.alert_id == play(story(tmp_path, PLAN, expect="{day: 9, alerts: []}")).seen[0].alerts[RULE]["alert_id"]
    )


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ("{day: 0, injection: 1 mg, oral: 1 mg}", "here are 2: injection, oral"),
        ("{day: 0}", "here are 0"),
        ("{injection: 1 mg}", "a fact has a day"),
        ("{day: 0, days: [1], injection: 1 mg}", "a fact has a day, or a list of days"),
        ("{days: [0, 1], injection: 1 mg, id: dose}", "several days cannot have one id"),
        ("{day: 0, hour: 25, injection: 1 mg}", "less than 24"),
        ("{day: 0, hour: 9:75, injection: 1 mg}", "an hour is a number"),
        ("{day: 0, day: 1, injection: 1 mg}", "a word stands twice"),
        ("{day: 0, injection: 1mg}", "'1mg' is not an amount"),
        ("{day: 0, haemoglobin: 7 mmol/L}", "has no conversion"),
        ("{day: 0, injection: 1 mg aspirin}", "no rule reads drug"),
        ("{day: 0, red-cells: 2 units}", "red cells are given"),
        ("{day: 0, plan: R2}", "should be fields and values"),
        ("{day: 0, finding: better}", "could not be read"),
        ("{day: 0, withdraw: nothing}", "no earlier fact has the id 'nothing'"),
        ("{day: 0, end: {reason: died, actor: Dr Ada}}", "no plan was told before"),
        ("{day: 0, acknowledged: injection-overdue}", "no alert of injection-overdue is open"),
        ("{day: 0, snoozed: injection-overdue}", "snoozed says alert, by, until"),
        ("{day: 901, injection: 1 mg}", "the story goes on after its last expectation"),
    ],
)
def test_a_fact_that_says_nothing_readable_is_told(tmp_path: Path, fact: str, problem: str) -> None:
    with pytest.raises(ScenarioProblem, match=problem):
        play(story(tmp_path, fact))


@pytest.mark.parametrize(
    ("refused", "came"),
    [
        ("has no conversion", []),
        ("too large", ["refused: unit: unit 'mmol/L' has no conversion; accepted: g/L, g/dL"]),
    ],
)
def test_a_message_that_must_be_refused_is_refused_for_the_reason_given(
    tmp_path: Path, refused: str, came: list[str]
) -> None:
    fact = f"{{day: 0, haemoglobin: 7 mmol/L, refused: {refused}}}"
    differences_found = differences(story(tmp_path, PLAN, fact, expect="{day: 0, phase: not-started}"))
    assert [difference.came for difference in differences_found] == came


def test_a_message_that_must_be_refused_and_is_read_is_a_difference(tmp_path: Path) -> None:
    fact = "{day: 0, haemoglobin: 7 g/dL, refused: has no conversion}"
    (difference,) = differences(story(tmp_path, PLAN, fact, expect="{day: 0, phase: not-started}"))
    assert (difference.expected, difference.came) == ("refused: has no conversion", "the message was read")
