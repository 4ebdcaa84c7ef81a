"""The picture has what it should have, where it should be, and every label can be read."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from domain.facts import (
    AdministrationStatus,
    Analyte,
    Cause,
    Comparator,
    EndReason,
    Finding,
    Pregnancy,
    ResultStatus,
    Sex,
    TreatmentPlan,
)
from tests.kit import (
    LONDON,
    assessment,
    day,
    ended,
    folic_acid,
    haemoglobin,
    injection,
    injections,
    loading,
    plan,
    platelets,
    result,
    supply,
    transfusion,
    vitamin_b12,
)
from tests.workers.explaining import OVERDUE, PATIENT, PLATELETS, history, log_of, recording
from workers.records import InputRecord
from workers.timeline_picture import draw, picture_of, settings
from workers.timeline_picture_alerts import looks_of
from workers.timeline_picture_panel import Scale, number
from workers.timeline_picture_story import Story, story_of

ID = "{http://www.w3.org/2000/svg}g"

WITHOUT_LIMITS = (
    Analyte.METHYLMALONIC_ACID,
    Analyte.HOMOCYSTEINE,
    Analyte.RETICULOCYTE_SHARE,
    Analyte.CREATININE,
    Analyte.EGFR,
)
INJECTIONS = log_of(
    plan(0, fact_id="plan"),
    platelets(0, 20, fact_id="low"),
    *injections(0, 2, 4),
    platelets(5, 240, fact_id="better"),
    *injections(7, 9, 11),
    injection(13, status=AdministrationStatus.NOT_DONE, fact_id="refused"),
    haemoglobin(15, 88, low=115, fact_id="haemoglobin-1"),
    *(platelets(n, 240) for n in range(20, 26)),
    assessment(40, Finding.STILL_IMPROVING, fact_id="seen"),
    haemoglobin(60, 112, comparator=Comparator.LESS, fact_id="haemoglobin-2"),
    haemoglobin(61, 118, status=ResultStatus.PRELIMINARY, fact_id="haemoglobin-3"),
    injection(75, reported=True, fact_id="elsewhere"),
    transfusion(76, fact_id="blood"),
)
TABLETS = log_of(
    vitamin_b12(-2, 120),
    folic_acid(-1, fact_id="folic"),
    plan(0, "R7", cause=Cause.DIETARY),
    supply(1, 28, fact_id="first"),
    platelets(2, 90, clumped=True, fact_id="clumped"),
    supply(35, 28, fact_id="second"),
    vitamin_b12(40, 400),
    platelets(41, None, absent_reason="haemolysed", fact_id="none"),
)
ENDED = log_of(
    plan(0, "R1"),
    *injections(0, 2, 4),
    assessment(6, Finding.NO_FURTHER_IMPROVEMENT, Finding.NEUROLOGY_IMPROVED),
    assessment(7, Finding.REFERRED_TO_NEUROLOGY),
    plan(20, "R1", end=ended(20, EndReason.DIED), fact_id="end"),
)


def story(log: list[InputRecord], until: datetime | None = None, patient_id: str = PATIENT) -> Story:
    return story_of(history(log, patient_id, until=until))


def drawn(told: Story, tmp_path: Path) -> Counter[str]:
    """The ids of the groups of the picture."""
    path = tmp_path / "picture.svg"
    draw(told, path, "svg", "log.jsonl")
    return Counter(group.get("id", "") for group in ElementTree.parse(path).iter(ID))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """What is in the picture of the injections."""
    return drawn(story(INJECTIONS), tmp_path_factory.mktemp("injections"))


@pytest.fixture(scope="module")
def found_of_tablets(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    return drawn(story(TABLETS), tmp_path_factory.mktemp("tablets"))


# --- what is drawn -----------------------------------------------------------------------------------------------


def test_doses_are_marked_by_what_they_count_for(found: Counter[str]) -> None:
    doses = {name for name in found if name.startswith("dose:")}
    assert doses == {
        *(f"dose:counted:{fact.fact_id}" for fact in loading()),
        "dose:not counted:refused",
        "dose:reported:elsewhere",
    }


def test_a_dose_that_the_entering_plan_tells_is_a_reported_one(tmp_path: Path) -> None:
    log = log_of(plan(0, fact_id="plan", entered_as="maintenance", last_dose=day(-20).date()))
    assert "dose:reported:plan" in drawn(story(log), tmp_path)


def test_a_window_ends_with_the_dose_and_what_came_too_late_is_overdue() -> None:
    told = story(log_of(plan(0), *injections(0, 2, 6)), until=day(7))
    windows = [(window.begins, window.ends) for window in told.windows]
    assert windows == [(day(1, 0), day(2)), (day(3, 0), day(6, 0)), (day(7, 0), day(10, 0))]
    assert [(late.begins, late.ends) for late in told.overdue] == [(day(6, 0), day(6))]
    assert [mark.name for mark in told.due] == ["due:2026-01-07", "due:2026-01-09", "due:2026-01-13"]


def test_what_is_overdue_at_the_end_is_so_up_to_the_end() -> None:
    told = story(log_of(plan(0), injection(0)), until=day(9))
    assert [(late.begins, late.ends) for late in told.overdue] == [(day(4, 0), day(9))]
    assert told.known_to == told.ends == day(9)


def test_a_dose_charted_late_stands_where_it_was_given_and_its_alert_where_it_was_raised() -> None:
    log = log_of(plan(0), platelets(0, 240), injection(0), (day(8), injection(3, fact_id="late")))
    told = story(log)
    assert [mark.at for mark in told.doses] == [day(0), day(3)]
    assert [(late.begins, late.ends) for late in told.overdue] == [(day(7, 0), day(8))]
    (first, second) = (bar for bar in told.alerts if bar.rule == OVERDUE)
    assert [(stretch.begins, stretch.ends) for stretch in first.stretches] == [(day(4, 0), day(8))]
    assert (first.end, first.ends) == ("withdrawn", day(8))
    assert second.end == "open"


def test_phases_are_a_band_without_gaps() -> None:
    told = story(log_of(plan(0), *loading()), until=day(30))
    assert [phase.sort for phase in told.phases] == ["loading", "maintenance"]
    assert all(one.ends == other.begins for one, other in itertools.pairwise(told.phases))
    assert told.phases[-1].ends == told.known_to


def test_the_end_of_the_treatment_is_a_phase() -> None:
    told = story(ENDED, until=day(30))
    assert told.phases[-1].sort == "ended" and told.phases[-1].begins == day(20)
    assert told.next_dose == "at the end: no next dose: the treatment has ended"


def test_results_stand_against_the_limits_of_the_policy_and_the_laboratorys_own(found: Counter[str]) -> None:
    assert {"limit:haemoglobin:120", "limit:platelets:50", "limit:platelets:25"} <= found.keys()
    assert {f"result:haemoglobin-{n}" for n in (1, 2, 3)} <= found.keys()
    assert "own-result:haemoglobin-1" in found and "own-result:haemoglobin-2" not in found
    (haemoglobin_series,) = (series for series in story(INJECTIONS).series if series.name == "haemoglobin")
    says = [(point.says, point.is_final) for point in haemoglobin_series.points]
    assert says == [("88", True), ("<112", True), ("118", False)]


@pytest.mark.parametrize(
    ("order", "limits"),
    [
        (plan(0, sex=Sex.MALE), [130]),
        (plan(0, sex=Sex.UNKNOWN), [120, 130]),
        (plan(0, pregnancy=Pregnancy.SECOND_TRIMESTER), [105]),
    ],
    ids=["a man", "unknown", "second trimester"],
)
def test_the_limit_of_haemoglobin_is_the_patients(order: TreatmentPlan, limits: list[int]) -> None:
    (series,) = story(log_of(order, haemoglobin(1, 100))).series
    assert [limit.value for limit in series.limits] == limits


@pytest.mark.parametrize("analyte", [analyte for analyte in Analyte if analyte not in WITHOUT_LIMITS])
def test_what_lies_under_a_limit_is_low_where_the_policy_says_so(analyte: Analyte) -> None:
    (series,) = story(log_of(plan(0), result(analyte, 1, 1))).series
    lows = [limit.value for limit in series.limits if limit.is_low]
    assert len(series.limits) >= 1
    assert len(lows) == (analyte is not Analyte.RETICULOCYTES)  # more of them is a good sign, fewer is none


@pytest.mark.parametrize("analyte", WITHOUT_LIMITS)
def test_an_analyte_without_a_limit_has_none(analyte: Analyte) -> None:
    (series,) = story(log_of(plan(0), result(analyte, 1, 1))).series
    assert series.limits == [] and len(series.points) == 1


def test_a_result_without_a_value_and_a_clumped_one_are_there(found_of_tablets: Counter[str]) -> None:
    told = story(TABLETS)
    (series,) = (series for series in told.series if series.name == "platelets")
    assert [(point.value, point.says) for point in series.points] == [(90.0, "90 (clumped)"), (None, "no value")]
    assert {"result:clumped", "result:none"} <= found_of_tablets.keys()


def test_supplies_findings_and_other_drugs_have_lanes(found: Counter[str], found_of_tablets: Counter[str]) -> None:
    assert {"supply:first", "supply:second", "drug:folic"} <= found_of_tablets.keys()
    assert {"finding:seen", "drug:blood"} <= found.keys()


def test_alerts_go_from_raised_to_closed_with_their_severities(found: Counter[str]) -> None:
    told = story(INJECTIONS)
    first = next(bar for bar in told.alerts if bar.rule == PLATELETS)
    assert first.stretches[0].begins == day(0) and first.ends == day(5) and first.end == "resolved"
    assert [stretch.sort for stretch in first.stretches][-1] == "critical"
    names = {stretch.name for bar in told.alerts for stretch in bar.stretches}
    assert names <= found.keys() and names


def test_a_withdrawn_alert_and_an_open_one_are_told_apart(tmp_path: Path) -> None:
    told = story(recording("examples/first.jsonl"), datetime.fromisoformat("2026-01-15T00:00:00Z"), "p-1")
    ends = {name.split(":")[0] for name in drawn(told, tmp_path)}
    assert {"withdrawn", "open"} <= ends
    assert looks_of("high", is_unknown=False, is_withdrawn=True) != looks_of(
        "high", is_unknown=False, is_withdrawn=False
    )


def test_the_picture_begins_where_it_is_told_and_leaves_out_what_was_before() -> None:
    told = story_of(history(INJECTIONS), begins=day(10))
    assert [mark.name for mark in told.doses][:2] == [
        "dose:counted:injection-20260116T090000",
        "dose:not counted:refused",
    ]
    assert told.begins == day(10) and min(phase.begins for phase in told.phases) == day(10)
    assert "low" not in {point.name for series in told.series for point in series.points}


def test_what_was_forgotten_since_is_drawn_all_the_same() -> None:
    whole = history(INJECTIONS)
    last = whole.states[-1]
    forgotten = last.record.__class__(PATIENT).restore(k for k in last.record if "injection" not in k.fact.fact_id)
    whole.states.append(last.__class__(last.at, forgotten, last.policy))
    assert len([mark for mark in story_of(whole).doses if mark.sort == "counted"]) == 6


def test_the_next_dose_stands_in_words() -> None:
    assert story(log_of(plan(0), injection(0))).next_dose == (
        "at the end: next dose from 6 January 2026, due 7 January 2026, overdue after 8 January 2026"
    )


# --- how it is drawn ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture_format", ["svg", "png"])
def test_two_pictures_of_one_story_are_the_same_file(tmp_path: Path, picture_format: str) -> None:
    paths = [tmp_path / f"{n}.{picture_format}" for n in (1, 2)]
    for path in paths:
        draw(story(INJECTIONS), path, picture_format, "log.jsonl")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_no_date_of_the_drawing_is_in_the_file(tmp_path: Path) -> None:
    draw(story(INJECTIONS), tmp_path / "picture.svg", "svg", "log.jsonl")
    assert "dc:date" not in (tmp_path / "picture.svg").read_text()


def test_each_id_is_there_once(found: Counter[str], found_of_tablets: Counter[str]) -> None:
    for names in (found, found_of_tablets):
        assert [name for name, times in names.items() if times > 1 and name] == []


def test_a_patients_name_is_text_and_no_formula(tmp_path: Path) -> None:
    told = story(INJECTIONS)
    told.patient_id = "<$x_1$ & co>"
    draw(told, tmp_path / "picture.svg", "svg", "log.jsonl")
    texts = [element.text for element in ElementTree.parse(tmp_path / "picture.svg").iter() if element.text]
    assert "Patient <$x_1$ & co>" in texts
    assert any("supports people and decides nothing" in text for text in texts)


@pytest.mark.parametrize("log", [INJECTIONS, TABLETS, ENDED], ids=["injections", "tablets", "ended"])
@pytest.mark.parametrize("days", [0, 900])
def test_no_label_runs_into_another_or_off_the_picture(log: list[InputRecord], days: int) -> None:
    last = log[-1].timestamp
    figure = _figure(story(log, until=last if not days else day(days)))
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _texts(figure)]
    assert len(boxes) > 15
    for text, box in boxes:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert inside, f"{text!r} runs off the picture"
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not across, f"{one!r} and {other!r} run into each other"


def test_of_two_dates_that_are_too_near_to_each_other_one_is_left_out() -> None:
    begins, ends = datetime(2025, 11, 17, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)
    scale = Scale(begins, ends, ends, LONDON)
    apart = [(later - earlier) * scale.day_in for earlier, later in itertools.pairwise(scale.ticks)]
    assert len(apart) > 5 and min(apart) >= 0.5
    assert number(datetime(2025, 12, 1, tzinfo=UTC)) in scale.ticks


def test_days_begin_at_the_wards_midnight_in_summer_too() -> None:
    figure = _figure(story(INJECTIONS, until=day(300)))
    dates = [label.get_text() for label in figure.axes[-1].get_xticklabels()]
    assert {"Mar", "Jul", "Sep"} <= set(dates)
    assert not any(":" in text for text in dates)


def _figure(told: Story) -> Figure:
    with settings():
        figure = picture_of(told, "log.jsonl")
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return figure


def _texts(figure: Figure) -> list[Text]:
    """The texts that are seen: of the ticks those within their panel."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        (bottom, top), (left, right) = sorted(axes.get_ylim()), axes.get_xlim()
        texts += [*axes.texts, *(t for t in axes.get_yticklabels() if bottom <= t.get_position()[1] <= top)]
    texts += [t for t in figure.axes[-1].get_xticklabels() if left <= t.get_position()[0] <= right]
    return [text for text in (*texts, figure.axes[-1].xaxis.label) if text.get_text().strip()]
