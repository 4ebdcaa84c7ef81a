"""B12WATCH_FEEDS_FILE: read once, refused with every problem, and obeyed by each command that goes through intake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.topics.codecs.fhir.resources import ADMINISTRATION, CARE_PLAN, OBSERVATION, changed, coded, quantity
from tests.workers.command_line import b12watch
from workers.settings import SettingsProblem, load_settings

FEEDS = """[feeds.ward]
topics = ["lab-results"]
patients = [{ assigner = "https://hospital.example/mrn" }]
patient_references = ""
tests = [{ system = "local", code = "PLT", analyte = "platelets", unit = "10*9/L" }]
"""
LOCAL = changed(OBSERVATION, code=coded(("local", "PLT")), valueQuantity=quantity(42, "10*9/L"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A plan, and platelets under a code that only the file knows."""
    sent = [CARE_PLAN, LOCAL, changed(ADMINISTRATION, effectiveDateTime="2026-01-05T12:00:00Z")]
    lines = (
        {"topic": "lab-results", "timestamp": f"2026-01-05T1{n}:00:00Z", "value": json.dumps(content)}
        for n, content in enumerate(sent)
    )
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> Path:
    file = tmp_path / "feeds.toml"
    file.write_text(text)
    monkeypatch.setenv("B12WATCH_FEEDS_FILE", str(file))
    return file


def test_without_a_file_nothing_is_known_of_feeds() -> None:
    assert load_settings().feeds.names == frozenset()


def test_the_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, tmp_path, FEEDS)
    assert load_settings().feeds.names == {"ward"}


@pytest.mark.parametrize("text", ["[feeds", '[feeds.a]\nzone = "Nowhere"\n[feeds.b]\ntopic = ["x"]'])
def test_every_problem_of_the_file_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    file = given(monkeypatch, tmp_path, text)
    with pytest.raises(SettingsProblem) as caught:
        load_settings()
    assert all(problem.startswith(f"B12WATCH_FEEDS_FILE: {file}: ") for problem in caught.value.problems)
    assert len(caught.value.problems) == (2 if "feeds.b" in text else 1)
    ran = b12watch("config", "check")
    assert ran.exit_code == 2 and "B12WATCH_FEEDS_FILE" in ran.output


def test_a_file_that_is_not_there_or_is_no_text_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("B12WATCH_FEEDS_FILE", "/no/feeds")
    with pytest.raises(SettingsProblem, match=r"^B12WATCH_FEEDS_FILE: /no/feeds: No such file or directory$"):
        load_settings()
    given(monkeypatch, tmp_path, "").write_bytes(b"\xff")
    with pytest.raises(SettingsProblem, match="it is no text"):
        load_settings()


@pytest.mark.parametrize(
    "command",
    [
        ("replay", "--format", "json"),
        ("explain", "--patient", "p-1", "--at", "2026-01-05T11:30:00Z"),
    ],
)
def test_a_command_that_reads_sources_obeys_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: Path, command: tuple[str, ...]
) -> None:
    name, *options = command
    without = b12watch(name, log, *options)
    assert "platelets were 42" not in without.output
    given(monkeypatch, tmp_path, FEEDS)
    with_it = b12watch(name, log, *options)
    assert with_it.exit_code == 0 and "platelets were 42" in with_it.output
    given(monkeypatch, tmp_path, "[feeds")
    assert b12watch(name, log, *options).exit_code == 2
