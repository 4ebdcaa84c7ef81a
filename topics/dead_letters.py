"""Dead letters on the wire: key and value as they came, and what is known about them in headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AliasGenerator, AwareDatetime, BaseModel, ConfigDict, Field

from topics.decoded import DeadLetter, Origin

SCHEMA_VERSION: Final = 1
Headers = tuple[tuple[str, bytes], ...]


class DeadLetterV1(BaseModel):
    """The headers of a dead letter, all of them text; the key and the value of the message are the original's."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",  # whoever forwards a message may add headers of his own
        hide_input_in_errors=True,
        validate_by_name=True,
        alias_generator=AliasGenerator(alias=lambda name: f"b12watch-{name.replace('_', '-')}"),
    )

    schema_version: Annotated[int, Field(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
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


def dead_letter_headers(dead: DeadLetter, *, app_version: str) -> Headers:
    """The headers for `dead`; the message's key is `dead.key`, its value `dead.raw`, both untouched."""
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
    return tuple(
        (name, str(value).encode()) for name, value in described.model_dump(by_alias=True, mode="json").items()
    )


def read_headers(headers: Iterable[tuple[str, bytes | None]]) -> DeadLetterV1:
    """What the headers of a dead letter say.

    Raises: ValueError (pydantic's ValidationError, or UnicodeDecodeError) when they are not those of a dead letter.
    """
    ours = {name: (value or b"").decode() for name, value in headers if name.startswith("b12watch-")}
    return DeadLetterV1.model_validate(ours)


def read_dead_letter(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> DeadLetter:
    """A dead letter out of a Kafka message.  Raises: ValueError, as `read_headers` does."""
    said = read_headers(headers)
    origin = Origin(
        topic=said.origin_topic,
        partition=said.origin_partition,
        offset=said.origin_offset,
        timestamp=said.origin_timestamp,
    )
    return DeadLetter(
        origin=origin,
        where=said.where,
        problem=said.problem,
        done=said.done,
        stage=said.stage,
        raw=value,
        key=key,
        size=said.size,
        sha256=said.sha256,
    )
