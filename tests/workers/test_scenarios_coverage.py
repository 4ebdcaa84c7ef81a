"""Coverage: which answers scenarios show or only pass, which numbers they hold, and the reasons for holes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.assess import Assessment, assess
from domain.phase import Phase
from domain.policy import Policy
from domain.record import Record
from tests.workers.scenario_text import OVERDUE, PLAN, story
from workers import scenario_edges
from workers.cli import app
from workers.scenario import ScenarioProblem, load_scenario
from workers.scenario_command import scenario_files
from workers.scenario_coverage import Answer, Cell, at_expectations, reached_by
from workers.scenario_edges import NUMBERS, Edge, Side, WatchedPolicy, edges_of, unit_of
from workers.scenario_holes import ExplainedHoles, Loose, holes_of, load_holes
from workers.scenario_play import Played, play

FOLDER = Path(__file__).parents[1] / "scenarios"
RULE = "injection-overdue"
LATE = Cell(RULE, Answer.FIRES, Phase.NOT_STARTED)
EARLY = Cell(RULE, Answer.QUIET, Phase.NOT_STARTED)
LOW = Cell("platelets-low-before-im", Answer.FIRES, Phase.NOT_STARTED)
DOSE = "{day: 5, injection: 1 mg}"
GRACE = "injection.first_dose_grace_days"


def played(folder: Path, *facts: str, expect: str, only: str = RULE) -> Played:
    return play(story(folder, *facts, expect=expect, more=f"only: [{only}]" if only else ""))


def edge(folder: Path, *facts: str, expect: str, number: str = GRACE) -> Edge:
    (found,) = (e for e in edges_of([played(folder, *facts, expect=expect)]) if e.key.dotted == number)
    return found


@pytest.mark.parametrize("path", list(scenario_files([FOLDER])), ids=lambda path: path.stem)
def test_the_rules_asked_anew_answer_as_treatment_published(path: Path) -> None:
    for seen, assessment in at_expectations(play(load_scenario(path))):
        asked = {(alert.rule, alert.severity.word, str(alert.kind)) for alert in assessment.alerts}
        assert asked == {(data["rule"], data["severity"], data["kind"]) for data in seen.alerts.values()}
        assert seen.status is not None and seen.status["phase"] == assessment.situation.phase


@pytest.mark.parametrize(
    ("facts", "expect", "only", "cell", "shows"),
    [
        ([PLAN], f"{{day: 4, alerts: [{OVERDUE}]}}", RULE, LATE, (1, 0)),
        ([PLAN], f"{{day: 4, alerts: [{OVERDUE}]}}", RULE, EARLY, (0, 1)),
        ([PLAN], "{day: 3, alerts: []}", RULE, EARLY, (1, 0)),
        ([PLAN], "{day: 3, alerts: []}", RULE, LATE, (0, 0)),
        ([PLAN], "{day: 3, phase: not-started}", RULE, EARLY, (0, 1)),
        ([PLAN, DOSE], "{day: 5, alerts: []}", RULE, LATE, (0, 1)),
        ([PLAN], "{day: 3, alerts: []}", "platelets-low-before-im", EARLY, (0, 1)),
        ([PLAN], "{day: 3, alerts: []}", "", EARLY, (1, 0)),
        ([PLAN, "{day: 1, platelets: 24 10*9/L}"], "{day: 1, alerts: []}", RULE, LOW, (0, 1)),
    ],
    ids=[
        "an alert that is expected is shown",
        "the silence before it is passed",
        "silence that is expected is shown",
        "what comes later is not reached",
        "an expectation of the phase shows no answer",
        "an alert between two expectations is passed",
        "silence of a rule that the story is not about is passed",
        "a story about all rules shows it",
        "an alert of a rule that the story is not about is passed",
    ],
)
def test_an_answer_is_shown_passed_or_not_reached(
    tmp_path: Path, facts: list[str], expect: str, only: str, cell: Cell, shows: tuple[int, int]
) -> None:
    reached = reached_by([played(tmp_path, *facts, expect=expect, only=only)])
    assert (reached.shows(cell), reached.only_passes(cell)) == shows
    assert (cell in reached.holes) == (shows == (0, 0))
    assert ((cell.rule, cell.answer) in reached.unseen) == (shows == (0, 1))


def test_scenarios_are_counted_once_each(tmp_path: Path) -> None:
    twice = f"{{day: 4, alerts: [{OVERDUE}]}}\n  - {{day: 9, alerts: [{OVERDUE}]}}"
    stories = [played(tmp_path, PLAN, expect=expect) for expect in (twice, twice, "{day: 3, alerts: []}")]
    assert reached_by(stories).shows(LATE) == 2


@pytest.mark.parametrize(
    ("expect", "held"),
    [
        ("{day: 3, hour: 23.9, alerts: []}", {Side.LESS: 1, Side.MORE: 0}),
        (f"{{day: 4, hour: 0, alerts: [{OVERDUE}]}}", {Side.LESS: 0, Side.MORE: 1}),
        ("{day: 2, alerts: []}", {Side.LESS: 0, Side.MORE: 0}),
        (f"{{day: 5, alerts: [{OVERDUE}]}}", {Side.LESS: 0, Side.MORE: 0}),
        ("{day: 3, hour: 23.9, phase: not-started}", {Side.LESS: 0, Side.MORE: 0}),
        ("{day: 2, next_dose: {overdue_after: 3}}", {Side.LESS: 1, Side.MORE: 1}),
    ],
)
def test_an_expectation_holds_a_number_from_the_side_on_which_a_unit_would_break_it(
    tmp_path: Path, expect: str, held: dict[Side, int]
) -> None:
    assert edge(tmp_path, PLAN, expect=expect).held == held


def test_a_step_that_the_limits_do_not_allow_is_no_side(tmp_path: Path) -> None:
    found = edge(tmp_path, PLAN, expect="{day: 0, alerts: []}", number="doses.minimum_age_years")
    assert found.held == {Side.MORE: 0}
    assert found.loose == [Side.MORE]


class ReadsAll:
    """In place of `WatchedPolicy`: says that every number was asked."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def assess(self, record: Record, at: datetime) -> tuple[Assessment, frozenset[str]]:
        return assess(record, self._policy, at), frozenset(key.dotted for key in NUMBERS)


def test_only_numbers_that_were_read_can_change_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking the others too gives the same; so leaving them out only saves time."""
    stories = [
        play(load_scenario(FOLDER / f"{name}.yaml")) for name in ("haemoglobin-two-months", "individual-interval")
    ]
    found = [edge.held for edge in edges_of(stories)]
    monkeypatch.setattr(scenario_edges, "WatchedPolicy", ReadsAll)
    assert [edge.held for edge in edges_of(stories)] == found


def test_a_watched_policy_is_the_same_policy_and_notes_what_is_read(tmp_path: Path) -> None:
    story_told = played(tmp_path, PLAN, expect="{day: 3, alerts: []}")
    (seen,) = story_told.seen
    record = story_told.record(seen.heard)
    assessed, read = WatchedPolicy(Policy()).assess(record, seen.at)
    assert assessed.alerts == assess(record, Policy(), seen.at).alerts
    assert GRACE in read
    assert "haemoglobin.pregnant_second_g_per_l" not in read


@pytest.mark.parametrize(
    ("number", "unit"),
    [("platelets.limit", "1"), ("injection.point_grace_share", "0.01"), ("injection.high_after_days", "1")],
)
def test_a_unit_is_a_small_step_within_the_limits(number: str, unit: str) -> None:
    (key,) = (key for key in NUMBERS if key.dotted == number)
    assert str(unit_of(key)) == unit


def explained(folder: Path, text: str) -> ExplainedHoles:
    (folder / "holes.yaml").write_text(text)
    return load_holes(folder / "holes.yaml")


def test_reasons_tell_explained_holes_from_others_and_from_what_is_reached(tmp_path: Path) -> None:
    reasons = explained(
        tmp_path,
        f"answers:\n  - rules: [{RULE}]\n    answers: [fires, cannot-tell]\n"
        "    phases: [not-started, ended]\n    because: tried\n"
        f"numbers:\n  - {{numbers: [{GRACE}], sides: [more], because: tried}}\n",
    )
    stories = [played(tmp_path, PLAN, expect=f"{{day: 4, hour: 0, alerts: [{OVERDUE}]}}")]
    holes = holes_of(reached_by(stories), edges_of(stories), reasons)
    assert holes.out_of_date == {LATE, Loose(GRACE, Side.MORE)}
    assert holes.explained == {
        Cell(RULE, Answer.FIRES, Phase.ENDED),
        Cell(RULE, Answer.CANNOT_TELL, Phase.ENDED),
        Cell(RULE, Answer.CANNOT_TELL, Phase.NOT_STARTED),
    }
    assert {Cell(RULE, Answer.FIRES, Phase.LOADING), Loose(GRACE, Side.LESS)} <= holes.unexplained
    assert not holes.unexplained & (holes.explained | holes.out_of_date)


def test_all_rules_and_phases_can_be_named_at_once(tmp_path: Path) -> None:
    reasons = explained(tmp_path, "answers:\n  - {rules: all, answers: [fires], phases: all, because: nobody fires}\n")
    assert {LATE, LOW} <= reasons.reasons.keys()
    assert EARLY not in reasons.reasons


def test_without_a_file_no_hole_has_a_reason(tmp_path: Path) -> None:
    assert load_holes(tmp_path / "holes.yaml").reasons == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("answers: [", "not YAML"),
        (
            "answers:\n  - {rules: [potassium-high], answers: [fires], phases: all, because: x}",
            "no rule potassium-high",
        ),
        ("numbers:\n  - {numbers: [platelets.none], because: x}", "no number platelets.none"),
        ("numbers:\n  - {numbers: [platelets.limit], because: ''}", "because"),
        ("reasons: []", "reasons: Extra inputs"),
    ],
)
def test_reasons_for_what_there_is_not_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ScenarioProblem, match=problem):
        explained(tmp_path, text)


def test_the_command_shows_coverage_with_reasons_from_beside_the_scenarios(tmp_path: Path) -> None:
    text = (FOLDER / "loading-dose-late.yaml").read_text()
    (tmp_path / "late.yaml").write_text(text)
    explained(tmp_path, f"answers:\n  - {{rules: [{RULE}], answers: [cannot-tell], phases: all, because: tried}}\n")
    shown = CliRunner().invoke(app, ["test", "--coverage", str(tmp_path)]).stdout.splitlines()
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in shown}
    assert rows[RULE, "fires"] == ["-", "1", "-", "-", "-"]
    assert rows[RULE, "quiet"] == ["+1", "1", "-", "-", "-"]
    assert rows[RULE, "cannot-tell"] == [".", ".", ".", ".", "."]
    assert rows["platelets.limit", "50"] == ["1", "-", "-"]
    assert f"no scenario reaches: {RULE} fires in not-started, maintenance, lifelong, ended" in shown
    assert "scenarios only pass through: haemoglobin-not-normal-at-two-months quiet" in shown
    assert "no scenario holds: platelets.limit one unit less or more" in shown


def test_without_the_option_two_lines_sum_it_up() -> None:
    shown = CliRunner().invoke(app, ["test", str(FOLDER / "loading-dose-late.yaml")]).stdout.splitlines()
    assert len(shown) == 4
    assert shown[1].startswith("answers by rule and phase: ")
    assert shown[2].startswith("numbers of the policy: ")


def test_reasons_that_cannot_be_read_end_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "late.yaml").write_text((FOLDER / "loading-dose-late.yaml").read_text())
    (tmp_path / "holes.yaml").write_text("numbers: 3")
    result = CliRunner().invoke(app, ["test", str(tmp_path)])
    assert result.exit_code == 2
    assert "holes.yaml: numbers: " in " ".join(result.output.split())


def test_a_folder_without_scenarios_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["test", str(tmp_path)])
    assert result.exit_code == 2
    assert "there are no scenarios" in " ".join(result.output.split())
