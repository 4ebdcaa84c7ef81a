"""The command line: what it prints, its exit codes, and that a user's mistake ends with a sentence."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from domain.facts import Fact
from tests.kit import day, injection, plan, platelets
from tests.workers.command_line import B12WATCH, b12watch, process, said
from tests.workers.logs import numbered
from topics.codecs.clinical_event import encode_fact
from topics.definitions import ALL_TOPICS
from workers.log_file import write_line
from workers.records import InputRecord
from workers.rendering import change_line

LAB_CSV = Path(__file__).parent / "samples/eicu-demo/lab.csv"
RULES = ("haemoglobin-not-normal-at-two-months", "injection-overdue", "platelets-low-before-im")


def told(*facts: Fact, patient: str = "ann") -> list[InputRecord]:
    return numbered((day(0), patient.encode(), encode_fact(patient, fact)) for fact in facts)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """ann's and bob's injections are overdue on day 4, and bob's platelets are low."""
    path = tmp_path / "log.jsonl"
    ann = told(plan(0), injection(0), platelets(0, 200))
    bob = told(platelets(0, 60), plan(0), injection(0), patient="bob")
    path.write_text("".join(map(write_line, [*ann, *bob])))
    return path


UNTIL = ("--until", "2026-01-12T00:00:00+00:00")


# --- what it is -----------------------------------------------------------------------------------------------------


def test_version_and_help_say_what_it_is() -> None:
    assert b12watch("--version").stdout == f"b12watch {version('b12watch')}\n"
    helped = b12watch("--help")
    assert helped.exit_code == 0
    for command in ("demo", "worker", "replay", "record", "publish", "topics", "policy", "import"):
        assert command in helped.stdout
    assert "decides nothing for them" in " ".join(helped.stdout.split())


@pytest.mark.parametrize("command", [["replay"], ["worker"], ["demo"], ["record"], ["topics", "create"]], ids=" ".join)
def test_every_command_has_help(command: list[str]) -> None:
    assert b12watch(*command, "--help").exit_code == 0


# --- replay ---------------------------------------------------------------------------------------------------------


def test_replay_prints_a_table_and_the_counts_beside_it(log: Path) -> None:
    result = b12watch("replay", log, *UNTIL)
    assert result.exit_code == 0
    header, *rows = result.stdout.splitlines()
    assert header.split("  ", 1)[0] == "at (UTC)"
    assert header.split()[2:] == ["patient", "change", "severity", "rule", "reason"]
    overdue = r"2026-01-09 00:00:00 +ann +raised +high +injection-overdue +the dose was .* → give the injection"
    assert any(re.match(overdue, row) for row in rows)
    assert all(row == row.rstrip() for row in [header, *rows])
    assert "records read 6, new facts 6" in result.stderr
    assert "injection-overdue raised: 2" in result.stderr


def test_replay_prints_one_line_of_json_for_each_change(log: Path) -> None:
    result = b12watch("replay", log, "--format", "json", *UNTIL)
    changes = [json.loads(line) for line in result.stdout.splitlines()]
    assert {change["topic"] for change in changes} == {"alert-changes"}
    assert [change["at"] for change in changes if change["rule"] == "injection-overdue"] == 2 * ["2026-01-09T00:00:00Z"]


def test_until_shows_absence(log: Path) -> None:
    assert "injection-overdue" not in b12watch("replay", log).stdout
    assert "injection-overdue" in b12watch("replay", log, *UNTIL).stdout


def test_topics_also_prints_the_status(log: Path) -> None:
    lines = b12watch("replay", log, "--format", "json", "--topics", "patient-status").stdout.splitlines()
    assert [json.loads(line)["phase"] for line in lines if '"ann"' in line][-1] == "loading"
    both = b12watch("replay", log, "--topics", "alert-changes,patient-status", *UNTIL).stdout
    assert "next dose from 2026-01-06, due 2026-01-07, overdue after 2026-01-08" in both
    assert "injection-overdue" in both


def test_patient_shows_that_patient_alone(log: Path) -> None:
    rows = b12watch("replay", log, "--patient", "bob", *UNTIL).stdout.splitlines()[1:]
    assert rows
    assert all(row.split()[2] == "bob" for row in rows)


def test_patient_says_of_what_the_counts_are_and_when_nobody_is_so_called(log: Path) -> None:
    counted = "what was read is counted for the whole log"
    bob, nobody = (b12watch("replay", log, "--patient", name).stderr for name in ("bob", "bo"))
    assert counted in bob and counted in nobody
    assert "no record of 'bo' was read from the log" in nobody
    assert "no record of" not in bob
    assert counted not in b12watch("replay", log).stderr


def test_an_until_that_is_earlier_than_the_log_says_that_it_does_not_shorten(log: Path) -> None:
    early = b12watch("replay", log, "--until", "2026-01-01T00:00:00Z")
    assert "the log goes on to 2026-01-05T09:00:00Z" in early.stderr
    assert "--until only lengthens" in early.stderr
    assert "goes on" not in b12watch("replay", log, *UNTIL).stderr


@pytest.mark.parametrize("content", ["", '{"topic": "orders", "timestamp": 0, "value": {}}\n'], ids=["empty", "others"])
def test_a_log_with_nothing_that_replay_reads_says_so(content: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(content)
    result = b12watch("replay", tmp_path / "log")
    assert result.exit_code == 0
    assert "the log has no record that replay reads" in result.stderr
    assert re.search(r"^lines that are no record 0(, other topics 1)?$", result.stderr, re.MULTILINE)


def test_policy_stands_over_the_defaults(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("[platelets]\nlimit = 70\n")
    assert "under the limit" not in b12watch("replay", log).stdout
    assert "under the limit of 70" in b12watch("replay", log, "--policy", path).stdout


def test_bad_lines_are_reported_with_their_number_and_the_rest_goes_on(log: Path) -> None:
    first, *rest = log.read_text().splitlines(keepends=True)
    log.write_text("".join([first, "{\n", "\n", '{"topic": "clinical-events", "value": null}\n', *rest]))
    result = b12watch("replay", log, *UNTIL)
    assert result.exit_code == 1
    assert "injection-overdue" in result.stdout
    found = re.findall(r"^line (\d+): .*\. The line was left out\.$", result.stderr, re.MULTILINE)
    assert found == ["2", "4"]
    assert "lines that are no record 2, records read 6" in result.stderr


def test_dead_letters_are_told_without_what_the_message_said_and_are_no_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    secret = '{"schema_version": 1, "id": "secret", "patient_id": "ann"}'
    record = InputRecord("lab-results", 2, 7, day(0), b"ann", secret.encode())
    path.write_text(write_line(record))
    result = b12watch("replay", path)
    assert result.exit_code == 0
    assert "dead letter lab-results/2/7: " in result.stderr
    assert "kept as a dead letter; nothing was read from it." in result.stderr
    assert "secret" not in result.output


def test_many_bad_lines_and_dead_letters_are_counted_and_not_all_shown(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    dead = InputRecord("lab-results", 0, 0, day(0), None, b"{")
    path.write_text(50 * "{\n" + 50 * write_line(dead))
    stderr = b12watch("replay", path).stderr
    assert stderr.count("The line was left out") == stderr.count("dead letter lab-results") == 20
    assert "and 30 more dead letters" in stderr
    assert "lines that are no record 50, records read 50, dead letters 50" in stderr


@pytest.mark.parametrize("regimen", ["R9 [/b]", "[red]R9", r"R9\[x]"])
def test_brackets_in_what_people_wrote_are_printed_as_they_are(regimen: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(map(write_line, told(plan(0, regimen), patient="an[n]"))))
    result = b12watch("replay", path, "--topics", "alert-changes,patient-status")
    assert result.exit_code == 0, result.exception
    assert repr(regimen) in result.stdout
    assert "an[n]" in result.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--until", "tomorrow"], "--until: 'tomorrow' is not a time; it should look like 2026-05-01T00:00:00+00:00"),
        (["--until", "2026-05-01T00:00:00"], "--until: '2026-05-01T00:00:00' has no offset"),
        (["--until", "9999-12-31T23:00:00-05:00"], "--until: '9999-12-31T23:00:00-05:00' is not a time"),
        (["--topics", "alerts"], "--topics: 'alerts' is not printed here; allowed: alert-changes, patient-status"),
        (["--topics", ""], "--topics: '' is not printed here"),
        (["--policy", "no-such.toml"], "no-such.toml: cannot be read: No such file or directory"),
    ],
)
def test_a_bad_option_of_replay_ends_with_a_sentence(log: Path, options: list[str], sentence: str) -> None:
    assert sentence in said(b12watch("replay", log, *options))


def test_a_log_that_is_not_there_or_is_a_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    assert said(b12watch("replay", tmp_path / "none")).endswith("none: No such file or directory")
    assert said(b12watch("replay", tmp_path)).endswith("Is a directory")


def test_a_policy_with_mistakes_names_each_and_what_is_allowed(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("[platelets]\nlimit = 7\n[haemoglobin]\nchek_day = 50\n")
    for command in (["replay", log, "--policy", path], ["policy", "check", path], ["worker", "--policy", path]):
        result = b12watch(*command)
        assert result.exit_code == 2
        assert "platelets.limit = 7: must be a number from 20 to 100" in result.stderr
        assert "did you mean haemoglobin.check_day?" in result.stderr


def test_a_reader_that_has_seen_enough_is_no_mistake_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    many = (record for n in range(3000) for record in told(plan(0, "R9"), patient=f"patient-{n}"))
    path.write_text("".join(map(write_line, many)))
    running = subprocess.Popen(
        [B12WATCH, "replay", path, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None and running.stderr is not None
    assert running.stdout.readline().startswith("{")
    running.stdout.close()
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait(timeout=60) == 1


# --- policy, topics, import -----------------------------------------------------------------------------------------


def test_the_policy_that_is_shown_is_a_policy_file_of_the_same_version(tmp_path: Path) -> None:
    shown = b12watch("policy", "show")
    assert shown.exit_code == 0
    path = tmp_path / "policy.toml"
    path.write_text(shown.stdout, encoding="utf-8")
    checked = b12watch("policy", "check", path)
    assert checked.exit_code == 0
    (digest,) = re.findall(r"policy, version (\w{12})", shown.stdout)
    assert checked.stdout.strip() == f"{path}: well formed, version {digest}"
    path.write_text(shown.stdout.replace("\nlimit = 50", "\nlimit = 60"), encoding="utf-8")
    assert "limit = 60" in b12watch("policy", "show", "--policy", path).stdout
    assert digest not in b12watch("policy", "check", path).stdout


def test_a_policy_file_that_sets_nothing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    for nothing in ("", "# limit = 60\n", "[platelets]\n"):
        path.write_text(nothing)
        assert "well formed, nothing set, all defaults, version " in b12watch("policy", "check", path).stdout
    path.write_text("[platelets]\nlimit = 50\n")
    assert "nothing set" not in b12watch("policy", "check", path).stdout


def test_topics_list_names_every_topic_on_a_line_of_its_own() -> None:
    lines = b12watch("topics", "list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [topic.name for topic in ALL_TOPICS]


def test_import_writes_a_log_that_replays_and_says_what_is_invented(tmp_path: Path) -> None:
    imported = b12watch("import", "eicu", LAB_CSV, "-o", tmp_path / "log")
    assert imported.exit_code == 0
    assert "INVENTED" in imported.stdout
    replayed = b12watch("replay", tmp_path / "log", "--format", "json")
    assert replayed.exit_code == 0
    assert replayed.stdout.splitlines()
    assert "lines that are no record 0" in replayed.stderr


def test_an_import_of_what_is_no_lab_table_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "lab.csv").write_text("a,b\n1,2\n")
    assert "missing: labid" in said(b12watch("import", "eicu", tmp_path / "lab.csv", "-o", tmp_path / "log"))
    assert "No such file" in said(b12watch("import", "eicu", tmp_path / "none", "-o", tmp_path / "log"))
    assert "No such file" in said(b12watch("import", "eicu", LAB_CSV, "-o", tmp_path / "no/folder/log"))


# --- options that are not allowed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["worker", "everything"], "'everything' is not one of"),
        (["worker", "--tick-seconds", "0"], "greater than or equal to"),
        (["worker", "--tick-seconds", "nan"], "--tick-seconds"),
        (["worker", "--tick-seconds", "soon"], "--tick-seconds"),
        (["demo", "--patients", "0"], "greater than or equal to 1"),
        (["demo", "--seconds", "-1"], "--seconds"),
        (["demo", "--seconds", "nan"], "--seconds"),
        (["topics", "create", "--partitions", "0"], "--partitions"),
        (["replay"], "Missing argument 'LOG'"),
        (["replay", "x", "--format", "xml"], "--format"),
        (["replay", "x", "--nope"], "No such option"),
        (["policy", "shew"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_is_not_allowed_ends_with_exit_code_2_and_says_which(command: list[str], problem: str) -> None:
    result = b12watch(*command)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert problem in " ".join(result.stderr.replace("│", " ").split())


# --- the demo -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One run of the demo: what it printed, and its log."""

    ended: subprocess.CompletedProcess[str]
    log: Path


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Told:
    log = tmp_path_factory.mktemp("demo") / "log"
    return Told(process("demo", "--seconds", 0, "--patients", 6, "--record", log, timeout=120), log)


def test_the_demo_ends_by_itself_and_shows_every_alert_raised_and_resolved(story: Told) -> None:
    assert (story.ended.returncode, story.ended.stderr) == (0, "")
    for rule in RULES:
        for change in ("raised", "resolved"):
            assert re.search(rf"demo-\d\d +{change} +\w+ +{rule}: ", story.ended.stdout), (rule, change)
            assert re.search(rf"^  {rule}: {change} \d", story.ended.stdout, re.MULTILINE)


def test_the_demo_shows_an_alert_taken_back_and_a_patient_who_reaches_lifelong(story: Told) -> None:
    assert re.search(r"demo-05 +withdrawn +critical +platelets-low-before-im: .*platelets were 180", story.ended.stdout)
    assert re.search(r"demo-\d\d +phase +lifelong: ", story.ended.stdout)
    assert "Patients by phase: lifelong" in story.ended.stdout
    assert "All patients are invented." in story.ended.stdout


def test_the_demo_is_plain_where_it_is_piped(story: Told) -> None:
    assert "\x1b" not in story.ended.stdout
    assert "\r" not in story.ended.stdout


def test_the_log_of_the_demo_replays_to_the_same_changes(story: Told) -> None:
    replayed = b12watch("replay", story.log, "--format", "json")
    assert replayed.exit_code == 0
    expected = [change_line(json.loads(line)).plain for line in replayed.stdout.splitlines()]
    shown = [line for line in story.ended.stdout.splitlines() if re.match(r"\S+ \S+  demo-\d\d", line)]
    changes = [line.rstrip() for line in shown if " phase  " not in line]
    assert len(changes) == len(expected) > 0
    assert Counter(changes) == Counter(line.rstrip() for line in expected)


def test_a_log_that_the_demo_cannot_write_is_told_before_the_story(tmp_path: Path) -> None:
    ended = process("demo", "--seconds", 0, "--patients", 1, "--record", tmp_path / "none/log")
    assert (ended.returncode, ended.stderr) == (2, f"b12watch: {tmp_path}/none/log: No such file or directory\n")
    assert "demo-01" not in ended.stdout
