"""Who is meant: one patient id out of what a message says.  The key is the assigner and the value, never a value alone.

Two hospitals' "4711" are two patients (H3).  A feed's file says whose numbers are the ids that plans and other
canonical messages use, and what stands before the others; without one, an id is `assigner|value`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from topics.meaning.feeds import Feed
from topics.problems import Refused

_ILL_FORMED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST: Final = 200


class Identifier(NamedTuple):
    """A patient's number and who gave it (FHIR: the identifier's system; HL7 v2: the assigning authority)."""

    assigner: str
    value: str
    is_record_number: bool = False  # type MR, "medical record number"


def patient_id_of(identifiers: Iterable[Identifier], feed: Feed, where: str) -> str:
    """The canonical id of the patient with these identifiers.

    Where the feed names assigners, the first of them that is there decides, and the others do not count.  Else a
    medical record number goes before other identifiers, and the first before the next.
    Raises: Refused where none of them may name a patient.
    """
    given = [one for one in identifiers if one.assigner and one.value]
    if feed.patients:
        for known in feed.patients:
            for one in given:
                if one.assigner == known.assigner:
                    return _joined(known.prefix, one.value, where)
        raise Refused(where, "no identifier is of an assigner whom the feed's file names")
    if not given:
        raise Refused(where, "no identifier with an assigner names the patient")
    best = min(given, key=lambda one: not one.is_record_number)
    return _joined(f"{best.assigner}|", best.value, where)


def _joined(before: str, value: str, where: str) -> str:
    return checked_id(before + checked_id(value, where), where)


def checked_id(text: str, where: str) -> str:
    """Raises: Refused for an id that no message of ours could carry."""
    if text.isprintable() and 0 < len(text) <= _LONGEST and text[0] != " " != text[-1]:
        return text  # nearly all; of what is printable only a space is white
    if not text or len(text) > _LONGEST or text != text.strip() or _ILL_FORMED.search(text):
        raise Refused(
            where,
            f"an identifier is not empty, has at most {_LONGEST} characters, no white space around it and no control"
            " characters",
        )
    return text
