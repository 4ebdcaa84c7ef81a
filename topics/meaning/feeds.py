"""What only a hospital can say about its feeds: codes of its own, whose numbers name patients, zones, default units.

One file (TOML) for all feeds; a message belongs to the feed that its header names, else to that of its sender, else to
that of its topic, else to none: then `UNCONFIGURED` is read by the shared tables alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.facts import AdministrationStatus, Analyte, ConditionCode, Drug, Finding, Route
from domain.regimens import REGIMENS
from topics.definitions import SOURCE_TOPICS
from topics.meaning.codes import CODES, LabTest, Meaning, Product, Regimen
from topics.meaning.numbers import DecimalMark
from topics.meaning.systems import SYSTEMS, System
from topics.meaning.units import Kind, is_convertible, unit_of

SOURCE_WITHOUT_A_FEED: Final = "hospital"


class HaemoglobinMoles(StrEnum):
    """What a laboratory means by mmol/L of haemoglobin."""

    MONOMER = "monomer"


class BrokenFeeds(ValueError):
    """The file of the feeds is not what it should be; the text names place and reason, line by line."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_PLAIN: Final = r'^[^"\\\x00-\x1f]{1,200}$'  # what JSON need not escape, since codes are looked for among bytes


class _Coded(_Part):
    system: Annotated[str, Field(min_length=1)]
    code: Annotated[str, Field(pattern=_PLAIN)]

    @property
    def means(self) -> Meaning:
        raise NotImplementedError


class LabTestCode(_Coded):
    """A code of the laboratory's own; `unit` is the kind of unit that it promises."""

    analyte: Analyte
    unit: str | None = None

    @property
    def means(self) -> Meaning:
        unit = unit_of(self.unit) if self.unit else None
        return LabTest(self.analyte, unit.kind if unit else None)

    @model_validator(mode="after")
    def _unit_is_one_of_it(self) -> LabTestCode:
        if self.unit is not None:
            _check_unit(self.analyte, self.unit)
        return self


class DrugCode(_Coded):
    drug: Drug
    ug_per_ml: Annotated[Decimal, Field(gt=0)] | None = None

    @property
    def means(self) -> Meaning:
        return Product(self.drug, self.ug_per_ml)


class RouteCode(_Coded):
    route: Route

    @property
    def means(self) -> Meaning:
        return self.route


class ConditionOwnCode(_Coded):
    condition: ConditionCode

    @property
    def means(self) -> Meaning:
        return self.condition


class FindingCode(_Coded):
    finding: Finding

    @property
    def means(self) -> Meaning:
        return self.finding


class RegimenCode(_Coded):
    regimen: str

    @property
    def means(self) -> Meaning:
        return Regimen(self.regimen)

    @field_validator("regimen")
    @classmethod
    def _is_known(cls, code: str) -> str:
        if code not in REGIMENS:
            raise ValueError(f"no such regimen; known: {', '.join(sorted(REGIMENS))}")
        return code


class Assigner(_Part):
    """Whose numbers name patients, and what stands before them in our ids ("" where they are the ids themselves)."""

    assigner: Annotated[str, Field(min_length=1)]
    prefix: str = ""


class FeedFile(_Part):
    """One feed, as the file has it."""

    topics: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    zone: str | None = None
    decimal_mark: DecimalMark | None = None
    units: dict[Analyte, str] = {}
    haemoglobin_mmol: HaemoglobinMoles | None = None
    patients: tuple[Assigner, ...] = ()
    assigner: Annotated[str, Field(min_length=1)] | None = None
    blank_completion: Literal["completed", "unknown"] = "unknown"
    patient_references: str | None = None
    systems: dict[str, System] = {}
    tests: tuple[LabTestCode, ...] = ()
    drugs: tuple[DrugCode, ...] = ()
    routes: tuple[RouteCode, ...] = ()
    conditions: tuple[ConditionOwnCode, ...] = ()
    findings: tuple[FindingCode, ...] = ()
    regimens: tuple[RegimenCode, ...] = ()
    medications: dict[str, Drug] | None = None

    @field_validator("topics")
    @classmethod
    def _topics_are_sources(cls, topics: tuple[str, ...]) -> tuple[str, ...]:
        known = [topic.name for topic in SOURCE_TOPICS]
        if not set(topics) <= set(known):
            raise ValueError(f"a feed comes on source topics: {', '.join(known)}")
        return topics

    @field_validator("zone")
    @classmethod
    def _zone_is_one(cls, name: str | None) -> str | None:
        try:
            if name is not None:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; it is named as Europe/London") from None
        return name

    @field_validator("units")
    @classmethod
    def _units_are_known(cls, units: dict[Analyte, str]) -> dict[Analyte, str]:
        for analyte, text in units.items():
            _check_unit(analyte, text)
        return units


def _check_unit(analyte: Analyte, text: str) -> None:
    unit = unit_of(text)
    if unit is None or not (is_convertible(analyte.measure, unit) or unit.kind is Kind.MOLES):
        raise ValueError(f"no unit of {analyte}; accepted: {', '.join(analyte.measure.factors)}")


@dataclass(frozen=True, eq=False)
class Feed:
    """One feed as readers ask it.  `name` is the source of its facts."""

    name: str
    zone: ZoneInfo | None = None
    decimal_mark: DecimalMark | None = None
    units: Mapping[Analyte, str] = field(default_factory=dict)
    haemoglobin_mmol: HaemoglobinMoles | None = None
    patients: tuple[Assigner, ...] = ()
    assigner: str = ""  # HL7 v2: whose a number is of which the message does not say it
    blank_completion: AdministrationStatus = AdministrationStatus.UNKNOWN  # HL7 v2: what an empty RXA-20 means
    patient_references: str | None = None
    medications: Mapping[str, Drug] | None = None
    systems: Mapping[str, str] = field(default_factory=lambda: SYSTEMS)
    codes: Mapping[tuple[str, str], Meaning] = field(default_factory=lambda: CODES)

    def meaning(self, system: str, code: str) -> Meaning | None:
        """What a code means; None where it is not for us.  `system` is the name that the message gives it."""
        return self.codes.get((self.systems.get(system, system), code))

    @cached_property
    def code_words(self) -> frozenset[str]:
        """Every code that may make a message ours, of whatever system.

        A route alone makes none; our own words are told by the name of their system (`unknown` is everybody's word).
        """
        return frozenset(
            code
            for (system, code), meaning in self.codes.items()
            if not isinstance(meaning, Route) and not system.startswith(System.OURS)
        )


UNCONFIGURED: Final = Feed(SOURCE_WITHOUT_A_FEED)


class Feeds:
    """All feeds of a hospital."""

    def __init__(self, feeds: Mapping[str, FeedFile] | None = None) -> None:
        self._by_name = {name: _feed(name, said) for name, said in (feeds or {}).items()}
        self._by_topic: dict[str, Feed] = {}
        self._by_sender: dict[str, Feed] = {}
        for name, said in (feeds or {}).items():
            for kind, place, words in (
                ("topic", self._by_topic, said.topics),
                ("sender", self._by_sender, said.senders),
            ):
                for word in words:
                    if word in place:
                        raise BrokenFeeds(f"feeds.{name}: the {kind} {word} is another feed's too")
                    place[word] = self._by_name[name]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._by_name)

    def named(self, name: str) -> Feed | None:
        return self._by_name.get(name)

    def by_sender(self, sender: str) -> Feed | None:
        """The feed that this system sends (FHIR: `meta.source`; HL7 v2: application^facility), where the file says."""
        return self._by_sender.get(sender)

    def of(self, topic: str, sender: str = "") -> Feed:
        """The feed of a message that names none: by its sender, else by its topic."""
        return self._by_sender.get(sender) or self._by_topic.get(topic) or UNCONFIGURED

    @cached_property
    def code_words(self) -> frozenset[str]:
        """Every code that means something to one of the feeds."""
        return UNCONFIGURED.code_words.union(*(feed.code_words for feed in self._by_name.values()))


class _File(_Part):
    feeds: dict[Annotated[str, Field(pattern=r"^[^\s/%|]{1,100}$")], FeedFile] = {}


def read_feeds(text: str) -> Feeds:
    """The feeds of a file (TOML).  Raises: BrokenFeeds with place and reason of each thing that is wrong."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenFeeds(f"no TOML: {error}") from None
    try:
        return Feeds(_File.model_validate(content).feeds)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise BrokenFeeds(
            "\n".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in found)
        ) from None


def _feed(name: str, said: FeedFile) -> Feed:
    own = (*said.tests, *said.drugs, *said.routes, *said.conditions, *said.findings, *said.regimens)
    systems = {**SYSTEMS, **said.systems}
    codes = {**CODES, **{(systems.get(row.system, row.system), row.code): row.means for row in own}}
    return Feed(
        name=name,
        zone=ZoneInfo(said.zone) if said.zone else None,
        decimal_mark=said.decimal_mark,
        units=said.units,
        haemoglobin_mmol=said.haemoglobin_mmol,
        patients=said.patients,
        assigner=said.assigner or "",
        blank_completion=AdministrationStatus(said.blank_completion),
        patient_references=said.patient_references,
        medications=said.medications,
        systems=systems,
        codes=codes,
    )
