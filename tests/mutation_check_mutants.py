"""Mutants of a source file: the same module with one comparison, limit or sense changed, compiled and never written.

Changed are what a threshold is made of: `<` and its kin, `is`, `in`, `and`, `or`, `not`, numbers (one unit up, one
down; `Decimal("0.25")` by 0.01), min and max, any and all.  The domain hides comparisons in words, and those count as
well: `is_below(count, limit)` becomes "at or below", a limit day loses its last hours, `reached` misses the instant.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import CodeType

# What mutants call by name; they are put into the mutated module before it runs.
GIVEN_NAMES = {
    "ONE_DAY": timedelta(days=1),
    "AN_INSTANT": timedelta(microseconds=1),
    "A_LITTLE": Decimal("1e-9"),
}

_OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any"}
# word of the domain -> which argument is its limit, and the move that makes "before" of "at or before" or the reverse
_MOVED_LIMIT: dict[str, tuple[int, ast.operator, str]] = {
    "after_day": (0, ast.Sub(), "ONE_DAY"),
    "start_of_day": (0, ast.Add(), "ONE_DAY"),
    "is_below": (1, ast.Add(), "A_LITTLE"),
    "is_above": (1, ast.Sub(), "A_LITTLE"),
    "reached": (0, ast.Add(), "AN_INSTANT"),
}
_NUMBER = re.compile(r"\d+(\.\d+)?")
_NUMBERS_AS_TEXT = {"Decimal", "number"}  # calls in which a text is a number
_NO_DECISION = {"annotation", "returns", "decorator_list"}  # parts of the tree in which nothing is decided
_SHORT = 60  # a number is shown in the longest expression around it that is no longer
_LONG = 110  # and of what is longer only the surroundings of the change are shown
_KEPT = 40


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change in one file, ready to run in the place of the module."""

    path: str
    line: int
    old: str
    new: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.old} -> {self.new}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands in the tree; `anchor` and `name` are that by which a reader finds it."""

    parent: ast.AST
    field: str
    index: int | None
    anchor: ast.AST
    name: str

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants_of(source: str, path: str) -> Iterator[Mutant]:
    """All mutants of `source` in the order of the text."""
    tree = ast.parse(source)
    for place, node in list(_places(tree)):
        old = _text(place.anchor)
        for other in _alternatives(node, place.parent):
            place.put(ast.fix_missing_locations(ast.copy_location(other, node)))
            new = _text(other if place.anchor is node else place.anchor)
            shown_old, shown_new = _shortened(old, new)
            yield Mutant(path, node.lineno, place.name + shown_old, shown_new, compile(tree, path, "exec"))
            place.put(node)


def _places(parent: ast.AST, around: tuple[ast.AST, ...] = ()) -> Iterator[tuple[_Place, ast.expr]]:
    """Every expression with its place; `around` is what encloses `parent` within its statement, the nearest first."""
    around = (parent, *around) if isinstance(parent, ast.expr | ast.keyword | ast.Assign | ast.AnnAssign) else ()
    for field, value in ast.iter_fields(parent):
        if field in _NO_DECISION:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _decides_nothing(node):
                continue
            if isinstance(node, ast.expr):
                anchor = _shown_for(node, around) if isinstance(node, ast.Constant) else node
                yield _Place(parent, field, index, anchor, _name(around, anchor)), node
            yield from _places(node, around)


def _shown_for(number: ast.Constant, around: tuple[ast.AST, ...]) -> ast.AST:
    """What shows a reader which number it is, since a number alone says nothing."""
    short = [node for node in around if len(_text(node)) <= _SHORT]
    return short[-1] if short else around[0] if around else number


def _name(around: tuple[ast.AST, ...], anchor: ast.AST) -> str:
    """`limit: ` where the expression is a part of what a class gives to its key `limit`."""
    statement = around[-1] if around else None
    if isinstance(statement, ast.AnnAssign) and statement is not anchor:
        return f"{_text(statement.target)}: "
    return ""


def _decides_nothing(node: ast.AST) -> bool:
    """An assertion is no decision, and the version of a rule no threshold."""
    if isinstance(node, ast.Assert):
        return True
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(n, ast.Name) and n.id == "VERSION" for target in targets for n in ast.walk(target))


def _alternatives(node: ast.expr, parent: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Compare():
            for index, op in enumerate(node.ops):
                ops = [_OTHER_COMPARISON[type(o)]() if i == index else o for i, o in enumerate(node.ops)]
                if type(op) in _OTHER_COMPARISON:
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant():
            yield from _nudged(node.value, parent)
        case ast.Call():
            yield from _other_calls(node)


def _nudged(value: object, parent: ast.AST) -> Iterator[ast.expr]:
    """A number, one unit of its last place up and down."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return
    if isinstance(value, str):
        called = parent.func if isinstance(parent, ast.Call) else None
        is_number = isinstance(called, ast.Name) and called.id in _NUMBERS_AS_TEXT and _NUMBER.fullmatch(value)
        if not is_number:
            return
    number = Decimal(str(value))
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "neither infinity nor NaN is written as a number"
    unit = Decimal(1).scaleb(min(exponent, 0))
    for other in (number + unit, number - unit):
        yield ast.Constant(type(value)(str(other)))


def _other_calls(node: ast.Call) -> Iterator[ast.expr]:
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if isinstance(called, ast.Name) and name in _OTHER_NAME:
        yield ast.Call(ast.Name(_OTHER_NAME[name], ast.Load()), node.args, node.keywords)
    elif name in _MOVED_LIMIT:
        index, move, by = _MOVED_LIMIT[name]
        if len(node.args) > index:
            moved = ast.BinOp(node.args[index], move, ast.Name(by, ast.Load()))
            yield ast.Call(called, [*node.args[:index], moved, *node.args[index + 1 :]], node.keywords)
    elif name == "is_after" and isinstance(called, ast.Attribute) and node.args:
        mirrored = ast.Call(ast.Attribute(node.args[0], "is_after", ast.Load()), [called.value, *node.args[1:]], [])
        yield ast.UnaryOp(ast.Not(), mirrored)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _shortened(old: str, new: str) -> tuple[str, str]:
    """Both texts; of long ones only what differs and a little around it."""
    if max(len(old), len(new)) <= _LONG:
        return old, new
    begin = max(_shared(old, new) - _KEPT, 0)
    end = max(_shared(old[::-1], new[::-1]) - _KEPT, 0)
    before, after = "..." if begin else "", "..." if end else ""
    return before + old[begin : len(old) - end] + after, before + new[begin : len(new) - end] + after


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
