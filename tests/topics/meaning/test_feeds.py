"""Feeds and patients: what only a hospital can say, checked when its file is read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.facts import Analyte, Drug
from topics.meaning.codes import LabTest, Product
from topics.meaning.feeds import UNCONFIGURED, BrokenFeeds, Feed, Feeds, read_feeds
from topics.meaning.patients import Identifier, patient_id_of
from topics.meaning.units import Kind
from topics.problems import Refused

FILE = """
[feeds.lab]
topics = ["lab-results"]
senders = ["https://lis.example"]
zone = "Europe/London"
decimal_mark = ","
units = { haemoglobin = "g/l" }
haemoglobin_mmol = "monomer"
patients = [{ assigner = "https://hospital.example/mrn" }, { assigner = "https://nhs.example", prefix = "nhs-" }]
systems = { "urn:codes-of-lab" = "loinc" }
tests = [{ system = "https://lis.example/tests", code = "HB", analyte = "haemoglobin", unit = "g/L" }]

[feeds.ward]
topics = ["administrations"]
drugs = [{ system = "ward", code = "B12", drug = "hydroxocobalamin", ug_per_ml = 1000 }]
"""


def lab() -> Feed:
    return read_feeds(FILE).of("lab-results")


def test_codes_of_a_laboratorys_own_mean_what_its_file_says() -> None:
    assert lab().meaning("https://lis.example/tests", "HB") == LabTest(Analyte.HAEMOGLOBIN, Kind.MASS)
    assert lab().meaning("urn:codes-of-lab", "777-3") == LabTest(Analyte.PLATELETS, Kind.COUNT)
    assert UNCONFIGURED.meaning("https://lis.example/tests", "HB") is None
    ward = read_feeds(FILE).named("ward")
    assert ward is not None and ward.meaning("ward", "B12") == Product(Drug.HYDROXOCOBALAMIN, Decimal(1000))


def test_a_message_belongs_to_the_feed_of_its_sender_else_of_its_topic_else_to_none() -> None:
    feeds = read_feeds(FILE)
    assert feeds.of("administrations", "https://lis.example").name == "lab"
    assert feeds.of("administrations", "https://other.example").name == "ward"
    assert feeds.of("assessments") is UNCONFIGURED
    assert Feeds().of("lab-results") is UNCONFIGURED


def test_the_words_of_all_feeds_are_looked_for() -> None:
    words = read_feeds(FILE).code_words
    assert {"HB", "B12", "718-7"} <= words and "HB" not in UNCONFIGURED.code_words
    assert not {"unknown", "oral", "IM", "78421000"} & words, "they are in messages of every kind"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("feeds", "no TOML"),
        ("[feeds.lab]\nzone = 'Europe/Londn'", "feeds.lab.zone: no such time zone"),
        ("[feeds.lab]\nzones = 'Europe/London'", "feeds.lab.zones"),
        ("[feeds.lab]\nunits = { haemoglobin = 'K/uL' }", "feeds.lab.units: no unit of haemoglobin"),
        ("[feeds.lab]\nunits = { hemoglobin = 'g/L' }", "feeds.lab.units"),
        ("[[feeds.lab.tests]]\nsystem = 's'\ncode = 'HB'\nanalyte = 'sodium'", "feeds.lab.tests.0.analyte"),
        ("[[feeds.lab.regimens]]\nsystem = 's'\ncode = 'x'\nregimen = 'R99'", "no such regimen"),
        ("[feeds.a]\nsenders = ['x']\n[feeds.b]\nsenders = ['x']", "feeds.b: the sender x is another feed's too"),
        ("[feeds.lab]\ntopics = ['lab']", "feeds.lab.topics: a feed comes on source topics: lab-results"),
        ("[feeds.'a b']", "feeds.a b"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(text: str, place: str) -> None:
    with pytest.raises(BrokenFeeds) as caught:
        read_feeds(text)
    assert place in str(caught.value)


MRN, NHS = Identifier("https://hospital.example/mrn", "4711"), Identifier("https://nhs.example", "943 476 5919")


def test_edge_08_one_number_of_two_assigners_is_two_patients() -> None:
    other = Identifier("https://elsewhere.example/mrn", "4711")
    assert patient_id_of([MRN], UNCONFIGURED, "subject") == "https://hospital.example/mrn|4711"
    assert patient_id_of([MRN], UNCONFIGURED, "subject") != patient_id_of([other], UNCONFIGURED, "subject")
    with pytest.raises(Refused, match="assigner"):
        patient_id_of([other], lab(), "subject")


def test_the_order_of_the_file_decides_and_not_that_of_the_message() -> None:
    assert patient_id_of([NHS, MRN], lab(), "subject") == patient_id_of([MRN, NHS], lab(), "subject") == "4711"
    assert patient_id_of([NHS], lab(), "subject") == "nhs-943 476 5919"


def test_without_a_file_a_record_number_goes_before_the_others() -> None:
    record = Identifier("https://hospital.example/mrn", "4711", is_record_number=True)
    assert patient_id_of([NHS, record], UNCONFIGURED, "subject") == "https://hospital.example/mrn|4711"


@pytest.mark.parametrize("value", ["", " 4711", "47\n11", "4" * 300, "\ud800"])
def test_edge_09_an_identifier_that_names_nobody_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        patient_id_of([Identifier("https://nhs.example", value)], UNCONFIGURED, "subject")


def test_edge_09_a_number_without_an_assigner_names_nobody() -> None:
    with pytest.raises(Refused, match="assigner"):
        patient_id_of([Identifier("", "4711")], UNCONFIGURED, "subject")
