"""`b12watch timeline`: the file that it writes, and how it ends."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.workers.command_line import b12watch, said
from tests.workers.explaining import ROOT

FIRST = ROOT / "examples" / "first.jsonl"
THREE = ROOT / "tests" / "recordings" / "three-patients.jsonl"


def svg(tmp_path: Path, log: Path, patient: str, *arguments: str) -> tuple[set[str], list[str]]:
    """The ids of the picture, and its texts."""
    path = tmp_path / "picture.svg"
    result = b12watch("timeline", log, "--patient", patient, "-o", path, *arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    elements = list(ElementTree.parse(path).iter())
    return {e.get("id", "") for e in elements}, [e.text for e in elements if e.text]


def test_an_svg_has_every_dose_result_and_alert_of_the_log(tmp_path: Path) -> None:
    ids, texts = svg(tmp_path, FIRST, "p-1", "--until", "2026-01-15T00:00:00Z")
    assert {"dose:counted:administration/ward/dose-1", "dose:counted:administration/ward/dose-2"} <= ids
    assert "result:lab-result/laboratory/plt-1" in ids
    assert {"Patient p-1", "injection-overdue", "platelets-low-before-im"} <= set(texts)
    assert any("drawn from first.jsonl" in text for text in texts)


def test_the_three_sorts_of_doses_are_in_the_recorded_log(tmp_path: Path) -> None:
    ann, _ = svg(tmp_path, THREE, "ann")
    bob, _ = svg(tmp_path, THREE, "bob")
    cem, _ = svg(tmp_path, THREE, "cem")
    assert "dose:counted:administration/charts/ann-dose-8" in ann
    assert "dose:counted:administration/charts/ann-dose-3" not in ann  # entered in error
    assert "dose:reported:alert-action/feed/answer-1" in bob
    assert "dose:reported:treatment-plan/plans/plan-cem" in cem


def test_a_png_is_one(tmp_path: Path) -> None:
    path = tmp_path / "picture.PNG"
    result = b12watch("timeline", FIRST, "--patient", "p-1", "-o", path)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: p-1, 2 doses, 3 results, ")
    content = path.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG") and width == 1540 and 300 < height < 1500


def test_until_draws_what_was_known_then(tmp_path: Path) -> None:
    ids, texts = svg(tmp_path, FIRST, "p-1", "--until", "2026-01-05T15:00:00Z")
    assert "dose:counted:administration/ward/dose-2" not in ids
    assert any(" to 5 January 2026 15:00 GMT" in text for text in texts)
    assert not any(name.startswith("withdrawn:") for name in ids)
    assert "42" in texts  # the count that was corrected on the next day


def test_from_draws_what_came_since(tmp_path: Path) -> None:
    ids, _ = svg(tmp_path, FIRST, "p-1", "--from", "2026-01-08T00:00:00Z")
    assert "dose:counted:administration/ward/dose-1" not in ids
    assert "dose:counted:administration/ward/dose-2" in ids


def test_a_policy_file_stands_in_place_of_the_policy_of_the_log(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[platelets]\nlimit = 40\n")
    ids, _ = svg(tmp_path, FIRST, "p-1", "--policy", str(policy))
    assert "limit:platelets:40" in ids and "limit:platelets:50" not in ids


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--patient", "p-1", "-o", "picture.gif"), "-o: 'picture.gif' is neither a .svg nor a .png"),
        (("--patient", "p-9", "-o", "p.svg"), "the log says nothing of a patient 'p-9' that could be drawn"),
        (("--patient", "p-1", "-o", "none/p.svg"), "none/p.svg: No such file or directory"),
        (("--patient", "p-1", "-o", "p.svg", "--until", "soon"), "--until: 'soon' is not a time"),
        (("--patient", "p-1", "-o", "p.svg", "--until", "2025-01-01T00:00:00Z"), "'p-1' that could be drawn"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in said(b12watch("timeline", FIRST, *arguments))
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    sentence = said(b12watch("timeline", FIRST, "--patient", "p-1", "-o", tmp_path / "p.svg"))
    assert sentence.endswith("which is not installed; try: pip install matplotlib (the extra `pictures`)")


def test_lines_that_are_no_record_are_told_and_give_exit_code_1(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f"nothing\n{FIRST.read_text()}")
    result = b12watch("timeline", log, "--patient", "p-1", "-o", tmp_path / "p.svg")
    assert result.exit_code == 1
    assert (tmp_path / "p.svg").exists()
    assert "line 1: " in result.stderr
