"""Messages of one resource or many: nothing is lost, and one bad entry does not take the others along."""

from __future__ import annotations

from typing import Any

import pytest

from domain.facts import LabResult
from tests.topics.codecs.fhir.resources import (
    ADMINISTRATION,
    ALL,
    DROP,
    LOINC,
    OBSERVATION,
    bundle,
    changed,
    coded,
    facts_of,
    is_not_for_us,
    quantity,
    read,
    refused,
)
from topics.decoded import DeadLetter, Facts, NotForUs

OTHER = changed(OBSERVATION, id="na", code=coded((LOINC, "2951-2")))
BAD = changed(OBSERVATION, id="bad", valueQuantity={"value": 118})
OF_TWO = changed(OBSERVATION, id="18", subject={"reference": "Patient/p-2"})
MRN = "https://hospital.example/mrn"
FEEDS = f"""[feeds.lab]
topics = ["lab-results"]
patients = [{{ assigner = "{MRN}" }}]
"""


def patient(own_id: str, *identifiers: tuple[str, str], **more: Any) -> dict[str, Any]:
    named = [{"system": system, "value": value} for system, value in identifiers]
    return {"resourceType": "Patient", "id": own_id, "identifier": named, **more}


def who(content: Any, feeds: str = "") -> list[str]:
    return [one.patient_id for one in read(content, feeds=feeds) if isinstance(one, Facts)]


@pytest.mark.parametrize("kind", ["transaction", "batch", "message", "collection", "searchset", "history"])
def test_a_bundle_of_any_type_is_read_entry_by_entry(kind: str) -> None:
    outcomes = read(bundle(OBSERVATION, BAD, OTHER, OF_TWO, kind=kind))
    first, second, dead, others = outcomes
    assert isinstance(first, Facts) and isinstance(second, Facts)
    assert (first.patient_id, second.patient_id) == ("hospital|p-1", "hospital|p-2")
    assert isinstance(dead, DeadLetter) and dead.where == "entry.1.resource.unit"
    assert isinstance(others, NotForUs) and others.parts == 1
    assert sum(one.parts for one in outcomes) == 4


def test_the_first_dead_letter_of_a_message_has_its_bytes_and_the_others_say_so() -> None:
    first, second = read(bundle(BAD, changed(BAD, id="worse", status=DROP)))
    assert isinstance(first, DeadLetter) and isinstance(second, DeadLetter)
    assert first.raw is not None and second.raw is None
    assert first.sha256 == second.sha256 and first.size == second.size
    assert "entry.0.resource.unit" in second.done


def test_a_bundle_within_a_bundle_is_read_too() -> None:
    facts, dead = read(bundle(bundle(OBSERVATION, BAD)))
    assert isinstance(facts, Facts)
    assert isinstance(dead, DeadLetter) and dead.where == "entry.0.resource.entry.1.resource.unit"


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (7, "entry.1"),
        ({"resource": 7}, "entry.1.resource"),
        ({"resource": {}}, "entry.1.resource"),
        ({"resource": OTHER, "fullUrl": 7}, "entry.1.fullUrl"),
        ({"request": 7}, "entry.1"),
        ({"request": {"method": "DELETE", "url": "Observation/17"}}, "entry.1.request"),
        ({"request": {"method": "DELETE", "url": "Observation?identifier=17"}}, "entry.1.request"),
        ({"request": {"method": "DELETE", "url": "/Observation/17"}}, "entry.1.request"),
        ({"request": {"method": "DELETE", "url": "https://a.example/fhir/Observation/17"}}, "entry.1.request"),
        ({"request": {"method": "PATCH", "url": "MedicationAdministration/17"}, "resource": {}}, "entry.1.request"),
    ],
)
def test_an_entry_that_cannot_be_read_leaves_the_others(entry: Any, where: str) -> None:
    content = bundle(OBSERVATION)
    content["entry"].append(entry)
    facts, dead = read(content)
    assert isinstance(facts, Facts) and facts.parts == 1
    assert isinstance(dead, DeadLetter) and dead.where == where


def test_entries_of_other_kinds_are_not_for_us() -> None:
    content = bundle(OBSERVATION, {"resourceType": "Encounter"}, OTHER)
    content["entry"] += [{}, {"request": {"method": "DELETE", "url": "Encounter/1"}}]
    _, others = read(content)
    assert isinstance(others, NotForUs) and others.parts == 4


@pytest.mark.parametrize("entries", [[], DROP])
def test_an_empty_bundle_is_not_for_us(entries: Any) -> None:
    assert is_not_for_us(bundle(), entry=entries)


def test_a_bundle_whose_entries_are_no_list_is_kept_only_where_it_names_something_of_ours() -> None:
    assert refused(bundle(), entry={"resource": OBSERVATION}).startswith("entry: ")
    assert is_not_for_us(bundle(), entry={"resource": OTHER})


@pytest.mark.parametrize("kind", sorted(ALL))
def test_a_resource_alone_and_in_a_bundle_says_the_same(kind: str) -> None:
    assert facts_of(ALL[kind]) == facts_of(bundle(ALL[kind]))


# who is meant


def test_a_patient_in_the_message_is_known_by_an_identifier_that_the_feed_names() -> None:
    named = patient("p-1", ("https://nhs.example", "943"), (MRN, "4711"))
    assert who(bundle(named, OBSERVATION), FEEDS) == ["4711"]
    inner = changed(OBSERVATION, subject={"reference": "#p"}, contained=[{**named, "id": "p"}])
    assert who(inner, FEEDS) == ["4711"]
    by_number = changed(OBSERVATION, subject={"identifier": {"system": MRN, "value": "4711"}})
    assert who(by_number, FEEDS) == ["4711"]


def test_urns_and_full_urls_lead_to_the_patient() -> None:
    for url, reference in (
        ("urn:uuid:1", "urn:uuid:1"),
        ("https://a.example/Patient/p-1", "https://a.example/Patient/p-1/_history/2"),
    ):
        content = bundle(changed(OBSERVATION, subject={"reference": reference}))
        content["entry"].append({"fullUrl": url, "resource": patient("p-1", (MRN, "4711"))})
        assert who(content, FEEDS) == ["4711"]


def test_of_two_servers_patients_with_one_id_the_one_of_the_same_server_is_meant() -> None:
    content: dict[str, Any] = bundle()
    for server, number in (("https://a.example", "1"), ("https://b.example", "2")):
        own = changed(OBSERVATION, id=f"o-{number}")
        content["entry"] += [
            {"fullUrl": f"{server}/Patient/p-1", "resource": patient("p-1", (MRN, number))},
            {"fullUrl": f"{server}/Observation/o-{number}", "resource": own},
        ]
    assert who(content, FEEDS) == ["1", "2"]
    content["entry"].append({"resource": changed(OBSERVATION, id="o-3")})
    assert [one.where for one in read(content, feeds=FEEDS) if isinstance(one, DeadLetter)] == [
        "entry.4.resource.subject"
    ]


def test_edge_08_what_the_feeds_file_does_not_name_names_nobody() -> None:
    assert refused(OBSERVATION, feeds=FEEDS).startswith("subject: ")
    old = patient("p-1")
    old["identifier"] = [{"system": MRN, "value": "4711", "use": "old"}]
    dead, _ = read(bundle(OBSERVATION, old), feeds=FEEDS)
    assert isinstance(dead, DeadLetter)


def test_references_are_ids_only_where_the_feed_says_so() -> None:
    feeds = FEEDS + 'patient_references = "fhir-"\n'
    assert who(OBSERVATION, feeds) == ["fhir-p-1"]
    assert who(bundle(OBSERVATION, patient("p-1", (MRN, "4711"))), feeds) == ["4711"]
    assert who(bundle(OBSERVATION, patient("p-1", ("https://nhs.example", "943"))), feeds) == ["fhir-p-1"]
    assert who(OBSERVATION) == ["hospital|p-1"]
    assert who(changed(OBSERVATION, subject={"reference": "https://a.example/Patient/p-1"})) == [
        "https://a.example|p-1"
    ]


@pytest.mark.parametrize("feeds", ["", FEEDS + 'patient_references = ""\n'])
def test_edge_09_a_name_that_holds_within_one_message_is_no_patients_id(feeds: str) -> None:
    inner = {"subject": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p"}]}
    assert refused(OBSERVATION, feeds=feeds, **inner).startswith("subject: ")
    content = bundle(changed(OBSERVATION, subject={"reference": "urn:uuid:1"}))
    content["entry"].append({"fullUrl": "urn:uuid:1", "resource": patient("p")})
    dead, _ = read(content, feeds=feeds)
    assert isinstance(dead, DeadLetter) and dead.where == "entry.0.resource.subject"


@pytest.mark.parametrize("contained", [None, 7, "p", {"id": "p"}, [None], [7]])
def test_what_is_contained_may_be_anything_and_stops_nothing(contained: Any) -> None:
    for resource in ALL.values():
        assert ": " in refused(resource, subject={"reference": "#p"}, contained=contained)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_a_reference_that_leads_to_a_group_makes_it_not_for_us(kind: str) -> None:
    group = {"resourceType": "Group", "id": "g"}
    assert is_not_for_us(ALL[kind], subject={"reference": "#g"}, contained=[group])


# which feed


def test_a_message_belongs_to_the_feed_of_its_header_else_of_its_source_else_of_its_topic() -> None:
    feeds = """[feeds.lab]
topics = ["lab-results"]
[feeds.ward]
senders = ["https://ward.example/fhir"]
[feeds.gp]
"""
    named = changed(OBSERVATION, meta={"source": "https://ward.example/fhir#msg-17"})

    def source(content: Any, **options: Any) -> str:
        return facts_of(content, feeds=feeds, **options)[0].source

    assert source(OBSERVATION) == "lab"
    assert source(named) == "ward" == source(bundle(named))
    assert source(named, headers=[("b12watch-feed", b"gp")]) == "gp"
    assert source(OBSERVATION, topic="assessments") == "hospital"
    (dead,) = read(OBSERVATION, feeds=feeds, headers=[("b12watch-feed", b"none")])
    assert isinstance(dead, DeadLetter) and dead.where == "header b12watch-feed"


# privacy


def test_what_was_refused_repeats_nothing_of_what_was_sent() -> None:
    secret = "Smith-4711"
    for changes in (
        {"valueQuantity": {"value": 118, "unit": secret}},
        {"valueQuantity": quantity(secret, "g/L")},
        {"valueQuantity": secret},
        {"effectiveDateTime": secret},
        {"status": secret},
        {"subject": {"reference": f"urn:{secret}"}},
        {"subject": {"reference": f"{secret}\n/x"}},
        {"subject": {"reference": f"Patient/{secret}\n"}},
        {"id": f"{secret}\n"},
        {"valueQuantity": DROP, "valueString": secret},
        {"dataAbsentReason": secret},
        {"component": [secret]},
    ):
        assert secret not in refused(OBSERVATION, **changes), changes
    assert secret not in refused(ADMINISTRATION, dosage={"dose": {"value": 1, "unit": secret}})


def test_results_are_told_apart_from_what_they_lie_beside() -> None:
    facts, _ = read(bundle(OBSERVATION, ADMINISTRATION, OTHER))
    assert isinstance(facts, Facts) and [type(one).__name__ for one in facts.facts] == ["LabResult", "Administration"]
    assert isinstance(facts.facts[0], LabResult)
