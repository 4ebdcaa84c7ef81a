"""What was wrong with a message, as one place and one sentence that repeat nothing of what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

WHOLE_MESSAGE: Final = "(message)"
_PLAINER: Final = {
    "extra_forbidden": "there is a field that this shape does not have",
    "missing": "the field is missing",
    "string_pattern_mismatch": "an identifier is not empty, has no white space around it and no control characters",
    "json_invalid": "not JSON",
    "union_tag_invalid": "this kind of message is not known",
    "string_unicode": "the text is not well-formed Unicode",
}


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom something is about that could not be read, as far as that could.

    `fact_id` and `version` tell which fact it would have been ("" and 0: nobody knows), so that a later version of it
    is recognised.
    """

    patient_id: str
    fact_id: str = ""
    version: int = 0


class Refused(Exception):
    """The way out of any depth of reading: what is wrong where.  Whoever began to read makes a dead letter of it."""

    def __init__(self, where: str, problem: str, whose: tuple[Whose, ...] = ()) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem
        self.whose = whose

    def under(self, path: str) -> Refused:
        """The same, seen from further out."""
        return Refused(path if self.where == WHOLE_MESSAGE else f"{path}.{self.where}", self.problem, self.whose)

    def about(self, *whose: Whose) -> Refused:
        """The same, by somebody who knows whom it is about; what is known of that already stays."""
        return Refused(self.where, self.problem, self.whose or whose)


def first_problem(error: ValidationError) -> tuple[str, str]:
    """The path of the first field that was refused, and why; the name of a field that we do not know stays out."""
    errors = error.errors(include_url=False, include_input=False)
    first = errors[0]
    location = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    problem = _PLAINER.get(first["type"]) or str(first.get("ctx", {}).get("error") or first["msg"])
    return ".".join(str(part) for part in location) or WHOLE_MESSAGE, f"{problem}{_others(len(errors) - 1)}"


def _others(count: int) -> str:
    if count == 0:
        return ""
    return "; 1 more field is wrong" if count == 1 else f"; {count} more fields are wrong"
