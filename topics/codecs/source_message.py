"""A message from a source topic, whatever its format: recognised by its content-type header, else by its content.

Every source topic takes every format.  Canonical JSON says by its topic what it is; FHIR and HL7 v2 say it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from domain.facts import Merge
from topics.codecs import plain_json
from topics.codecs.fhir.message import FhirReader
from topics.codecs.hl7v2.message import Hl7Reader
from topics.decoded import MAX_BYTES, Decoded, Facts, Origin, Outcomes, dead_letters
from topics.meaning.feeds import Feed, Feeds
from topics.problems import Refused

CONTENT_TYPE_HEADER: Final = "content-type"
FEED_HEADER: Final = "b12watch-feed"
_RESOURCE: Final = re.compile(rb'"resourceType"\s*:')
_HL7_BEGINS: Final = (b"MSH", b"FHS", b"BHS")
_WHITE: Final = b" \t\r\n\x0b\xef\xbb\xbf"  # MLLP's first byte and a byte order mark are among what may come before

Headers = Iterable[tuple[str, bytes | None]]


class Format(Enum):
    CANONICAL = "canonical JSON"
    FHIR = "FHIR R4 JSON"
    HL7 = "HL7 v2"
    FHIR_XML = "FHIR as XML"


def format_of(raw: bytes | None, content_type: str) -> Format:
    """The format that the header names; for `application/json` and for none at all, what the content looks like."""
    named = _NAMED.get(content_type.partition(";")[0].strip().casefold()) if content_type else None
    if named is not None:
        return named
    start = (raw or b"")[:200].lstrip(_WHITE)
    if start.startswith(_HL7_BEGINS):
        return Format.HL7
    return Format.FHIR if start.startswith(b"{") and _RESOURCE.search(raw or b"") else Format.CANONICAL


_NAMED: Final = {
    "application/fhir+json": Format.FHIR,
    "application/json+fhir": Format.FHIR,
    "application/hl7-v2": Format.HL7,
    "application/hl7-v2+er7": Format.HL7,
    "x-application/hl7-v2+er7": Format.HL7,
    "application/fhir+xml": Format.FHIR_XML,
    "application/xml+fhir": Format.FHIR_XML,
}


class SourceReader:
    """Reads the messages of all feeds of a hospital, in every format that we know."""

    def __init__(self, feeds: Feeds | None = None) -> None:
        self._feeds = feeds if feeds is not None else Feeds()
        self._fhir = FhirReader(self._feeds)
        self._hl7 = Hl7Reader(self._feeds)

    def decode(
        self,
        topic: str,
        raw: bytes | None,
        *,
        origin: Origin,
        key: bytes | None = None,
        headers: Headers = (),
        max_bytes: int = MAX_BYTES,
    ) -> Outcomes:
        """What a message says; never nothing, and no bytes make it raise."""
        try:
            content_type, feed = self._told(headers)
            kind = format_of(raw, content_type)
            if kind is Format.FHIR_XML:
                raise Refused("(message)", f"{kind.value} is not read")
        except Refused as refused:
            return dead_letters(raw, [refused], origin=origin, key=key, others_read=False, max_bytes=max_bytes)
        if kind is Format.FHIR:
            return self._fhir.decode(topic, raw, origin=origin, key=key, feed=feed, max_bytes=max_bytes)
        if kind is Format.HL7:
            return self._hl7.decode(topic, raw, origin=origin, key=key, feed=feed, max_bytes=max_bytes)
        return _to_both(plain_json.decode(topic, raw, origin=origin, key=key, max_bytes=max_bytes))

    def _told(self, headers: Headers) -> tuple[str, Feed | None]:
        """The content type ("" where none is told), and the feed that the header names."""
        content_type, feed = "", None
        for name, value in headers:
            if name.casefold() == CONTENT_TYPE_HEADER:
                content_type = (value or b"").decode("ascii", "replace")
            elif name.casefold() == FEED_HEADER:
                feed = self._feeds.named((value or b"").decode("utf-8", "replace"))
                if feed is None:
                    raise Refused(f"header {FEED_HEADER}", "the file of the feeds has no feed of this name")
        return content_type, feed


def _to_both(said: Decoded) -> Outcomes:
    """A merge is told to both patients; everything else to one."""
    if isinstance(said, Facts) and isinstance(merge := said.facts[0], Merge):
        return tuple(Facts(patient_id, said.facts) for patient_id in merge.both)
    return (said,)
