"""The eICU demo as a log: real rows as they were written, invented treatment that says so, nothing dropped."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from topics.codecs.plain_json import decode
from topics.decoded import DeadLetter, Facts, NotForUs, Origin
from workers.eicu import ANALYTES, UNITS, EicuProblem, convert, import_file
from workers.eicu_story import INVENTED, STORIES
from workers.log_file import read_log, write_line
from workers.records import InputRecord

LAB_CSV = Path(__file__).parent / "samples/eicu-demo/lab.csv"
HEADER = LAB_CSV.read_text().splitlines()[0]


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(LAB_CSV.with_name(name).read_text().splitlines()))


def converted(lab_csv: Path = LAB_CSV, seed: int = 1) -> tuple[list[InputRecord], Counter[str]]:
    counts: Counter[str] = Counter()
    return list(convert(lab_csv, seed=seed, counts=counts)), counts


def content_of(record: InputRecord) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(record.value or b"")
    return content


def results_of(log: list[InputRecord]) -> dict[str, dict[str, Any]]:
    return {content["id"]: content for content in map(content_of, log) if content["source"] != INVENTED}


def decoded(record: InputRecord) -> Facts | NotForUs | DeadLetter:
    origin = Origin(topic=record.topic, partition=record.partition, offset=record.offset, timestamp=record.timestamp)
    return decode(record.topic, record.value, origin=origin, key=record.key)


def one_row(folder: Path, **cells: str) -> InputRecord:
    """The log record of one row, whose stay nobody tells us about."""
    row = {
        "labid": "1",
        "patientunitstayid": "9",
        "labresultoffset": "60",
        "labname": "Hgb",
        "labresult": "12.5",
        "labresulttext": "12.50",
        "labmeasurenameinterface": "g/dL",
        "labresultrevisedoffset": "90",
    }
    path = folder / "lab.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, HEADER.split(","))
        writer.writeheader()
        writer.writerow(row | cells)
    (result,) = [record for record in converted(path)[0] if record.topic == "lab-results"]
    return result


def test_the_same_file_and_seed_give_the_same_bytes_and_another_seed_gives_others() -> None:
    first, again, other = (list(map(write_line, converted(seed=seed)[0])) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_log_is_in_the_order_of_log_times_numbers_its_offsets_and_reads_back() -> None:
    log, _ = converted()
    assert [record.timestamp for record in log] == sorted(record.timestamp for record in log)
    for topic in {record.topic for record in log}:
        offsets = [record.offset for record in log if record.topic == topic]
        assert offsets == list(range(len(offsets)))
    assert list(read_log(map(write_line, log))) == log


def test_every_row_goes_out_and_the_counts_say_as_what() -> None:
    log, counts = converted()
    rows = rows_of("lab.csv")
    results = [record for record in log if record.topic == "lab-results"]
    assert len(results) == counts["lab rows"] == counts["records to lab-results"] == len(rows)
    assert counts["haemoglobin"] + counts["platelets"] + counts["other analytes"] == len(rows)
    outcomes = Counter(type(decoded(record)) for record in results)
    assert outcomes == {Facts: counts["haemoglobin"] + counts["platelets"], NotForUs: counts["other analytes"]}


def test_values_are_as_the_hospital_wrote_them_and_units_as_the_table_says() -> None:
    results = results_of(converted()[0])
    for row in rows_of("lab.csv"):
        result = results[row["labid"]]
        if row["labname"] in ANALYTES:
            assert str(result["value"]) == row["labresulttext"]
            assert result["unit"] == UNITS[ANALYTES[row["labname"]]][row["labmeasurenameinterface"]]
        else:
            assert (result["analyte"], result["unit"]) == (row["labname"], row["labmeasurenameinterface"])


def test_two_values_of_one_sample_are_two_results_not_two_versions() -> None:
    results = results_of(converted()[0])
    one, other = results["271579803"], results["265432749"]
    assert (one["value"], other["value"]) == (11.0, 11.2)
    assert one["taken_at"] == other["taken_at"]


def test_stays_of_one_patient_are_one_patient_and_keep_their_distances_within_a_hospital_stay() -> None:
    results = results_of(converted()[0])
    earlier, later = results["169047132"], results["186884810"]  # stays 827084 and 827085, offsets 72 and 1224
    assert earlier["patient_id"] == later["patient_id"] == "006-10190"
    rows = {row["patientunitstayid"]: row for row in rows_of("patient.csv")}
    since = [72 - int(rows["827084"]["hospitaladmitoffset"]), 1224 - int(rows["827085"]["hospitaladmitoffset"])]
    apart = datetime.fromisoformat(later["taken_at"]) - datetime.fromisoformat(earlier["taken_at"])
    assert apart == timedelta(minutes=since[1] - since[0])


def test_the_log_time_is_when_the_result_was_last_revised() -> None:
    log, _ = converted()
    (record,) = [record for record in log if b'"id":"664448145"' in (record.value or b"")]  # 1969, revised 2032
    assert record.timestamp == datetime.fromisoformat(content_of(record)["taken_at"]) + timedelta(minutes=63)


def test_everything_but_the_results_says_that_it_is_invented_and_is_well_formed() -> None:
    log, _ = converted()
    others = [record for record in log if record.topic != "lab-results"]
    assert {content_of(record)["source"] for record in others} == {INVENTED}
    assert "INVENTED" in INVENTED
    assert all(isinstance(decoded(record), Facts) for record in others)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_story_is_told_with_a_duplicate_a_correction_a_withdrawal_and_a_refusal(seed: int) -> None:
    log, counts = converted(seed=seed)
    assert {f"invented: {story}": counts[f"invented: {story}"] for story in STORIES} == {
        f"invented: {story}": 1 for story in STORIES
    }
    injections = [content_of(record) for record in log if record.topic == "administrations"]
    second = [injection for injection in injections if injection["version"] == 2]
    assert counts["invented withdrawals"] == sum(one["status"] == "entered-in-error" for one in second)
    assert counts["invented corrections"] == sum(one["status"] == "completed" for one in second)
    assert counts["invented refusals"] == sum(one["status"] == "not-done" for one in injections)
    versions = {(one["id"], one["version"]) for one in injections}
    assert counts["invented duplicates"] == len(injections) - len(versions)


def test_sex_age_ward_and_death_come_from_patient_csv() -> None:
    plans = [content_of(record) for record in converted()[0] if record.topic == "treatment-plans"]
    rows = {row["uniquepid"]: row for row in rows_of("patient.csv")}
    assert {plan["patient_id"] for plan in plans} == rows.keys()
    for plan in plans:
        row = rows[plan["patient_id"]]
        assert plan["sex"] == row["gender"].lower()
        assert plan["birth_date"] is not None
        assert plan["ward"].startswith("eICU ward ")
    ended = {plan["patient_id"] for plan in plans if plan["end"]}
    died = {row["uniquepid"] for row in rows.values() if row["hospitaldischargestatus"] == "Expired"}
    assert ended == died


def test_nothing_is_given_after_a_death() -> None:
    log, _ = converted()
    ends = {c["patient_id"]: c["end"]["at"] for c in map(content_of, log) if c.get("end")}
    assert ends
    given = [c for c in map(content_of, log) if c.get("given_at") and c["patient_id"] in ends]
    assert all(c["given_at"] < ends[c["patient_id"]] for c in given)


def test_without_patient_csv_a_stay_is_a_patient_of_whom_nothing_is_known(tmp_path: Path) -> None:
    record = one_row(tmp_path)
    assert record.key == b"9"
    log, counts = converted(tmp_path / "lab.csv")
    (plan,) = [content_of(one) for one in log if one.topic == "treatment-plans"]
    assert (plan["sex"], plan["birth_date"]) == ("unknown", None)
    assert counts["stays without a patient"] == 1


def test_digits_are_kept_as_they_were_written(tmp_path: Path) -> None:
    assert b'"value":12.50' in (one_row(tmp_path).value or b"")


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({}, Facts),
        ({"labresulttext": "<3"}, Facts),
        ({"labresulttext": ""}, Facts),
        ({"labresulttext": "see note", "labresult": ""}, Facts),
        ({"labresultrevisedoffset": ""}, Facts),
        ({"labname": "potassium", "labmeasurenameinterface": "MEQ/L"}, Facts),
        ({"labname": "creatinine", "labmeasurenameinterface": "mg/dL"}, Facts),
        ({"labname": "folate", "labmeasurenameinterface": "ng/mL"}, Facts),
        ({"labname": "Vitamin B12", "labmeasurenameinterface": "pg/mL"}, Facts),
        ({"labname": "urinary creatinine", "labmeasurenameinterface": "mg/dL"}, NotForUs),
        ({"labname": "Hct", "labresultoffset": "x", "labmeasurenameinterface": "%"}, NotForUs),
        ({"labmeasurenameinterface": "mmol/L"}, DeadLetter),
        ({"labmeasurenameinterface": ""}, DeadLetter),
        ({"labresultoffset": ""}, DeadLetter),
        ({"labresultoffset": "9" * 30}, DeadLetter),
        ({"labid": ""}, DeadLetter),
        ({"labresulttext": "-1"}, DeadLetter),
    ],
)
def test_a_row_that_is_out_of_order_goes_out_all_the_same(
    tmp_path: Path, cells: dict[str, str], outcome: type[object]
) -> None:
    assert isinstance(decoded(one_row(tmp_path, **cells)), outcome)


def test_a_comparator_and_an_absent_value_are_told(tmp_path: Path) -> None:
    below, absent = one_row(tmp_path, labresulttext="<3"), one_row(tmp_path, labresulttext="clotted", labresult="")
    assert (content_of(below)["comparator"], content_of(below)["value"]) == ("<", 3)
    assert (content_of(absent)["value"], content_of(absent)["absent_reason"]) == (None, "clotted")


def test_dates_are_invented_but_all_in_one_half_year() -> None:
    log, _ = converted()
    assert datetime(2024, 12, 1, tzinfo=UTC) < log[0].timestamp < log[-1].timestamp < datetime(2025, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "missing: labid"),
        (b"labid,labname\n1,Hgb\n", "missing: patientunitstayid, labresultoffset, labresult"),
        (HEADER.encode() + b"\n\xff", "not UTF-8"),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "not CSV: field larger than"),
    ],
)
def test_a_file_that_is_no_lab_table_is_refused_in_one_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "lab.csv"
    path.write_bytes(content)
    with pytest.raises(EicuProblem, match=problem):
        converted(path)


def test_a_missing_file_and_a_broken_patient_csv_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(EicuProblem, match="cannot be read: No such file"):
        converted(tmp_path / "lab.csv")
    one_row(tmp_path)
    header = LAB_CSV.with_name("patient.csv").read_text().splitlines()[0]
    (tmp_path / "patient.csv").write_text(f"{header}\n9{',' * header.count(',')}\n")
    with pytest.raises(EicuProblem, match="stay '9' does not say when its hospital stay began"):
        converted(tmp_path / "lab.csv")


def test_the_log_is_written_and_what_is_invented_is_said(tmp_path: Path) -> None:
    summary = import_file(LAB_CSV, tmp_path / "log")
    assert "plans, injections, assessments and all dates are INVENTED" in summary
    assert "     33  lab rows" in summary.splitlines()
    assert list(read_log((tmp_path / "log").read_bytes().splitlines())) == converted()[0]


def test_no_log_is_written_when_the_results_cannot_be_read_nor_over_the_results(tmp_path: Path) -> None:
    with pytest.raises(EicuProblem):
        import_file(tmp_path / "none.csv", tmp_path / "log")
    assert not (tmp_path / "log").exists()
    one_row(tmp_path)
    with pytest.raises(EicuProblem, match="would overwrite the results"):
        import_file(tmp_path / "lab.csv", tmp_path / "lab.csv")
