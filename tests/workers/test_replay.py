"""Replay: a recorded log through the handlers of the live workers, and the lines that it gives."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from domain.facts import Fact
from domain.policies.blood import PlateletsPolicy
from domain.policy import Policy
from tests.kit import INSTANT, POLICY, day, injection, loading, midnight, plan, platelets
from tests.workers.logs import activation, event_logs, numbered, tick
from topics.codecs.clinical_event import encode_activation, encode_fact
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, DEAD_LETTERS, PATIENT_STATUS
from workers.cli import app
from workers.records import InputRecord, Output
from workers.rendering import REPLAYED_TOPICS, json_lines
from workers.replay import Replay

RECORDINGS = Path(__file__).parents[1] / "recordings"
STRICT = Policy(platelets=PlateletsPolicy(limit=Decimal(70)))
OVERDUE, PLATELETS = "injection-overdue", "platelets-low-before-im"

Entry = tuple[datetime, bytes | None, bytes]


def told(time: datetime, *facts: Fact, patient: str = "patient-1") -> list[Entry]:
    return [(time, patient.encode(), encode_fact(patient, fact)) for fact in facts]


def changes(outputs: Iterable[Output], rule: str = OVERDUE) -> list[dict[str, Any]]:
    return [change for change in lines(outputs) if change["rule"] == rule]


def lines(outputs: Iterable[Output], topic: str = ALERT_CHANGES.name) -> list[dict[str, Any]]:
    return [json.loads(line) for line in json_lines(outputs, frozenset({topic}))]


def seen(outputs: Iterable[Output], rule: str = OVERDUE) -> list[tuple[str, str]]:
    """What changed, and at which instant."""
    return [(change["change"], change["at"]) for change in changes(outputs, rule)]


# --- logs of clinical-events ----------------------------------------------------------------------------------------


def test_a_log_with_ticks_keeps_the_time_that_its_ticks_tell() -> None:
    log = numbered(
        [(day(0), None, activation()), *told(day(0), plan(0), injection(0)), (day(9), None, tick(midnight(4)))]
    )
    outputs = list(Replay().run(log))
    assert seen(outputs) == [("raised", "2026-01-09T00:00:00Z")]
    log[-1] = replace(log[-1], value=tick(midnight(4) - INSTANT))
    assert seen(Replay().run(log)) == []  # written on day 9, yet it says nothing about day 4


def test_a_log_without_ticks_is_complete_to_the_log_time_of_each_record() -> None:
    log = numbered([*told(day(0), plan(0), injection(0)), *told(day(9), injection(9))])
    assert seen(Replay().run(log)) == [("raised", "2026-01-09T00:00:00Z"), ("resolved", "2026-01-14T09:00:00Z")]


def test_a_tick_whose_activation_is_missing_counts_for_nobody_and_log_times_tell_the_time() -> None:
    log = numbered([*told(day(0), plan(0), injection(0)), (day(3), None, tick(day(2))), *told(day(9), injection(9))])
    assert seen(Replay().run(log)) == [("raised", "2026-01-09T00:00:00Z"), ("resolved", "2026-01-14T09:00:00Z")]


def test_an_activation_alone_moves_no_time_and_log_times_tell_it() -> None:
    log = numbered([(day(0), None, activation()), *told(day(0), plan(0), injection(0)), *told(day(9), injection(9))])
    assert [change for change, _ in seen(Replay().run(log))] == ["raised", "resolved"]


def test_a_log_time_that_goes_back_takes_no_time_back() -> None:
    """A running maximum: what comes with an older log time comes at the highest one before it."""
    log = numbered([*told(day(0), plan(0), injection(0)), *told(day(5), platelets(5, 90)), *told(day(3), injection(3))])
    assert seen(Replay().run(log)) == [("raised", "2026-01-09T00:00:00Z"), ("withdrawn", "2026-01-10T09:00:00Z")]


def test_the_policy_of_the_log_is_obeyed_from_the_activation_on() -> None:
    log = numbered(
        [
            *told(day(0), platelets(0, 60), plan(0)),
            (day(1), None, activation(STRICT)),
            *told(day(2), injection(2)),
        ]
    )
    change, *_ = changes(Replay().run(log), PLATELETS)
    assert (change["change"], change["at"], change["policy_version"]) == (
        "raised",
        "2026-01-06T09:00:00Z",
        STRICT.version,
    )


def test_a_policy_that_is_given_stands_over_those_in_the_log() -> None:
    log = numbered([(day(0), None, activation(STRICT)), *told(day(0), platelets(0, 60), plan(0))])
    assert [change["change"] for change in changes(Replay().run(log), PLATELETS)] == ["raised"]
    assert changes(Replay(policy=POLICY).run(log), PLATELETS) == []


def test_partitions_walk_for_themselves() -> None:
    one = numbered([*told(day(0), plan(0), injection(0)), *told(day(2), injection(2))])
    other = [
        replace(record, partition=1) for record in numbered(told(day(0), plan(0), injection(0), patient="patient-2"))
    ]
    outputs = list(Replay().run([*other, *one], until=day(4)))
    assert [change["patient_id"] for change in changes(outputs)] == ["patient-2"]


def test_a_record_that_nobody_can_read_is_a_dead_letter_and_the_rest_goes_on() -> None:
    log = numbered([(day(0), b"x", b"{"), *told(day(0), plan(0), injection(0))])
    replay = Replay()
    outputs = list(replay.run(log, until=day(4)))
    assert [output.value for output in outputs if output.topic == DEAD_LETTERS.name] == [b"{"]
    assert len(changes(outputs)) == 1
    assert (replay.counts["records read"], replay.counts["dead letters"], replay.counts["new facts"]) == (3, 1, 2)


@pytest.mark.parametrize(("until", "expected"), [(midnight(4) - INSTANT, 0), (midnight(4), 1)], ids=str)
def test_until_lets_time_go_on_so_that_absence_is_seen(until: datetime, expected: int) -> None:
    log = numbered(told(day(0), plan(0), injection(0)))
    assert seen(Replay().run(log)) == []
    assert len(seen(Replay().run(log, until=until))) == expected


def test_an_until_that_lies_before_the_end_of_the_log_takes_nothing_back() -> None:
    log = numbered([*told(day(0), plan(0), injection(0)), *told(day(9), injection(9))])
    assert list(Replay().run(log, until=day(1))) == list(Replay().run(log))


def test_an_empty_log_gives_nothing() -> None:
    assert list(Replay().run([], until=day(0))) == []


# --- logs of source topics ------------------------------------------------------------------------------------------


def source(topic: str, time: datetime, content: dict[str, Any] | bytes, *, offset: int = 0) -> InputRecord:
    value = content if isinstance(content, bytes) else json.dumps(content).encode()
    return InputRecord(topic, 0, offset, time, None, value)


def said(own_id: str, patient: str = "ann", version: int = 1, **content: Any) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "id": own_id,
        "version": version,
        "patient_id": patient,
        "source": "ward",
        **content,
    }


def a_plan(time: datetime, patient: str = "ann") -> InputRecord:
    content = said(
        f"plan-{patient}",
        patient,
        regimen="R2",
        neurological_involvement="no",
        sex="female",
        starts_at=time.isoformat(),
    )
    return source("treatment-plans", time, content)


def a_dose(given: datetime, at: datetime | None = None, version: int = 1, status: str = "completed") -> InputRecord:
    content = said(
        f"dose-{given:%m%d}",
        version=version,
        drug="hydroxocobalamin",
        dose=1,
        dose_unit="mg",
        route="intramuscular",
        status=status,
        given_at=given.isoformat(),
    )
    return source("administrations", at or given, content)


def a_count(time: datetime, value: int, version: int = 1, at: datetime | None = None) -> InputRecord:
    status = "final" if version == 1 else "corrected"
    content = said(
        "count",
        version=version,
        analyte="platelets",
        value=value,
        unit="10*9/L",
        status=status,
        taken_at=time.isoformat(),
    )
    return source("lab-results", at or time, content)


def test_source_records_are_put_in_the_order_of_their_log_times() -> None:
    log = [a_plan(day(0)), a_dose(day(0, 10)), a_dose(day(2)), a_dose(day(9))]
    in_order, backwards = list(Replay().run(log)), list(Replay().run(log[::-1]))
    assert in_order == backwards
    assert seen(in_order) == [("raised", "2026-01-11T00:00:00Z"), ("resolved", "2026-01-14T09:00:00Z")]


def test_duplicates_corrections_and_withdrawals_have_their_consequences_and_are_counted() -> None:
    log = [
        a_count(day(0), 240),
        a_plan(day(0)),
        a_dose(day(0)),
        a_dose(day(0)),
        a_count(day(1), 18, version=2),
        a_count(day(1), 180, version=3, at=day(2)),
        a_dose(day(2)),
        a_dose(day(2), version=2, status="entered-in-error", at=day(4)),
    ]
    replay = Replay()
    outputs = list(replay.run(log))
    assert seen(outputs, PLATELETS) == [("raised", "2026-01-06T09:00:00Z"), ("withdrawn", "2026-01-07T09:00:00Z")]
    assert seen(outputs) == [("raised", "2026-01-09T09:00:00Z")]
    assert (replay.counts["new facts"], replay.counts["duplicates"]) == (7, 1)


def test_every_record_is_counted_as_what_it_was() -> None:
    log = [
        a_plan(day(0)),
        a_dose(day(0)),
        a_dose(day(0)),
        source("lab-results", day(0), said("s", analyte="sodium")),
        source("lab-results", day(0), b"\xff\x00"),
        source("administrations", day(0), said("x", drug="hydroxocobalamin")),
        source("orders", day(0), b"{}"),
        source(PATIENT_STATUS.name, day(0), b"{}"),
    ]
    replay = Replay()
    outputs = list(replay.run(log))
    counts = replay.counts
    assert counts["records read"] + counts["other topics"] == len(log)
    assert counts["with facts"] + counts["not for us"] + counts["dead letters"] == counts["records read"]
    assert counts["new facts"] + counts["duplicates"] == counts["facts forwarded"]
    expected = {"other topics": 2, "not for us": 1, "dead letters": 2, "with facts": 3, "duplicates": 1}
    assert {name: counts[name] for name in expected} == expected
    assert Counter(output.topic for output in outputs)[DEAD_LETTERS.name] == 2


def test_a_log_that_has_clinical_events_is_walked_as_it_is_and_its_sources_are_counted() -> None:
    """They are what those events came from: they would only come twice."""
    replay = Replay()
    outputs = list(replay.run([*numbered(told(day(0), plan(0))), a_plan(day(0), "bob")]))
    assert {status["patient_id"] for status in lines(outputs, PATIENT_STATUS.name)} == {"patient-1"}
    assert (replay.counts["records read"], replay.counts["other topics"]) == (1, 1)


# --- one patient alone ----------------------------------------------------------------------------------------------


def of_patient(outputs: Iterable[Output], patient: str) -> list[tuple[str, bytes | None]]:
    published = [output for output in outputs if output.topic in REPLAYED_TOPICS]
    return [(o.topic, o.value) for o in published if o.key == patient.encode()]


@settings(max_examples=25, deadline=None)
@given(event_logs(), st.integers(0, 3), st.booleans())
def test_one_patient_alone_gives_that_patients_lines_of_the_whole(
    log: list[InputRecord], left_out: int, until: bool
) -> None:
    """Ticks, reviews and offsets of the others count on: ids and instants are the same."""
    part = log[left_out:]
    end = log[-1].timestamp + timedelta(days=100) if until else None
    whole = list(Replay().run(part, until=end))
    for patient in ("patient-0", "patient-1"):
        alone = list(Replay(patient_id=patient).run(part, until=end))
        assert of_patient(alone, patient) == of_patient(whole, patient)
        assert {output.key for output in alone} <= {patient.encode()}


def test_one_patient_alone_is_known_since_the_first_record_of_the_whole() -> None:
    """Held before the first tick, a plan is known since the partition began, whoever's record that was."""
    log = numbered(
        [
            *told(day(2), injection(2), patient="patient-2"),
            (day(6), None, activation()),
            *told(day(6), plan(0), injection(0)),
            (day(9), None, tick(day(9))),
        ]
    )
    alone, whole = (list(replay.run(log)) for replay in (Replay(patient_id="patient-1"), Replay()))
    assert of_patient(alone, "patient-1") == of_patient(whole, "patient-1")
    assert [change["standing"] for change in changes(whole)] == [False]


def test_one_patient_alone_through_intake_gives_the_same_lines() -> None:
    log = [
        a_plan(day(0)),
        a_plan(day(0), "bob"),
        a_dose(day(0)),
        source("lab-results", day(1), b"{"),
        a_plan(day(2), "cem"),
        a_dose(day(9)),
    ]
    whole, alone = list(Replay().run(log, until=day(30))), list(Replay(patient_id="ann").run(log, until=day(30)))
    assert of_patient(alone, "ann") == of_patient(whole, "ann") != []


def test_a_patient_who_is_not_in_the_log_has_no_lines() -> None:
    assert list(Replay(patient_id="nobody").run(numbered(told(day(0), plan(0), *loading())), until=day(300))) == []


# --- what is printed ------------------------------------------------------------------------------------------------


def test_a_line_of_json_says_what_changed_for_whom_and_why() -> None:
    log = numbered(told(day(0), plan(0), injection(0)))
    (line,) = changes(Replay().run(log, until=day(4)))
    wanted = {"at", "patient_id", "rule", "alert_id", "change", "severity", "reason"}
    assert wanted <= line.keys()
    assert (line["topic"], line["severity"], line["patient_id"]) == (ALERT_CHANGES.name, "high", "patient-1")


def test_two_replays_of_one_log_print_the_same_bytes() -> None:
    log = numbered([(day(0), None, activation()), *told(day(0), plan(0), *loading()), (day(90), None, tick(day(90)))])
    first, second = (list(json_lines(Replay().run(log), frozenset(REPLAYED_TOPICS))) for _ in range(2))
    assert first == second != []


# --- recordings -----------------------------------------------------------------------------------------------------


def recordings() -> Sequence[Path]:
    return sorted(path for path in RECORDINGS.glob("*.jsonl") if not path.name.endswith(".expected.jsonl"))


def renewal(log: Path) -> list[str]:
    """The arguments of the command with which the README renews the lines of this log, without its redirection."""
    readme = (RECORDINGS / "README.md").read_text().replace("\\\n", " ")
    (command,) = re.findall(rf"b12watch (replay \S*/{log.name} .*?) > \S*/{log.stem}\.expected\.jsonl", readme)
    return [str(log) if word.endswith(log.name) else word for word in shlex.split(command)]


@pytest.mark.parametrize("log", recordings(), ids=lambda path: path.stem)
def test_a_recorded_log_gives_the_lines_that_are_kept_beside_it(log: Path) -> None:
    """A difference that is wanted is renewed as the README of the recordings says."""
    result = CliRunner().invoke(app, renewal(log))
    assert result.exit_code == 0
    expected = log.with_suffix(".expected.jsonl").read_text(encoding="utf-8")
    assert result.stdout.splitlines() == expected.splitlines()


def test_there_is_a_recording_and_it_shows_all_four_changes_of_all_three_rules_together() -> None:
    assert recordings()
    texts = [path.read_text(encoding="utf-8") for path in RECORDINGS.glob("*.expected.jsonl")]
    found = [line for text in texts for line in map(json.loads, text.splitlines()) if "change" in line]
    assert {line["change"] for line in found} == {"raised", "updated", "resolved", "withdrawn"}
    assert {line["rule"] for line in found} >= {OVERDUE, PLATELETS, "haemoglobin-not-normal-at-two-months"}


def test_a_recording_of_clinical_events_would_be_walked_with_its_own_activation() -> None:
    """What `record` writes from a live run begins so; an activation that says no sources has ticks for nobody."""
    sourceless = encode_activation(POLICY.as_data(), POLICY.version, {}, [])
    log = numbered([(day(0), None, sourceless), *told(day(0), plan(0), injection(0)), (day(5), None, tick(day(5)))])
    assert {record.topic for record in log} == {CLINICAL_EVENTS.name}
    assert seen(Replay().run(log)) == [("raised", "2026-01-09T00:00:00Z")]
