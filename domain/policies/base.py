"""What every section of the policy is made of: numbers with limits and a source, and time zones that exist."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def number(default: float | str, source: str, text: str, *, least: float, most: float) -> Any:
    """A key of the policy: its default, where it comes from, what it means, and its limits (both allowed)."""
    return Field(default=default, ge=least, le=most, description=text, json_schema_extra={"source": source})


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone of the IANA database, as Europe/London is") from error
    return name


def no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _plain(number: Decimal) -> Decimal:
    return Decimal(f"{number.normalize():f}")  # 50, 50.0 and "50" are one content, so one version


Amount = Annotated[Decimal, BeforeValidator(no_bool), AfterValidator(_plain), Field(strict=False)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """One part of the policy: nothing is added, nothing is converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)
