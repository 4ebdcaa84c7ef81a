"""docs/intake.md says what intake reads: its tables are those of the code, and its example is a good file."""

from __future__ import annotations

import re

from domain.facts import Drug
from tests.intake_doc import DOCUMENT, written
from topics.codecs.fhir.message import READERS
from topics.codecs.hl7v2.administrations import COMPLETIONS
from topics.codecs.hl7v2.results import STATUSES, WITHDRAWN
from topics.codecs.source_message import FEED_HEADER
from topics.meaning.feeds import FeedFile, read_feeds

TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_tables_are_those_that_intake_reads_by() -> None:
    assert written(TEXT) == TEXT, "python -m tests.intake_doc writes them anew"


def test_the_file_that_it_shows_is_a_good_one_and_shows_every_setting() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    feeds = read_feeds(shown)
    assert feeds.names == {"lab", "mar"}
    mar = feeds.named("mar")
    assert mar is not None and mar.medications == {"Medication/b12-1mg": Drug.HYDROXOCOBALAMIN}
    assert [name for name in FeedFile.model_fields if name not in shown] == []


def test_every_status_of_hl7_v2_has_its_row() -> None:
    cells = re.findall(r"^\| ([^|]*) \|", TEXT, re.MULTILINE)
    letters = {word for cell in cells for word in re.findall(r"`([A-Z]{1,2})`", cell)}
    assert {letter for letter in (*STATUSES, *WITHDRAWN, *COMPLETIONS) if letter} <= letters
    assert cells.count("empty") == 2


def test_every_resource_that_is_read_has_its_row() -> None:
    assert {name for name in READERS if f"| {name} |" not in TEXT} == set()
    assert f"`{FEED_HEADER}`" in TEXT
