"""Merges and partings of patients in HL7 v2, FHIR and canonical JSON: one fact, told to both (section 5.6, case 8)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Fact, Merge, rank
from domain.merges import merge_id
from tests.topics.codecs.fhir.resources import bundle, changed
from tests.topics.codecs.hl7v2.messages import MSH, PATIENT, PID, READ_AT, feed, message, read, refused, segment
from topics.decoded import DeadLetter, Facts, NotForUs, Outcomes

GONE = "urn:oid:1.2.3.4|4712"
AUTHORITY = "HOSP&1.2.3.4&ISO"
MRG = f"MRG|4712^^^{AUTHORITY}^MR"
OTHER_PID = segment("PID", {**PID, 3: f"4712^^^{AUTHORITY}^MR"})
Told = dict[str, list[Fact]]


def adt(event: str, *segments: str, at: str = MSH[7]) -> bytes:
    return message(segment("MSH", {**MSH, 7: at, 9: f"ADT^{event}"}), f"EVN||{at}", *segments)


def told(outcomes: Outcomes) -> Told:
    """The facts by patient, of a message of which nothing is refused."""
    assert not any(isinstance(one, DeadLetter) for one in outcomes), outcomes
    return {one.patient_id: list(one.facts) for one in outcomes if isinstance(one, Facts)}


def merges(outcomes: Outcomes) -> list[tuple[str, str, bool]]:
    """Who goes to whom, and whether no longer; each said to both and to nobody else."""
    said = [(who, fact) for who, facts in told(outcomes).items() for fact in facts if isinstance(fact, Merge)]
    found = {fact.fact_id: fact for _, fact in said}
    for merge in found.values():
        assert sorted(who for who, fact in said if fact == merge) == sorted(merge.both)
    return sorted((merge.gone, merge.surviving, merge.parted) for merge in found.values())


# HL7 v2


@pytest.mark.parametrize("event", ["A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"])
def test_edge_08_a_merge_is_told_to_the_one_who_stays_and_the_one_who_goes(event: str) -> None:
    assert merges(read(adt(event, segment("PID", PID), MRG))) == [(GONE, PATIENT, False)]


def test_a_merge_is_named_by_its_pair_and_dated_by_its_message() -> None:
    (merge,) = told(read(adt("A40", segment("PID", PID), MRG)))[GONE]
    at = datetime(2026, 1, 5, 11, tzinfo=UTC)
    assert merge == Merge(
        fact_id=merge_id(GONE, PATIENT),
        version=int(at.timestamp() * 1000),
        time=ClinicalTime(at),
        source="hospital",
        gone=GONE,
        surviving=PATIENT,
    )


def test_a_message_without_a_time_is_dated_by_its_log_time() -> None:
    (merge,) = told(read(adt("A40", segment("PID", PID), MRG, at="")))[GONE]
    assert (merge.time, merge.version) == (ClinicalTime(READ_AT), int(READ_AT.timestamp() * 1000))


def test_one_message_may_merge_several_pairs_each_with_the_pid_before_it() -> None:
    third, fourth = (segment("PID", {**PID, 3: f"{n}^^^{AUTHORITY}^MR"}) for n in (1, 2))
    raw = adt("A40", segment("PID", PID), MRG, third, "PV1|1|I", f"MRG|9^^^{AUTHORITY}", fourth, f"MRG|8^^^{AUTHORITY}")
    of = "urn:oid:1.2.3.4|"
    assert merges(read(raw)) == sorted(
        [(GONE, PATIENT, False), (f"{of}9", f"{of}1", False), (f"{of}8", f"{of}2", False)]
    )


def test_the_feeds_file_says_whose_numbers_name_the_one_who_goes_too() -> None:
    file = feed('patients = [{ assigner = "NHS", prefix = "nhs-" }, { assigner = "HOSP" }]')
    raw = adt("A40", segment("PID", {**PID, 3: "4711^^^HOSP~943^^^NHS^NH"}), "MRG|4712^^^HOSP~944^^^NHS")
    assert merges(read(raw, feeds=file)) == [("nhs-944", "nhs-943", False)]


@pytest.mark.parametrize("sent", ["", "4712", "^^^HOSP"])
def test_edge_08_a_number_without_an_assigner_merges_nobody(sent: str) -> None:
    assert refused(adt("A40", segment("PID", PID), f"MRG|{sent}")).startswith("MRG[1]-1: ")


def test_a_merge_that_says_only_one_of_the_two_is_kept_for_people() -> None:
    assert refused(adt("A40", segment("PID", PID))).startswith("MRG: ")
    assert refused(adt("A40", MRG)).startswith("MRG: ")


def test_a_pair_that_cannot_be_read_leaves_none_of_its_message() -> None:
    """Half of a message of merges would be the hardest thing to find again."""
    assert refused(adt("A40", segment("PID", PID), MRG, segment("PID", PID), "MRG|")).startswith("MRG[2]-1: ")


def test_a_link_has_no_direction_and_the_second_goes_on_under_the_first() -> None:
    assert merges(read(adt("A24", segment("PID", PID), OTHER_PID))) == [(GONE, PATIENT, False)]


def test_edge_08_patients_are_parted_whichever_way_they_were_joined() -> None:
    parted = read(adt("A37", segment("PID", PID), OTHER_PID, at="20260105130000+0100"))
    assert merges(parted) == sorted([(GONE, PATIENT, True), (PATIENT, GONE, True)])
    (joined,) = told(read(adt("A40", segment("PID", PID), MRG)))[GONE]
    (again,) = told(read(adt("A40", segment("PID", PID), MRG, at="20260105140000+0100")))[GONE]
    (end,) = (one for one in told(parted)[GONE] if one.fact_id == joined.fact_id)
    assert sorted([again, end, joined], key=rank) == [joined, end, again], "in the order of their times"


@pytest.mark.parametrize("pids", [(), (segment("PID", PID),), (segment("PID", PID),) * 2, (OTHER_PID,) * 3])
def test_a_link_is_of_two_patients(pids: tuple[str, ...]) -> None:
    assert refused(adt("A24", *pids)).startswith("PID: ")


@pytest.mark.parametrize("event", ["A35", "A41", "A42", "A49", "A50", "A51"])
def test_accounts_and_visits_of_one_patient_are_not_for_us_and_of_two_are_kept_for_people(event: str) -> None:
    same = adt(event, segment("PID", PID), f"MRG|4711^^^{AUTHORITY}||ACC2")
    assert all(isinstance(one, NotForUs) for one in read(same))
    assert refused(adt(event, segment("PID", PID), MRG)).startswith("MRG[1]-1: ")


@pytest.mark.parametrize("event", ["A43", "A44", "A45", "A48"])
def test_edge_08_what_moves_a_part_of_a_patients_data_is_kept_for_people(event: str) -> None:
    assert refused(adt(event, segment("PID", PID), MRG)).startswith("MSH-9: data move")


def test_a_merge_in_unreadable_bytes_is_not_believed() -> None:
    raw = message(segment("MSH", {**MSH, 9: "ADT^A40", 18: "UNICODE UTF-8"}), segment("PID", PID), MRG)
    assert isinstance(read(raw)[0], Facts)
    assert refused(raw.replace(b"DOE", b"D\xff\xfe")).startswith("(message): ")


# FHIR


def patient(own: str, other: str, kind: str, **more: Any) -> dict[str, Any]:
    link = {"other": {"reference": f"Patient/{other}"}, "type": kind}
    return {"resourceType": "Patient", "id": own, "link": [link], **more}


def fhir(content: Any, feeds: str = "") -> Outcomes:
    return read(json.dumps(content).encode(), feeds=feeds)


def test_edge_08_a_patient_replaced_by_another_goes_and_one_who_replaces_stays() -> None:
    expected = [("hospital|p-1", "hospital|p-2", False)]
    assert merges(fhir(patient("p-1", "p-2", "replaced-by"))) == expected
    assert merges(fhir(patient("p-2", "p-1", "replaces"))) == expected
    both = bundle(patient("p-1", "p-2", "replaced-by"), patient("p-2", "p-1", "replaces"))
    assert merges(fhir(both)) == expected, "a server tells it twice: it is one"


@pytest.mark.parametrize("kind", ["seealso", "refer"])
def test_other_links_say_nothing_of_a_merge(kind: str) -> None:
    assert all(isinstance(one, NotForUs) for one in fhir(patient("p-1", "p-2", kind)))


def test_the_identifiers_name_both_where_the_message_has_them() -> None:
    feeds = '[feeds.lab]\ntopics = ["lab-results"]\npatients = [{ assigner = "urn:oid:1.2.3.4" }]\n'
    gone = patient("p-1", "p-2", "replaced-by", identifier=[{"system": "urn:oid:1.2.3.4", "value": "4712"}])
    stays = {"resourceType": "Patient", "id": "p-2", "identifier": [{"system": "urn:oid:1.2.3.4", "value": "4711"}]}
    assert merges(fhir(bundle(gone, stays), feeds)) == [("4712", "4711", False)]
    (dead, *_) = fhir(gone, feeds)
    assert isinstance(dead, DeadLetter) and dead.where == "link", "who stays is named by a reference alone"


def test_fhir_and_hl7_tell_one_merge_and_the_later_stands() -> None:
    link = {"other": {"identifier": {"system": "urn:oid:1.2.3.4", "value": "4711"}}, "type": "replaced-by"}
    own = {
        "identifier": [{"system": "urn:oid:1.2.3.4", "value": "4712"}],
        "meta": {"lastUpdated": "2026-01-05T12:30:00Z"},
    }
    (by_fhir,) = told(fhir({"resourceType": "Patient", "id": "p", "link": [link], **own}))[GONE]
    (by_hl7,) = told(read(adt("A40", segment("PID", PID), MRG)))[GONE]
    assert by_fhir.fact_id == by_hl7.fact_id
    assert by_fhir.version > by_hl7.version


@pytest.mark.parametrize("other", [None, {}, {"reference": "#x"}, {"reference": "urn:uuid:1"}, {"reference": 7}, 7, []])
def test_a_replacement_that_names_nobody_is_kept_for_people(other: Any) -> None:
    (dead,) = fhir(changed(patient("p-1", "p-2", "replaced-by"), link=[{"other": other, "type": "replaced-by"}]))
    assert isinstance(dead, DeadLetter)
    assert dead.where.startswith("link")


# canonical JSON

SAID: dict[str, Any] = {
    "schema_version": 1,
    "kind": "patient-merge",
    "id": "1",
    "source": "mpi",
    "patient_id": "p-1",
    "into": "p-2",
    "said_at": "2026-01-05T12:00:00Z",
}


def plain(**changes: Any) -> Outcomes:
    return read(json.dumps({**SAID, **changes}).encode(), topic="treatment-plans")


def test_edge_08_canonical_json_merges_and_parts() -> None:
    assert merges(plain()) == [("p-1", "p-2", False)]
    assert merges(plain(parted=True)) == [("p-1", "p-2", True)]
    early, late = plain(parted=True, said_at="2026-01-04"), plain()
    assert rank(told(early)["p-1"][0]) < rank(told(late)["p-1"][0]), "what was said last stands"


def test_a_patient_is_not_merged_into_itself() -> None:
    (dead,) = plain(into="p-1")
    assert isinstance(dead, DeadLetter)
    assert (dead.where, dead.problem) == ("(message)", "a patient is merged into another one")
