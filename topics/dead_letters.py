"""Dead letters on the wire: key and value as they came, and what is known about them in headers.

Before our own headers stand those of the message, as they came: without its content type it could not be read again.
A dead letter that was sent again is followed by a record that says so (`ReplayedV1`), written with what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import AliasGenerator, AwareDatetime, BaseModel, ConfigDict, Field

from topics.decoded import DeadLetter, Origin
from topics.problems import Whose

SCHEMA_VERSION: Final = 1
REPLAYED_KEY: Final = b"replayed"  # Kafka's clients take no record that has neither a key nor a value
MENDS_HEADER: Final = "b12watch-mends"
"""Of a message that is sent again: the dead letter that it mends, by origin, and whom that is about."""
MOST_HEADER_BYTES: Final = 16_384  # of the message's own headers; the room that is left beside ours
_PATIENT: Final = "b12watch-patient"  # whom it is about, where that is known; once for each
Headers = tuple[tuple[str, bytes], ...]
Sent = Sequence[tuple[str, bytes | None]]


class _Headers(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",  # whoever forwards a message may add headers of his own
        hide_input_in_errors=True,
        validate_by_name=True,
        alias_generator=AliasGenerator(alias=lambda name: f"b12watch-{name.replace('_', '-')}"),
    )

    schema_version: Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]


class DeadLetterV1(_Headers):
    """The headers of a dead letter, all of them text; the key and the value of the message are the original's."""

    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_timestamp: AwareDatetime
    stage: str
    where: str
    problem: str
    done: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    app_version: str

    @property
    def origin(self) -> Origin:
        return Origin(
            topic=self.origin_topic,
            partition=self.origin_partition,
            offset=self.origin_offset,
            timestamp=self.origin_timestamp,
        )


class ReplayedV1(_Headers):
    """The headers of the record that says that the message of this origin was sent again."""

    replayed_topic: str
    replayed_partition: int
    replayed_offset: int
    app_version: str

    @property
    def place(self) -> str:
        """As `Origin.place`."""
        return f"{self.replayed_topic}/{self.replayed_partition}/{self.replayed_offset}"


_OURS: Final = frozenset(
    {_PATIENT, *(str(field.alias) for field in {**DeadLetterV1.model_fields, **ReplayedV1.model_fields}.values())}
)


def dead_letter_headers(dead: DeadLetter, *, app_version: str, sent: Sent = ()) -> Headers:
    """The headers for `dead`; the message's key is `dead.key`, its value `dead.raw`, both untouched.

    `sent` are the headers that the message came with.
    """
    if sum(len(name) + len(value or b"") for name, value in sent) > MOST_HEADER_BYTES:
        sent, dead = (
            (),
            replace(dead, done=f"{dead.done}; its headers (more than {MOST_HEADER_BYTES} bytes) were not kept"),
        )
    described = DeadLetterV1(
        schema_version=SCHEMA_VERSION,
        origin_topic=dead.origin.topic,
        origin_partition=dead.origin.partition,
        origin_offset=dead.origin.offset,
        origin_timestamp=dead.origin.timestamp,
        stage=dead.stage,
        where=dead.where,
        problem=dead.problem,
        done=dead.done,
        size=dead.size,
        sha256=dead.sha256,
        app_version=app_version,
    )
    own = ((name, value or b"") for name, value in sent if name not in _OURS)
    return (*own, *_as_text(described), *((_PATIENT, who.patient_id.encode()) for who in dead.whose))


def replayed_headers(origin: Origin, *, app_version: str) -> Headers:
    """The headers of the record that follows a dead letter which was sent again; its key is `REPLAYED_KEY`."""
    return _as_text(
        ReplayedV1(
            schema_version=SCHEMA_VERSION,
            replayed_topic=origin.topic,
            replayed_partition=origin.partition,
            replayed_offset=origin.offset,
            app_version=app_version,
        )
    )


def read_headers(headers: Iterable[tuple[str, bytes | None]]) -> DeadLetterV1:
    """What the headers of a dead letter say.

    Raises: ValueError (pydantic's ValidationError, or UnicodeDecodeError) when they are not those of a dead letter.
    """
    return DeadLetterV1.model_validate(_ours(headers))


def read_replayed(headers: Iterable[tuple[str, bytes | None]]) -> ReplayedV1:
    """What the record says that follows a dead letter which was sent again.  Raises: ValueError, as above."""
    return ReplayedV1.model_validate(_ours(headers))


def read_dead_letter(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> DeadLetter:
    """A dead letter out of a Kafka message.  Raises: ValueError, as `read_headers` does."""
    told = list(headers)
    said = read_headers(told)
    return DeadLetter(
        origin=said.origin,
        where=said.where,
        problem=said.problem,
        done=said.done,
        stage=said.stage,
        raw=value,
        key=key,
        size=said.size,
        sha256=said.sha256,
        whose=tuple(Whose(patient_id) for patient_id in patients_in(told)),
    )


def patients_in(headers: Iterable[tuple[str, bytes | None]]) -> tuple[str, ...]:
    """Whom a dead letter is about, as far as that is known.  Raises: ValueError."""
    return tuple((who or b"").decode() for name, who in headers if name == _PATIENT)


def headers_as_sent(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """The headers that the message came with."""
    return tuple((name, value or b"") for name, value in headers if name not in _OURS)


def mends(origin: Origin, patients: Iterable[str]) -> Headers:
    """The headers with which a message is sent again: what it mends, once for each patient of its dead letters."""
    return tuple(
        (MENDS_HEADER, f"{origin.place} {patient_id}".encode()) for patient_id in dict.fromkeys(patients) or [""]
    )


def read_mends(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, str]]:
    """What a message mends: the origin of each dead letter, and whom that was about ("" where nobody knew)."""
    said = ((value or b"").decode("utf-8", "replace").partition(" ") for name, value in headers if name == MENDS_HEADER)
    return [(place, patient_id) for place, _, patient_id in said]


def _as_text(described: BaseModel) -> Headers:
    return tuple(
        (name, str(value).encode()) for name, value in described.model_dump(by_alias=True, mode="json").items()
    )


def _ours(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, Any]:
    return {name: (value or b"").decode() for name, value in headers if name in _OURS}
