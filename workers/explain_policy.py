"""Which numbers of the policy made an answer, by trial: each is moved up and down until the answer is another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from domain.policy import Policy
from workers.explain_answers import Effect, Weight
from workers.explain_trials import Moment
from workers.policy_file import PolicyKey, policy_keys

_DIGITS = {int: 0, Decimal: 1, float: 2}  # after the point, of the values that are tried


@dataclass(frozen=True, slots=True)
class Edge:
    """From `value` on (at most, or at least) the answer would be another."""

    value: Decimal
    is_upper: bool
    effect: Effect

    @property
    def words(self) -> str:
        return f"{'at least' if self.is_upper else 'at most'} {self.value.normalize():f}"


@dataclass(slots=True)
class KeyTrial:
    """One key of the policy whose value matters to some rule: the edges by rule, and rules where words alone differ.

    A key that holds no number is tried with its default alone: `defaults` has the effects.
    """

    key: PolicyKey
    value: object
    edges: dict[str, list[Edge]] = field(default_factory=dict)
    defaults: dict[str, Effect] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    def matters_to(self, rule: str) -> bool:
        return rule in self.edges or rule in self.defaults or rule in self.words


def key_trials(moment: Moment) -> Iterator[KeyTrial]:
    """Every key of the policy that matters to some rule at this moment."""
    defaults = Policy()
    for key in policy_keys():
        value = _value(moment.state.policy, key)
        trial = KeyTrial(key, value)
        if key.is_number:
            _Scale(moment, trial).walk()
        elif value != _value(defaults, key):
            answers = moment.with_policy(_with(moment.state.policy, key, _value(defaults, key)))
            trial.defaults = moment.effects(answers)
        if trial.edges or trial.defaults or trial.words:
            yield trial


def _value(policy: Policy, key: PolicyKey) -> Any:
    return getattr(getattr(policy, key.section), key.name)


def _with(policy: Policy, key: PolicyKey, value: object) -> Policy:
    """Raises: ValidationError where another number of the policy forbids this one."""
    data = policy.as_data()
    data[key.section][key.name] = value
    return Policy.model_validate(data)


class _Scale:
    """The values that one number may have, as steps from the present one; the effects at each are worked out once."""

    def __init__(self, moment: Moment, trial: KeyTrial) -> None:
        self._moment = moment
        self._trial = trial
        kind = trial.key.field.annotation
        self._kind: Any = kind
        self._value = Decimal(str(trial.value))
        exponent = self._value.normalize().as_tuple().exponent
        assert isinstance(exponent, int) and kind in _DIGITS
        self._step = Decimal(1).scaleb(min(-_DIGITS[kind], exponent))
        self._effects: dict[int, Mapping[str, Effect] | None] = {0: {}}

    def walk(self) -> None:
        """Go down and up in steps that double, and find the edge wherever two of them give different answers."""
        for direction, limit in ((-1, "ge"), (1, "le")):
            end = Decimal(str(next(getattr(m, limit) for m in self._trial.key.field.metadata if hasattr(m, limit))))
            steps = int(abs(end - self._value) / self._step)
            here, stride = 0, 1
            while here != steps:
                there = min(here + stride, steps)
                if self._at(direction * there) is None:
                    there = steps = self._last_allowed(here, there, direction)
                self._compare(here, there, direction)
                here, stride = there, stride * 2

    def _last_allowed(self, allowed: int, refused: int, direction: int) -> int:
        while refused - allowed > 1:
            middle = (allowed + refused) // 2
            if self._at(direction * middle) is None:
                refused = middle
            else:
                allowed = middle
        return allowed

    def _compare(self, here: int, there: int, direction: int) -> None:
        before, after = self._at(direction * here) or {}, self._at(direction * there) or {}
        for rule in {**before, **after}:
            if _sort(before, rule) != _sort(after, rule):
                self._edge(rule, here, there, direction)

    def _edge(self, rule: str, here: int, there: int, direction: int) -> None:
        """The first step from `here` on that gives another answer than `here`."""
        sort = _sort(self._at(direction * here) or {}, rule)
        while there - here > 1:
            middle = (here + there) // 2
            if _sort(self._at(direction * middle) or {}, rule) == sort:
                here = middle
            else:
                there = middle
        found = (self._at(direction * there) or {}).get(rule)
        if found is None:
            return
        if found.weight is Weight.WORDS:
            self._trial.words.add(rule)
            return
        edge = Edge(self._value + direction * there * self._step, direction > 0, found)
        self._trial.edges.setdefault(rule, []).append(edge)

    def _at(self, step: int) -> Mapping[str, Effect] | None:
        """The effects of the value so many steps away; None where the policy refuses it."""
        if step not in self._effects:
            value = self._value + step * self._step
            given = str(value) if self._kind is Decimal else self._kind(value)
            try:
                policy = _with(self._moment.state.policy, self._trial.key, given)
            except ValidationError:
                self._effects[step] = None
            else:
                self._effects[step] = self._moment.effects(self._moment.with_policy(policy))
        return self._effects[step]


def _sort(effects: Mapping[str, Effect], rule: str) -> object:
    return effects[rule].sort if rule in effects else None
