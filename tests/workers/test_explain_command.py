"""`b12watch explain`, as people and programs read it, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from domain.rules import RULE_VERSIONS
from tests.workers.command_line import b12watch, said
from tests.workers.explaining import OVERDUE, PLATELETS, ROOT, alert_id, recording

FIRST = ROOT / "examples" / "first.jsonl"
COUNT, DOSE_2, PLAN = "lab-result/laboratory/plt-1", "administration/ward/dose-2", "treatment-plan/clinic/plan-1"


def asked(rule: str = PLATELETS) -> str:
    return alert_id(recording("examples/first.jsonl"), rule, "p-1")


def lines(*arguments: object) -> list[str]:
    result = b12watch("explain", FIRST, *arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def data(*arguments: object) -> dict[str, Any]:
    told: dict[str, Any] = json.loads("\n".join(lines(*arguments, "--json")))
    return told


def test_an_alert_is_explained_in_text() -> None:
    told = lines("--alert", asked()[:8], "--at", "2026-01-05T14:20:00Z")
    assert told[0] == "patient p-1  as of 2026-01-05 14:20:00 UTC"
    assert "phase loading since 2026-01-05: loading doses counted: 1 of 6" in told
    assert f"{PLATELETS}, version {RULE_VERSIONS[PLATELETS]}" in told
    assert f"alert {asked()}, episode treatment:{PLAN}" in told
    assert "source: S24, section 8.4; finding; phase loading; regimen R2" in told
    assert f"- without {PLAN} v1 (evidence): no alert: no intramuscular dose is scheduled" in told
    assert "  platelets 42 10*9/L; of 2026-01-05 08:00 UTC, known since 2026-01-05 09:30:00 UTC" in told
    assert "- platelets.limit = 50 ×10⁹/L: at most 41.9: no alert" in told
    assert any(line.startswith(f"{OVERDUE} ") and " quiet " in line for line in told)


def test_the_history_of_an_alert_has_its_instants_and_what_each_change_came_with() -> None:
    told = lines("--alert", asked())
    rows = [line for line in told if line.startswith("2026-01-0")]
    assert [row.split()[3] for row in rows] == ["raised", "updated", "updated", "withdrawn"]
    assert [row.split()[:2] for row in rows][-1] == ["2026-01-06", "07:10:00"]
    assert f"{COUNT} v2" in rows[-1] and "it should not have been raised" in rows[-1]


def test_a_closed_alert_says_so_and_how_to_see_it_as_it_stood() -> None:
    told = lines("--alert", asked())
    assert f"alert {asked()} does not stand at this moment" in told
    assert "as it stood before it was withdrawn: --at 2026-01-05T14:20:00Z" in told
    assert any(line.startswith(f"- with {COUNT} v1 in place of v2: an alert: high: platelets were 42") for line in told)


def test_all_that_stands_for_a_patient_is_explained_with_what_a_single_change_would_raise() -> None:
    told = lines("--patient", "p-1", "--at", "2026-01-14T09:00:00Z")
    assert told[0] == "patient p-1  as of 2026-01-14 09:00:00 UTC"
    answers = told[told.index("What each rule answers") + 2 :]
    words = [line.split()[2].rstrip(",") for line in answers[: len(RULE_VERSIONS)]]
    assert words == sorted(words, key=["critical", "high", "medium", "low", "info", "quiet"].index)
    assert answers[words.index("high")].startswith(f"{OVERDUE} ")
    headings = [line.split(",")[0] for line in told if ", version " in line]
    assert OVERDUE in headings and PLATELETS not in headings
    raised = told[told.index("What a single change would raise") :]
    assert any(PLATELETS in line and f"without {COUNT} v2" in line for line in raised)


def test_a_pipe_gets_no_colours_and_no_blanks_at_line_ends() -> None:
    told = lines("--alert", asked())
    assert not any("\x1b" in line or line != line.rstrip() for line in told)


def test_json_has_the_facts_numbers_versions_and_answers() -> None:
    told = data("--alert", asked(), "--at", "2026-01-05T14:20:00Z")
    assert (told["patient_id"], told["at"], told["alert_id"]) == ("p-1", "2026-01-05T14:20:00Z", asked())
    answer = told["rules"][PLATELETS]
    assert (answer["answer"], answer["severity"], answer["version"]) == ("finding", "high", RULE_VERSIONS[PLATELETS])
    assert answer["evidence"] == [COUNT, PLAN]
    (explained,) = told["explained"]
    assert [change["change"] for change in explained["history"]] == ["raised", "updated", "updated", "withdrawn"]
    assert {change["policy_version"] for change in explained["history"]} == {told["policy_version"]}
    effects = {fact["fact_id"]: fact["effect"]["what"] for fact in explained["facts"]}
    assert effects[COUNT] == "info, cannot tell"
    (limit,) = (key for key in explained["policy"] if key["key"] == "platelets.limit")
    assert (limit["value"], limit["unit"], limit["source"]) == (50, "10*9/L", "S24")
    (edge,) = limit["edges"]
    assert (edge["at_most"], edge["effect"]["weight"], edge["effect"]["what"]) == (41.9, "stands", "no alert")
    assert explained["stands_since"] == "2026-01-05T09:05:00Z"


def test_json_says_what_comes_by_itself_and_what_one_change_would_raise() -> None:
    told = data("--patient", "p-1", "--at", "2026-01-13T09:00:00Z")
    assert OVERDUE not in {explained["rule"] for explained in told["explained"]}
    raised = [entry for entry in told["one_change_away"] if entry["rule"] == OVERDUE]
    assert [entry["fact"]["fact_id"] for entry in raised if "fact" in entry] == [DOSE_2]
    closed = data("--alert", asked(OVERDUE), "--at", "2026-01-13T09:00:00Z")
    (next_,) = closed["explained"][0]["by_itself"]
    assert (next_["at"], next_["effect"]["what"]) == ("2026-01-14T00:00:00Z", "an alert: high")


def test_a_policy_file_stands_in_place_of_the_policy_of_the_log(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[platelets]\nlimit = 40\n")
    told = data("--patient", "p-1", "--at", "2026-01-05T14:20:00Z", "--policy", policy)
    assert told["rules"][PLATELETS]["answer"] == "quiet"


def test_time_goes_on_to_the_moment_and_to_until() -> None:
    assert data("--patient", "p-1")["at"] == "2026-01-12T08:00:00Z"
    assert data("--patient", "p-1", "--until", "2026-01-15T00:00:00Z")["rules"][OVERDUE]["severity"] == "high"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "explain: say which: --alert ID, or --patient ID with --at TIME"),
        (("--alert", "zzz"), "no alert has an id that begins with 'zzz'; the log gives "),
        (("--alert", ""), "'' is the beginning of "),
        (("--alert", "zzz", "--patient", "p-1"), "no alert of 'p-1' has an id that begins with 'zzz'; the log gives "),
        (("--patient", "p-9"), "the log says nothing of a patient 'p-9' that could be judged"),
        (("--patient", "p-1", "--at", "2026-01-01T00:00:00Z"), "it begins at 2026-01-05T09:05:00Z"),
        (("--patient", "p-1", "--at", "2026-01-01T00:00:00"), "--at: '2026-01-01T00:00:00' has no offset"),
        (("--patient", "p-1", "--until", "soon"), "--until: 'soon' is not a time"),
        (("--patient", "p-1", "--policy", "none.toml"), "none.toml: cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in said(b12watch("explain", FIRST, *arguments))


def test_an_unknown_id_is_told_with_those_that_there_are() -> None:
    assert asked() in said(b12watch("explain", FIRST, "--alert", "zzz"))


def test_a_log_that_cannot_be_read_is_one_sentence() -> None:
    assert "none.jsonl: No such file" in said(b12watch("explain", "none.jsonl", "--patient", "p-1"))


def test_lines_that_are_no_record_are_told_and_give_exit_code_1(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f"nothing\n{FIRST.read_text()}")
    result = b12watch("explain", log, "--patient", "p-1")
    assert result.exit_code == 1
    assert "patient p-1" in result.stdout
    assert "line 1: " in result.stderr and "lines that are no record 1" in result.stderr


def test_the_readme_shows_lines_that_are_printed_in_that_order() -> None:
    shown = re.search(r"^\$ b12watch explain ([^\n]+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    assert shown is not None
    command, lines_shown = shown.groups()
    printed = iter(lines(*command.split()[1:]))
    for line in lines_shown.splitlines():
        assert line == "..." or line in printed, f"not printed, or not there: {line}"
