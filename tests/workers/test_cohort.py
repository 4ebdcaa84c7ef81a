"""The invented cohort: readable, the same for the same seed, in the order of its times, and with everything in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import get_args

from domain.facts import (
    Action,
    Administration,
    Analyte,
    ClinicalAssessment,
    Condition,
    Drug,
    EnteredAs,
    Fact,
    Identity,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    Merge,
    ResultStatus,
    TreatmentPlan,
    Withdrawal,
)
from topics.codecs.plain_json import decode
from topics.decoded import Facts
from topics.definitions import SOURCE_TOPICS
from workers.cohort import cohort, lines_of, write_cohort
from workers.cohort_chart import PHARMACY, SOURCE
from workers.cohort_courses import COURSES
from workers.dead_letter_output import origin_of
from workers.log_file import read_log, write_line
from workers.source_messages import Said, records_of


@cache
def said() -> tuple[Said, ...]:
    return tuple(cohort(200, 2, seed=1))


@cache
def facts() -> tuple[tuple[str, Fact], ...]:
    return tuple(_decoded())


def _decoded() -> Iterator[tuple[str, Fact]]:
    for record in records_of(said()):
        decoded = decode(record.topic, record.value, origin=origin_of(record), key=record.key)
        assert isinstance(decoded, Facts), decoded
        yield from ((decoded.patient_id, fact) for fact in decoded.facts)


def plans() -> list[TreatmentPlan]:
    return [fact for _, fact in facts() if isinstance(fact, TreatmentPlan)]


def test_every_message_is_a_fact_of_the_patient_that_is_its_key() -> None:
    assert [patient_id for patient_id, _ in facts()] == [one.patient_id for one in said()]


def test_every_message_says_that_it_is_invented() -> None:
    assert {fact.source for _, fact in facts()} == {SOURCE, PHARMACY}
    assert "INVENTED" in SOURCE
    assert "INVENTED" in PHARMACY


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (list(lines_of(cohort(20, 1, seed=seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_patient_is_the_same_in_a_larger_cohort() -> None:
    few = list(cohort(20, 2, seed=1))
    names = {one.patient_id for one in few}
    assert len(names) == 20
    assert sorted(few, key=str) == sorted((one for one in said() if one.patient_id in names), key=str)


def test_the_common_chance_is_left_alone() -> None:
    before = random.getstate()
    list(cohort(5, 1, seed=1))
    assert random.getstate() == before


def test_messages_come_in_the_order_of_their_times_and_end_with_the_years() -> None:
    times = [one.at for one in said()]
    assert times == sorted(times)
    assert timedelta(days=720) < times[-1] - times[0] < timedelta(days=735)


def test_a_patient_waits_to_be_made_up_until_the_log_comes_to_them() -> None:
    soon = list(islice(cohort(10_000, 2, seed=1), 3))  # would take minutes otherwise
    assert len(soon) == 3


def test_the_lines_are_those_of_the_log_format() -> None:
    records = list(records_of(said()[:500]))
    lines = list(lines_of(said()[:500]))
    assert lines == [write_line(record) for record in records]
    assert list(read_log(lines)) == records


def test_every_regimen_is_given_and_most_patients_have_the_two_common_ones() -> None:
    regimens = Counter({fact.fact_id: fact.regimen for fact in plans()}.values())
    assert set(regimens) == {course.code for course in COURSES}
    assert len(regimens) == 14
    assert 0.5 < (regimens["R1"] + regimens["R2"]) / regimens.total() < 0.7


def test_every_topic_kind_analyte_and_drug_is_told_of() -> None:
    assert {one.topic for one in said()} == {topic.name for topic in SOURCE_TOPICS}
    assert {type(fact) for _, fact in facts()} == set(get_args(Fact)) - {Merge, Identity}, "each has one id"
    assert {fact.analyte for _, fact in facts() if isinstance(fact, LabResult)} == set(Analyte)
    drugs = {fact.drug for _, fact in facts() if isinstance(fact, Administration | MedicationOrder | MedicationSupply)}
    assert drugs == set(Drug) - {Drug.METHYLCOBALAMIN}


def test_results_are_preliminary_corrected_taken_back_and_out_of_range() -> None:
    results = [fact for _, fact in facts() if isinstance(fact, LabResult)]
    assert {ResultStatus.PRELIMINARY, ResultStatus.FINAL, ResultStatus.CORRECTED} == {r.status for r in results}
    assert any(result.comparator for result in results)
    assert any(result.clumped for result in results)
    assert any(result.quantity is None and not result.clumped for result in results)
    taken_back = {fact.fact_id for _, fact in facts() if isinstance(fact, Withdrawal)}
    assert any(result.fact_id in taken_back for result in results)


def test_doses_come_late_twice_by_letter_and_not_at_all() -> None:
    doses = [fact for _, fact in facts() if isinstance(fact, Administration) and fact.drug.is_cobalamin]
    versions = Counter((fact.fact_id, fact.version) for fact in doses)
    assert any(count > 1 for count in versions.values())
    assert {dose.source for dose in doses} == {SOURCE, PHARMACY}
    assert any(dose.reported for dose in doses)
    assert any(dose.status == "not-done" for dose in doses)
    assert any(dose.time.is_day for dose in doses)
    assert any(dose.version > 1 for dose in doses)


def test_patients_come_in_mid_course_become_pregnant_and_end() -> None:
    assert {plan.entered_as for plan in plans()} == {None, *EnteredAs}
    entered = {plan.fact_id for plan in plans() if plan.entered_as}
    assert len(entered) == 80, "two of five"
    assert any(plan.last_dose is None for plan in plans() if plan.entered_as)
    assert len({plan.pregnancy for plan in plans()}) > 3
    assert len({plan.end.reason for plan in plans() if plan.end}) > 1
    assert any(plan.interval for plan in plans())


def test_clinicians_find_and_answer() -> None:
    found = {finding for _, fact in facts() if isinstance(fact, ClinicalAssessment) for finding in fact.findings}
    assert len(found) > 8
    assert any(isinstance(fact, Condition) and fact.length_cm for _, fact in facts())
    actions = {fact.action for _, fact in facts() if hasattr(fact, "action")}
    assert actions == set(Action)


def test_the_file_is_written_and_its_messages_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "cohort.jsonl"
    told = write_cohort(log, 10, 1, 1)
    lines = log.read_text().splitlines()
    assert lines == [line.rstrip("\n") for line in lines_of(cohort(10, 1, 1))]
    assert told.startswith(f"10 INVENTED patients over 1 years (seed 1), {len(lines)} messages:")
