"""The catalogue of what b12watch watches, written from the code: statements, rules, regimens, hazards, policy.

`b12watch catalogue` prints it; `docs/catalogue.md` is what it printed last, and a test compares the two.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping

from domain.regimens import ALL_REGIMENS
from domain.regimens.table import Regimen, Step
from domain.rules import ALL_RULES, Rule
from domain.statements import HAZARDS, STATEMENTS
from workers.policy_file import PolicyKey, policy_keys

_INTRODUCTION = """# Catalogue

What b12watch watches, written from the code by `b12watch catalogue tests/scenarios`; do not edit it by hand. What
the numbers mean and where they come from is told in [clinical-sources.md](clinical-sources.md); a clinician must sign
them off before live use. b12watch supports people and decides nothing for them.
"""


def catalogue(stories: Mapping[str, list[str]]) -> str:
    """The whole page; `stories` has, for each scenario by its name, what it shows."""
    parts = (
        _INTRODUCTION,
        _table("Statements", ("statement", "says", "in", "scenarios", "source"), _statements(stories)),
        _table("Rules", ("rule", "says", "version", "statements", "scenarios"), _rules(stories)),
        _table("Regimens", ("code", "regimen", "step", "earliest", "due", "overdue after", "ends with"), _regimens()),
        _table("Hazards", ("hazard", "is", "scenarios"), _hazards(stories)),
        _table("Policy", ("key", "default", "limits", "means", "source"), map(_policy_row, policy_keys())),
    )
    return "\n".join(parts)


def statements_of(rule: Rule) -> tuple[str, ...]:
    """The statements and sections that a rule names."""
    return tuple(rule.STATEMENTS.split(", "))


def _table(title: str, head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [f"## {title}", "", _row(head), _row("---" for _ in head), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _statements(stories: Mapping[str, list[str]]) -> Iterator[Iterable[str]]:
    for code, text in STATEMENTS.items():
        rules = [rule for rule in ALL_RULES if code in statements_of(rule)]
        regimens = [r for r in ALL_REGIMENS if any(code in step.statement.split(", ") for step in r.steps)]
        files = [_rule_link(rule) for rule in rules] + [_regimen_link(regimen) for regimen in regimens]
        yield code, text, ", ".join(dict.fromkeys(files)), _shown_by(code, stories), _sections(rules, regimens)


def _sections(rules: Iterable[Rule], regimens: Iterable[Regimen]) -> str:
    named = [s for rule in rules for s in statements_of(rule) if s.startswith("section")]
    told = ["section 2" for _ in regimens]
    return ", ".join(sorted({*named, *told}))


def _rule_link(rule: Rule) -> str:
    return f"[{rule.RULE_ID}](../domain/rules/{rule.RULE_ID.replace('-', '_')}.py)"


def _regimen_link(regimen: Regimen) -> str:
    return f"[{regimen.code}](../domain/regimens)"


def _shown_by(code: str, stories: Mapping[str, list[str]]) -> str:
    return ", ".join(f"[{name}](../tests/scenarios/{name}.yaml)" for name, shows in stories.items() if code in shows)


def _rules(stories: Mapping[str, list[str]]) -> Iterator[Iterable[str]]:
    for rule in sorted(ALL_RULES, key=lambda rule: rule.RULE_ID):
        first = (inspect.getdoc(rule) or "").split("\n\n")[0].replace("\n", " ")
        told = sum(1 for shows in stories.values() if set(shows) & set(statements_of(rule)))
        yield _rule_link(rule), first, str(rule.VERSION), rule.STATEMENTS, str(told)


def _regimens() -> Iterator[Iterable[str]]:
    for regimen in ALL_REGIMENS:
        for step in regimen.steps:
            gap = step.gap
            late = "due day and grace" if gap.overdue_after is None else str(gap.overdue_after)
            yield regimen.code, regimen.name, step.phase, str(gap.earliest), str(gap.due), late, _end_of(step)


def _end_of(step: Step) -> str:
    ends = []
    if step.doses is not None:
        ends.append(f"{step.doses} doses" if step.doses_most is None else f"{step.doses} to {step.doses_most} doses")
    if step.days is not None:
        ends.append(f"the first dose after {step.days} days")
    if step.until is not None:
        ends.append(f'"{step.until}"')
    if step.until_normal_haemoglobin:
        ends.append("a normal haemoglobin")
    return " or ".join(ends) or "nothing"


def _hazards(stories: Mapping[str, list[str]]) -> Iterator[Iterable[str]]:
    for code, text in HAZARDS.items():
        yield code, text, _shown_by(code, stories)


def _policy_row(key: PolicyKey) -> Iterable[str]:
    return f"`{key.dotted}`", _shown(key), key.range if key.is_number else "", key.description, key.source


def _shown(key: PolicyKey) -> str:
    default = key.field.get_default(call_default_factory=True)
    return str(default) if key.is_number else json.dumps(default)
