"""The benchmarks measure what they say that they measure.  No test looks at a time."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from benchmarks import __main__ as bench
from benchmarks import replaying
from benchmarks.assessing import rule_costs
from benchmarks.baselines.three_rules import changes
from benchmarks.live_load import backlog
from benchmarks.live_restart import Model, entry_of
from benchmarks.reading import MESSAGES, reading
from benchmarks.replaying import Made, events_of, history_digest, make_events, replay
from benchmarks.samples import Sample, histories, samples, steps
from benchmarks.stages import size, stages
from benchmarks.timing import EVENT, WALL, Times, time_each
from domain.assess import assess
from domain.policy import Policy
from domain.rules import ALL_RULES
from tests.workers.stores import stores_of
from topics.definitions import CLINICAL_EVENTS
from workers.cohort_people import random_of
from workers.records import Output
from workers.treatment import Treatment

POLICY = Policy()


@cache
def made() -> Made:
    return make_events(12, 0.7, seed=1)


@cache
def taken() -> tuple[Sample, ...]:
    return tuple(samples(histories(30, 1, seed=1), 12, 40, random_of(1)))


def test_the_event_of_the_baseline_has_181_bytes_of_json() -> None:
    assert len(EVENT) == 181
    assert json.loads(EVENT)["value"] == 104


def test_times_are_told_in_microseconds_with_mean_median_and_the_99th_of_a_hundred() -> None:
    assert Times.of([n * 1000 for n in range(100, -1, -1)]) == Times(calls=101, mean=50.0, p50=50.0, p99=99.0)


def test_every_sample_is_called_with_once() -> None:
    seen: list[int] = []
    ticks = iter(range(0, 10_000, 500))
    times = time_each(seen.append, [3, 1, 2], lambda: next(ticks))
    assert seen == [3, 1, 2]
    assert times == Times(calls=3, mean=0.5, p50=0.5, p99=0.5)


def test_samples_have_the_wanted_size_and_lie_after_their_newest_fact() -> None:
    assert len(taken()) == 40
    for sample in taken():
        assert len(sample.record.known) == 12
        assert len(sample.before.known) == 11
        assert sample.record == sample.before.add(sample.fact, sample.known_at)
        assert sample.known_at <= sample.at
        assert sample.fresh() == sample.record
    assert len({sample.at for sample in taken()}) > 20


def test_a_size_that_no_patient_has_is_told() -> None:
    with pytest.raises(AssertionError, match="no patient of this cohort has 5000 facts"):
        samples(histories(3, 1, seed=1), 5000, 1, random_of(1))


def test_steps_go_on_from_an_assessment_that_was_reviewed_when_it_was_due() -> None:
    for step in steps(taken(), POLICY):
        due = step.earlier.next_review_at
        assert due is None or due >= step.at
        assert step.earlier.made_at <= step.at
        added = step.record.add(step.fact, step.at)
        assert assess(added, POLICY, step.at, earlier=step.earlier).alerts == assess(added, POLICY, step.at).alerts


def test_every_rule_is_timed() -> None:
    views, costs = rule_costs(histories(30, 1, seed=1), 12, 10, 1, WALL)
    assert views.calls == 10
    assert {cost.rule_id for cost in costs} == {rule.RULE_ID for rule in ALL_RULES}
    assert all(0 <= cost.not_quiet <= 1 for cost in costs)


def test_a_replay_counts_its_steps() -> None:
    done = replay(made().events)
    assert done.events == len(made().events)
    assert done.reviews > 0
    assert 0 < done.changes == done.outputs, "nobody reads anything else of a replay"
    assert 0 < done.walked < done.seconds


def test_the_events_of_some_patients_are_all_of_theirs() -> None:
    few = events_of(made().events, 3)
    keys = {record.key for record in few}
    assert len(keys) == 3
    assert few == [record for record in made().events if record.key in keys]


def test_both_ways_give_one_history_and_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    stepwise = history_digest(made().events, from_scratch=False)
    assert stepwise == history_digest(made().events, from_scratch=True)
    stricter = Policy.model_validate({"injection": {"high_after_days": 9}})
    monkeypatch.setattr(replaying, "_anew", lambda record, _, at, **how: assess(record, stricter, at))
    assert stepwise != history_digest(made().events, from_scratch=True)


def test_the_report_names_machine_and_python_and_says_whether_the_histories_agree() -> None:
    said: list[str] = []
    few = ["--patients", "4", "--years", "0.3", "--sampled", "20", "--samples", "3", "--compared", "2", "--profile"]
    assert bench.main(few, said.append) == 0
    report = "\n".join(said)
    for words in ("Python 3.", "UTC", "baseline of this run", "from scratch, fresh record", "step: a review"):
        assert words in report
    assert "steps/s" in report
    assert "stepwise and from scratch: the same" in report
    assert all(rule.RULE_ID in report for rule in ALL_RULES)


def test_different_histories_end_with_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "history_digest", lambda events, *, from_scratch: str(from_scratch))
    said: list[str] = []
    assert bench.main(["--patients", "2", "--years", "0.2", "--sampled", "20", "--samples", "2"], said.append) == 1
    assert "DIFFERENT" in said[-1]


def test_numbers_that_make_no_sense_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--samples", "0"])
    assert "numbers must be above zero" in capsys.readouterr().err


def test_the_stages_of_treatment_are_told_apart_and_patients_have_the_size_that_is_asked_for() -> None:
    found = stages(list(backlog(made().events)))
    assert found.decode > 0
    assert found.judge > 0
    assert found.outputs > len(made().events), "each fact is kept, and some change an alert or a status"
    awake, at_rest = size(9, 30, awake=9), size(9, 30, awake=1)
    assert awake.facts == at_rest.facts == 29
    assert awake.patient_bytes > at_rest.patient_bytes > 1000


def test_the_three_rules_of_the_baselines_raise_and_resolve() -> None:
    state: dict[str, Any] = {}

    def say(kind: str, time: str, **told: Any) -> list[tuple[str, str]]:
        event = {"patient_id": "p", "fact": {"kind": kind, "time": time, **told}}
        return sorted((alert["rule"], alert["change"]) for alert in changes(state, event))

    low = {"analyte": "haemoglobin", "quantity": {"amount": "9.5", "unit": "g/dL"}}
    assert say("administration", "2026-01-05", status="completed") == []
    assert say("lab-result", "2026-01-06", analyte="platelets", quantity={"amount": "49", "unit": "10*9/L"}) == [
        ("platelets-low", "raised")
    ]
    assert say("lab-result", "2026-02-05", **low) == []
    assert say("lab-result", "2026-03-10T09:00:00Z", **low) == [("haemoglobin-not-normal", "raised")]
    assert say("lab-result", "2026-04-20", analyte="platelets", quantity={"amount": "150", "unit": "10*9/L"}) == [
        ("injection-overdue", "raised"),
        ("platelets-low", "resolved"),
    ]
    assert say("administration", "2026-04-21", status="completed") == [("injection-overdue", "resolved")]


def test_every_kind_of_message_is_read_as_what_it_is_and_timed() -> None:
    rows = list(reading(3, WALL))
    assert [row.what for row in rows] == [what for what, *_ in MESSAGES]
    assert all(row.times.calls == 3 and row.json_us > 0 for row in rows)
    assert {row.is_ours for row in rows} == {True, False}


def test_the_stores_of_a_large_hospital_are_what_treatment_would_have_written_of_each_patient() -> None:
    """Made of a few patients, with other names: a review changes nothing, so the ids are those that alerts have."""
    model = Model("model-0000001", 30)
    ward = [f"ward-{n:08}" for n in range(3)]
    kept = [entry_of(0), *(kept for who in ward for kept in model.of(who))]
    work = Treatment().take_over(CLINICAL_EVENTS.name, 0, stores_of(Output(*one) for one in kept))
    size = work.size()
    assert (size.patients, size.facts) == (3, 90)
    assert size.open_alerts.total() > 0
    time = work.timeline.time
    assert time is not None
    assert [work.step(who, time, 1, None).writes for who in ward] == [[], [], []]
    assert "model" not in str(work.remembered())
