"""The policy as a TOML file: read with every problem told at once, and shown with what each key means.

A file holds only what a hospital changes; `show_policy` writes the whole, and its text is such a file too.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten, wrap
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from domain.policy import Policy
from domain.rules import RULE_VERSIONS

_COMMENT_WIDTH: Final = 108
_MOST_DIGITS: Final = 1000  # of a number written as text: it would be written out in full
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_UNITS: Final = {  # by the words in which the names of keys end
    "g_per_l": "g/L",
    "ng_per_l": "ng/L",
    "ug_per_l": "ug/L",
    "pmol_per_l": "pmol/L",
    "mmol_per_l": "mmol/L",
    "ug": "ug",
    "mg": "mg",
    "cm": "cm",
    "share": "share, 1 is the whole",
    "minutes": "minutes",
    "hours": "hours",
    "day": "days",
    "days": "days",
    "months": "months",
    "years": "years",
}
_UNITS_OF_SECTIONS: Final = {
    "platelets": "10*9/L",
    "reticulocytes": "10*9/L",
}  # of the keys there whose names have none of those words
_KINDS: Final = {int: "a whole number", float: "a number", Decimal: "a number"}
_TIME_ZONE: Final = "a time zone of the IANA database, as Europe/London"
_TABLES: Final = {
    "ward_time_zones": f"a table: for a ward's name, {_TIME_ZONE}",
    "facility_hours": "a table: for topic/source, as lab-results/lis, a whole number of hours from 1 to 2000",
    "overrides": 'a table of tables: for a rule, as {"low" = "medium"}, of low, medium, high and critical',
}


class PolicyProblem(Exception):
    """The policy file cannot be used; one sentence for each problem, and nothing was taken from it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.path = path
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """One number (or name) that a hospital may set, and what the policy says about it."""

    section: str
    name: str
    field: FieldInfo

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def description(self) -> str:
        return self.field.description or ""

    @property
    def source(self) -> str:
        extra = self.field.json_schema_extra
        return str(extra.get("source", "")) if isinstance(extra, dict) else ""

    @property
    def is_number(self) -> bool:
        return self.field.annotation in _KINDS

    @property
    def unit(self) -> str:
        """The unit, by the words of the name; empty where the value is no number."""
        if not self.is_number:
            return ""
        marked = f"_{self.name}_"
        found = [unit for words, unit in _UNITS.items() if f"_{words}_" in marked]
        return found[0] if found else _UNITS_OF_SECTIONS.get(self.section, "")

    @property
    def allowed(self) -> str:
        if not self.is_number:
            return _TABLES.get(self.name, _TIME_ZONE)
        return f"{_KINDS[cast(type[Any], self.field.annotation)]} {self.range}"

    @property
    def range(self) -> str:
        return f"from {_limit(self.field, 'ge')} to {_limit(self.field, 'le')}"


def policy_keys() -> Iterator[PolicyKey]:
    """Every key of the policy, section by section."""
    for section, field in Policy.model_fields.items():
        shape = cast(type[BaseModel], field.annotation)
        for name, inner in shape.model_fields.items():
            yield PolicyKey(section, name, inner)


def load_policy(path: Path) -> Policy:
    """The policy that the file asks for; keys that it leaves out have their defaults.

    Raises: PolicyProblem, with all that is wrong.
    """
    content = _content(path)
    quoted = dict(_quoted_numbers(content))
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        others = [_problem(detail, content) for detail in error.errors() if detail["loc"][:2] not in quoted]
        raise PolicyProblem(path, [*quoted.values(), *others]) from None
    problems = [*quoted.values(), *_unknown_rules(policy)]
    if problems:
        raise PolicyProblem(path, problems)
    return policy


def _unknown_rules(policy: Policy) -> Iterator[str]:
    """A class for a rule that there is not would change nothing, and nobody would know."""
    for rule in policy.severities.overrides.keys() - RULE_VERSIONS.keys():
        near = get_close_matches(rule, RULE_VERSIONS, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        yield f"severities.overrides: there is no rule {rule!r}{meant}"


def sets_something(policy: Policy) -> bool:
    """Whether a policy that was read sets any key, be it to the default."""
    return any(getattr(policy, section).model_fields_set for section in policy.model_fields_set)


def show_policy(policy: Policy) -> str:
    """The complete policy as TOML, which `load_policy` reads back to the same version."""
    lines = [
        f"# b12watch policy, version {policy.version} (a digest of all values below)",
        "# b12watch supports people: it says what may need a human, and decides nothing for them.",
    ]
    defaults, section = Policy(), ""
    for key in policy_keys():
        if key.section != section:
            section = key.section
            lines += ["", f"[{section}]"]
        lines += [*_comments(key, policy, defaults), f"{key.name} = {_toml(_value(policy, key))}"]
    return "\n".join(lines) + "\n"


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 from byte {error.start} on"
    except RecursionError:
        problem = "not TOML that can be read: brackets are nested too deeply"
    except ValueError as error:  # TOMLDecodeError, and numbers longer than Python reads
        problem = f"not TOML: {error}"
    raise PolicyProblem(path, [problem])


def _quoted_numbers(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Where a number is written as text, and the problem.  Only what no TOML number holds may be so written."""
    for key in policy_keys():
        section = content.get(key.section)
        given = section.get(key.name) if isinstance(section, dict) else None
        if key.is_number and isinstance(given, str) and _is_plain_number(given):
            said = f"{key.dotted} = {shorten(_toml(given), 80)}"
            yield (key.section, key.name), f"{said}: must be {key.allowed}, written without quotes"


def _is_plain_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    if not number.is_finite():
        return False
    return abs(number.adjusted()) > _MOST_DIGITS or not _toml(number).startswith('"')


def _problem(detail: ErrorDetails, content: Mapping[str, Any]) -> str:
    loc = [str(part) for part in detail["loc"]]
    dotted, said = ".".join(_bare_or_quoted(part) for part in loc), f"= {shorten(_toml(detail['input']), 80)}"
    if detail["type"] == "extra_forbidden":
        return f"{dotted} {said}: there is no such key; {_hint(loc)}"
    if len(loc) == 1 and detail["type"] != "value_error":
        return f"{dotted} {said}: must be a section, written [{dotted}]"
    if len(loc) == 1:
        given = ", ".join(f"{name} = {_toml(value)}" for name, value in content[dotted].items())
        return f"{dotted}: {detail['ctx']['error']} (given: {given}; the others have their defaults)"
    key = next(key for key in policy_keys() if loc[:2] == [key.section, key.name])
    allowed = key.allowed if len(loc) == 2 else _TIME_ZONE
    return f"{dotted} {said}: must be {allowed}"


def _hint(loc: list[str]) -> str:
    """The key that was probably meant: of the same section, else of any; else all that there are."""
    keys = list(policy_keys())
    if len(loc) == 1:
        siblings = {key.section: key.section for key in keys}
    else:
        siblings = {key.name: key.dotted for key in keys if key.section == loc[0]}
    for known in (siblings, {key.name: key.dotted for key in keys}):
        near = get_close_matches(loc[-1], known, n=1)
        if near:
            return f"did you mean {known[near[0]]}?"
    return f"known: {', '.join(siblings)}"


def _comments(key: PolicyKey, policy: Policy, defaults: Policy) -> list[str]:
    about = [f"unit: {key.unit}"] if key.unit else []
    about.append(f"allowed: {key.range if key.is_number else key.allowed}")
    default = _value(defaults, key)
    if default != _value(policy, key):
        about.append(f"default: {_toml(default)}")
    about.append(f"source: {key.source}")
    texts = (key.description, "; ".join(about))
    return [f"# {line}" for text in texts for line in wrap(text, _COMMENT_WIDTH)]


def _value(policy: Policy, key: PolicyKey) -> object:
    return getattr(getattr(policy, key.section), key.name)


def _limit(field: FieldInfo, name: str) -> str:
    limits = [getattr(part, name) for part in field.metadata if hasattr(part, name)]
    assert len(limits) == 1, f"a number of the policy has one limit {name!r}"
    return f"{limits[0]:g}"


def _bare_or_quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: object) -> str:
    """One value as TOML has it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 128:
        return hex(value)  # a file may hold more digits, so written, than Python turns into decimal ones
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain if Decimal(repr(float(plain))) == value or value == int(value) else _toml(plain)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return str(value)
