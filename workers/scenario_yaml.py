"""YAML as scenarios want it: `no` is a word and not a truth value, 9:30 is a time of day, and no key stands twice."""

from __future__ import annotations

import re
from typing import Any

import yaml

_PLAIN_TAGS = "tag:yaml.org,2002:"


class _Reader(yaml.SafeLoader):
    """Plain YAML 1.2 words: only true and false are truth values, and numbers have no colons."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # the library's own name; filled below


def _mapping(reader: _Reader, node: yaml.MappingNode) -> dict[Any, Any]:
    reader.flatten_mapping(node)
    pairs = [
        (reader.construct_object(key, deep=True), reader.construct_object(value, deep=True))
        for key, value in node.value
    ]
    content = dict(pairs)
    if len(content) != len(pairs):
        raise yaml.constructor.ConstructorError(None, None, "a word stands twice in one place", node.start_mark)
    return content


_Reader.add_constructor(f"{_PLAIN_TAGS}map", _mapping)
for _tag, _pattern, _first in (
    ("bool", "true|false", "tf"),
    ("null", "null|~|", ["n", "~", ""]),
    ("int", "[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?[0-9]*\.[0-9]+", "-+.0123456789"),
    ("timestamp", r"\d{4}-\d{2}-\d{2}", "0123456789"),
):
    _Reader.add_implicit_resolver(f"{_PLAIN_TAGS}{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def read_yaml(text: str) -> Any:
    """The content of the text.  Raises: yaml.YAMLError."""
    return yaml.load(text, _Reader)  # noqa: S506  # a SafeLoader
