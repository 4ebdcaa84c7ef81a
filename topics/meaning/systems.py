"""Which code systems we know, by all the names that messages give them: FHIR URIs, OIDs, HL7 v2 table 0396."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class System(StrEnum):
    """A code system; the word is the name by which a feed's file may call it."""

    LOINC = "loinc"
    SNOMED = "snomed"
    RXNORM = "rxnorm"
    ATC = "atc"
    DMD = "dmd"
    BNF = "bnf"
    UNII = "unii"
    ICD10 = "icd-10"
    READ_V2 = "read-v2"
    NCIT = "ncit"
    ROUTE_V2 = "v2-0162"
    ROUTE_V3 = "v3-route"
    UCUM = "ucum"
    OURS = "urn:b12watch"  # our own words, for a feed that adds them to its messages (see `own_words`)


_NAMES: Final = {
    System.LOINC: ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1", "LN", "LOINC"),
    System.SNOMED: ("http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96", "SCT", "SNM", "SNOMED-CT"),
    System.RXNORM: ("http://www.nlm.nih.gov/research/umls/rxnorm", "urn:oid:2.16.840.1.113883.6.88", "RXNORM"),
    System.ATC: ("http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73", "ATC"),
    System.DMD: ("https://dmd.nhs.uk", "urn:oid:2.16.840.1.113883.2.1.3.2.4.15", "DMD"),
    System.BNF: ("BNF",),
    System.UNII: ("http://fdasis.nlm.nih.gov", "UNII"),
    System.ICD10: (
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10-uk",
        "urn:oid:2.16.840.1.113883.6.3",
        "urn:oid:2.16.840.1.113883.6.90",
        "I10",
        "I10C",
        "I10P",
    ),
    System.READ_V2: ("http://read.info/readv2",),
    System.NCIT: ("http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "urn:oid:2.16.840.1.113883.3.26.1.1", "NCIT"),
    System.ROUTE_V2: ("http://terminology.hl7.org/CodeSystem/v2-0162", "HL70162", "0162"),
    System.ROUTE_V3: (
        "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
        "http://hl7.org/fhir/v3/RouteOfAdministration",
        "urn:oid:2.16.840.1.113883.5.112",
    ),
    System.UCUM: ("http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8", "UCUM"),
}
SYSTEMS: Final[Mapping[str, System]] = MappingProxyType(
    {name: system for system, names in _NAMES.items() for name in names}
)
"""A system by the name that a message gives it."""
