"""The eICU demo as a replayable log: `b12watch import eicu LAB.CSV -o LOG`.

Real: every row of lab.csv (eICU Collaborative Research Database Demo 2.0.1, ODbL 1.0), with value and unit as the
hospital wrote them; who the patient is, sex, age, ward and death, where patient.csv lies beside it; the distances in
time within one hospital stay (`labresultoffset` is when the sample was taken, `labresultrevisedoffset`, when the result
was last revised, its log time).
INVENTED, and nobody's treatment: all plans, injections and assessments (`workers/eicu_story.py`), all dates, and how
far apart two hospital stays of one patient are (`workers/eicu_patients.py`).

Nothing is dropped: what no rule reads goes out under the analyte's own name, and intake counts it "not for us"; what
cannot be read goes out as it is, and intake refuses it aloud.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from domain.facts import Analyte
from topics.definitions import LAB_RESULTS
from topics.schemas.wire_types import show_instant
from workers.eicu_patients import EicuProblem as EicuProblem
from workers.eicu_patients import Person, Stay, lone_stay, minutes_of, read_stays, read_table
from workers.eicu_story import invent
from workers.log_file import write_line
from workers.records import InputRecord
from workers.source_messages import Said, records_of

SOURCE: Final = "eicu-crd-demo-2.0.1"
STATEMENT: Final = (
    "Laboratory results, sex, age, ward and deaths are real and de-identified (eICU Collaborative Research Database "
    "Demo 2.0.1, ODbL 1.0). Treatment plans, injections, assessments and all dates are INVENTED: they are nobody's."
)
LAB_COLUMNS: Final = (
    "labid",
    "patientunitstayid",
    "labresultoffset",
    "labname",
    "labresult",
    "labresulttext",
    "labmeasurenameinterface",
    "labresultrevisedoffset",
)
ANALYTES: Final = {
    "Hgb": Analyte.HAEMOGLOBIN,
    "platelets x 1000": Analyte.PLATELETS,
    "Vitamin B12": Analyte.VITAMIN_B12,
    "folate": Analyte.FOLATE,
    "potassium": Analyte.POTASSIUM,
    "creatinine": Analyte.CREATININE,
}
UNITS: Final[Mapping[Analyte, Mapping[str, str]]] = {
    Analyte.HAEMOGLOBIN: dict.fromkeys(("g/dL", "g/dl", "G/dL"), "g/dL"),
    Analyte.PLATELETS: dict.fromkeys(
        ("K/uL", "k/uL", "K/mcL", "K/MM3", "K/mm3", "k/mm3", "K/cmm", "th/uL", "TH/uL", "x10 3/uL"), "10*3/uL"
    ),
    Analyte.VITAMIN_B12: {"pg/mL": "pg/mL"},
    Analyte.FOLATE: {"ng/mL": "ng/mL"},
    Analyte.POTASSIUM: {"mmol/L": "mmol/L", "mEq/L": "meq/L", "MEQ/L": "meq/L"},
    Analyte.CREATININE: {"mg/dL": "mg/dL"},
}
"""Hospitals' spellings, each one seen in the demo and of one meaning; any other goes out as it is, to be refused."""

_NUMBER: Final = re.compile(r"(?P<comparator><=|>=|<|>)?\s*(?P<number>-?(0|[1-9]\d{0,20})(\.\d{1,20})?)", re.ASCII)


def convert(lab_csv: Path, *, seed: int = 1, counts: Counter[str] | None = None) -> Iterator[InputRecord]:
    """The log, in the order of its log times; the same for the same files and seed.  `counts` is added to.

    Raises: EicuProblem when lab.csv, or the patient.csv beside it, cannot be read.
    """
    counts = Counter() if counts is None else counts
    stays = read_stays(lab_csv.with_name("patient.csv"), seed)
    people: dict[str, Person] = {}
    said: list[Said] = []
    for row in read_table(lab_csv, LAB_COLUMNS):
        stay_id = row["patientunitstayid"]
        if stay_id not in stays:
            counts["stays without a patient"] += 1
            stays[stay_id] = lone_stay(stay_id, seed)
        stay = stays[stay_id]
        people[stay.person.patient_id] = stay.person
        said.append(_result(row, stay, counts))
    for turn, (_, person) in enumerate(sorted(people.items())):
        said.extend(invent(person, turn, seed, counts))
    counts["patients"] += len(people)
    return _in_log_order(said, counts)


def import_file(lab_csv: Path, log: Path, *, seed: int = 1) -> str:
    """Write the log of `lab_csv`, and say what is in it and what of it is invented.

    Raises: EicuProblem when the files cannot be read (no log is written then); OSError when the log cannot be written.
    """
    counts: Counter[str] = Counter()
    records = convert(lab_csv, seed=seed, counts=counts)
    if log.exists() and log.samefile(lab_csv):
        raise EicuProblem(f"{log}: the log would overwrite the results; nothing was written")
    with log.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(write_line, records))
    return "\n".join((STATEMENT, *(f"{count:>7}  {name}" for name, count in sorted(counts.items()))))


def _in_log_order(said: list[Said], counts: Counter[str]) -> Iterator[InputRecord]:
    for record in records_of(sorted(said, key=lambda one: one.at)):
        counts[f"records to {record.topic}"] += 1
        yield record


def _result(row: Mapping[str, str], stay: Stay, counts: Counter[str]) -> Said:
    """One row as a result: one labid, one version, since the demo keeps only the last revision of each."""
    counts["lab rows"] += 1
    taken, revised = _instant(stay, row["labresultoffset"]), _instant(stay, row["labresultrevisedoffset"])
    analyte = ANALYTES.get(row["labname"])
    counts[str(analyte or "other analytes")] += 1
    if taken is None:
        counts["rows without a time"] += 1
    elif revised is not None and revised < taken:
        counts["rows revised before the sample was taken"] += 1
    patient_id = stay.person.patient_id
    content: dict[str, object] = {
        "schema_version": 1,
        "id": row["labid"],
        "patient_id": patient_id,
        "source": SOURCE,
        "analyte": analyte or row["labname"],
        "status": "final",
        "unit": _unit(analyte, row["labmeasurenameinterface"], counts),
        "taken_at": None if taken is None else show_instant(taken),
        **_value(row, counts),
    }
    return Said(LAB_RESULTS.name, revised or taken or stay.admitted, patient_id, _json(content))


def _instant(stay: Stay, cell: str) -> datetime | None:
    after = minutes_of(cell)
    return None if after is None else stay.admitted + after


def _unit(analyte: Analyte | None, written: str, counts: Counter[str]) -> str | None:
    if analyte is not None and written in UNITS[analyte]:
        return UNITS[analyte][written]
    if analyte is not None:
        counts["units that we do not know"] += 1
    return written or None


def _value(row: Mapping[str, str], counts: Counter[str]) -> dict[str, object]:
    """Number and comparator as they were written; the harmonised number where the text says none."""
    for cell in (row["labresulttext"], row["labresult"]):
        found = _NUMBER.fullmatch(cell.strip())
        if found is not None:
            value: dict[str, object] = {"value": Decimal(found["number"])}
            if found["comparator"]:
                counts["rows with a comparator"] += 1
                value["comparator"] = found["comparator"]
            return value
    counts["rows without a number"] += 1
    return {"value": None, "absent_reason": row["labresulttext"]}


def _json(content: Mapping[str, object]) -> bytes:
    """As canonical JSON, digits as they were written; our shapes cannot say what a hospital got wrong."""
    members = (
        f"{json.dumps(name)}:{value if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(content.items())
    )
    return f"{{{','.join(members)}}}".encode()
