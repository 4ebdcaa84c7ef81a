"""What a store keeps so that a partition can be taken over without a look at its facts; and alerts, at a glance."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from domain.alerts import OPEN_CHANGES
from topics.canonical_json import canonical_json_without_floats
from topics.codecs.clinical_event import Unreadable, read_shape
from topics.problems import WHOLE_MESSAGE
from topics.schemas.changelog import OutlookV1


class AlertGlance(msgspec.Struct, gc=False):
    """Of an alert that is kept, as `AlertV1` says it, what is counted of all of them."""

    patient_id: str
    rule: str
    severity: str
    change: str
    blind_since: str | None = None

    @property
    def is_open(self) -> bool:
        return self.change in OPEN_CHANGES


_GLANCE: Final = msgspec.json.Decoder(AlertGlance)


def glance_at_alert(raw: bytes) -> AlertGlance:
    """Raises: Unreadable."""
    try:
        return _GLANCE.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable(WHOLE_MESSAGE, "not an alert as we write them") from None


def encode_outlook(review_at: datetime | None, *, is_enrolled: bool) -> bytes:
    return canonical_json_without_floats({"schema_version": 1, "review_at": review_at, "is_enrolled": is_enrolled})


def decode_outlook(raw: bytes) -> OutlookV1:
    """Raises: Unreadable."""
    return read_shape(OutlookV1, raw)
