"""The policy file: every problem is told, with key, value and what is allowed; what is shown reads back."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.judgement import Severity
from domain.policy import Policy
from workers.policy_file import PolicyKey, PolicyProblem, load_policy, policy_keys, show_policy

KEYS = list(policy_keys())


def read(text: str | bytes) -> Policy:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_policy(path)


def problems_of(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(PolicyProblem) as caught:
        read(text)
    return caught.value.problems


def values_of(key: PolicyKey) -> st.SearchStrategy[Any]:
    zones = st.sampled_from(["Europe/London", "America/St_Johns", "UTC"])
    if not key.is_number:
        return (
            st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), zones) if "ward" in key.name else zones
        )
    least, most = key.range.removeprefix("from ").split(" to ")
    if key.field.annotation is int:
        return st.integers(int(least), int(most))
    if key.field.annotation is float:
        return st.floats(float(least), float(most))
    return st.decimals(least, most) | st.decimals(least, most, places=20)


CHANGES = st.fixed_dictionaries({}, optional={key.dotted: values_of(key) for key in KEYS})


@given(CHANGES)
@example({"platelets.limit": Decimal("50.12345678901234567890"), "calendar.ward_time_zones": {'a "b" \x7f\n': "UTC"}})
def test_what_is_shown_is_read_back_to_the_same_version(changes: dict[str, Any]) -> None:
    content: dict[str, dict[str, Any]] = {}
    for dotted, value in changes.items():
        section, name = dotted.split(".")
        content.setdefault(section, {})[name] = value
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:  # numbers of one section that contradict each other
        for detail in error.errors():
            del content[str(detail["loc"][0])]
        policy = Policy.model_validate(content)
    assert read(show_policy(policy)).version == policy.version


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.dotted)
def test_every_key_says_what_it_is_where_it_comes_from_and_in_what_unit(key: PolicyKey) -> None:
    assert key.description
    assert key.source
    assert key.unit or not key.is_number
    assert key.allowed


def test_every_key_stands_in_what_is_shown_with_its_comment_before_it() -> None:
    lines = show_policy(Policy()).splitlines()
    shown = [line.split(" = ")[0] for line in lines if line[:1].isalpha()]
    assert shown == [key.name for key in KEYS]
    assert all(before.startswith("# ") for before, line in pairwise(lines) if line[:1].isalpha())


def test_the_first_lines_say_the_version_and_that_people_decide() -> None:
    first, second = show_policy(Policy()).splitlines()[:2]
    assert Policy().version in first
    assert "supports people" in second
    assert "decides nothing for them" in second


def test_a_default_is_told_only_where_the_value_differs_from_it() -> None:
    assert "default:" not in show_policy(Policy())
    changed = show_policy(read("[platelets]\nlimit = 60"))
    assert changed.count("default:") == 1
    assert (
        "# intramuscular injection is safe above, 10*9/L\n"
        "# unit: 10*9/L; allowed: from 20 to 100; default: 50; source: S24\n"
        "limit = 60\n"
    ) in changed


def test_an_empty_file_is_the_default_policy() -> None:
    assert read("").version == Policy().version


def test_a_byte_order_mark_and_crlf_are_no_matter() -> None:
    assert read(b"\xef\xbb\xbf[platelets]\r\nlimit = 60\r\n").platelets.limit == 60


@pytest.mark.parametrize("limit", ["60", "60.0", "6e1"])
def test_one_number_in_two_spellings_is_one_version(limit: str) -> None:
    assert read(f"[platelets]\nlimit = {limit}").version == read("[platelets]\nlimit = 60").version


def test_a_number_that_no_number_of_toml_holds_is_written_as_text_and_read_so() -> None:
    exact = "50.12345678901234567890"
    policy = read(f'[platelets]\nlimit = "{exact}"')
    assert policy.platelets.limit == Decimal(exact)
    assert read(show_policy(policy)) == policy


@pytest.mark.parametrize("limit", [20, 100])
def test_the_ends_of_a_range_are_allowed(limit: int) -> None:
    others = "critical_below = 10\nlow_below = 100"
    assert read(f"[platelets]\n{others}\nlimit = {limit}").platelets.limit == limit


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[platelets]\nlimit = 19.9", "platelets.limit = 19.9: must be a number from 20 to 100"),
        ("[platelets]\nlimit = 101", "platelets.limit = 101: must be a number from 20 to 100"),
        ("[platelets]\nlimit = nan", "platelets.limit = nan: must be a number from 20 to 100"),
        ("[platelets]\nlimit = true", "platelets.limit = true: must be a number from 20 to 100"),
        ('[platelets]\nlimit = "low"', 'platelets.limit = "low": must be a number from 20 to 100'),
        ("[platelets]\nlimit = [1, {a = 2}]", 'platelets.limit = [1, {"a" = 2}]: must be a number from 20 to 100'),
        ("[doses]\nminimum_age_years = 16.5", "doses.minimum_age_years = 16.5: must be a whole number from 16 to 21"),
        ("[doses]\nminimum_age_years = 15", "doses.minimum_age_years = 15: must be a whole number from 16 to 21"),
        (
            "[doses]\nminimum_age_years = 2024-01-01",
            "doses.minimum_age_years = 2024-01-01: must be a whole number from 16 to 21",
        ),
        (
            "[doses]\nshare_of_prescribed_at_least = inf",
            "doses.share_of_prescribed_at_least = inf: must be a number from 0.1 to 1",
        ),
        (
            '[calendar]\ntime_zone = "Mars"',
            'calendar.time_zone = "Mars": must be a time zone of the IANA database, as Europe/London',
        ),
        (
            '[calendar]\nward_time_zones = {"Ward 3" = "Mars"}',
            'calendar.ward_time_zones."Ward 3" = "Mars": must be a time zone of the IANA database, as Europe/London',
        ),
        (
            "[calendar]\nward_time_zones = 3",
            "calendar.ward_time_zones = 3: must be a table: for a ward's name, "
            "a time zone of the IANA database, as Europe/London",
        ),
        ("platelets = 5", "platelets = 5: must be a section, written [platelets]"),
        ("[platlets]", "platlets = {}: there is no such key; did you mean platelets?"),
        ("limit = 5", "limit = 5: there is no such key; did you mean platelets.limit?"),
        ("[platelets]\nlimt = 5", "platelets.limt = 5: there is no such key; did you mean platelets.limit?"),
        (
            "[platelets]\nolder_from_years = 80",
            "platelets.older_from_years = 80: there is no such key; did you mean injection.older_from_years?",
        ),
        ("[alerts]\nxyz = 1", "alerts.xyz = 1: there is no such key; known: closed_kept_days"),
        (
            "[platelets]\nlimit = 100\nlow_below = 99",
            "platelets: must rise: critical_below <= limit <= low_below <= normal_from "
            "(given: limit = 100, low_below = 99; the others have their defaults)",
        ),
        (
            '[platelets]\nlimit = "60"',
            'platelets.limit = "60": must be a number from 20 to 100, written without quotes',
        ),
        (
            '[doses]\nminimum_age_years = "18"',
            'doses.minimum_age_years = "18": must be a whole number from 16 to 21, written without quotes',
        ),
        (
            '[haemoglobin]\nlab_limit_within_g_per_l = "1e-9999"',
            'haemoglobin.lab_limit_within_g_per_l = "1e-9999": must be a number from 0 to 20, written without quotes',
        ),
        (
            "[injection]\npoint_grace_days_least = 7\npoint_grace_days_most = 6",
            "injection: point_grace_days_least must not be above point_grace_days_most "
            "(given: point_grace_days_least = 7, point_grace_days_most = 6; the others have their defaults)",
        ),
    ],
)
def test_a_problem_names_the_key_the_value_and_what_is_allowed(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("[platelets]\nlimit = \n", "not TOML: Invalid value (at line 2, column 9)"),
        ("[platelets]\nlimit = 5\nlimit = 6\n", "not TOML: Cannot overwrite a value (at line 3"),
        (b"# \xff", "not UTF-8 from byte 2 on"),
        ("a = " + "[" * 100_000, "not TOML that can be read: brackets are nested too deeply"),
        ("[platelets]\nlimit = " + "9" * 5000, "not TOML: "),
        ("[platelets]\nlimit = 0x" + "f" * 5000, "platelets.limit = [...]: must be a number"),
        ("[doses]\nminimum_age_years = 0x" + "f" * 5000, "doses.minimum_age_years = [...]: must be a whole number"),
    ],
)
def test_a_file_that_is_no_toml_is_one_problem_and_says_where(text: str | bytes, beginning: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(beginning)


def test_all_problems_are_told_at_once_each_with_the_file() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ours.toml"
        path.write_text("limit = 5\n[platelets]\nlimit = 5\n[alerts]\nclosed_kept_days = 0\n")
        with pytest.raises(PolicyProblem) as caught:
            load_policy(path)
    assert len(caught.value.problems) == 3
    assert all(line.startswith(f"{path}: ") for line in str(caught.value).splitlines())


def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(PolicyProblem, match="cannot be read: "):
            load_policy(path)


def test_a_class_for_a_rule_that_there_is_not_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[severities.overrides.potassium-lo]\nhigh = "critical"\n')
    with pytest.raises(PolicyProblem, match="did you mean 'potassium-low'"):
        load_policy(file)
    file.write_text('[severities.overrides.potassium-low]\nhigh = "critical"\n')
    assert load_policy(file).severities.of("potassium-low", Severity.HIGH) is Severity.CRITICAL
    assert load_policy(file).severities.of("potassium-low", Severity.INFO) is Severity.INFO
