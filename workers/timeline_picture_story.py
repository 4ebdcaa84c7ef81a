"""What the picture of one patient shows: doses, windows, phases and results by what is known now, alerts as they went.

The record is walked once more, from review to review, with everything that became known in the end: so a dose that was
charted late stands where it was given.  Alerts are those that were published, with the instants of their changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.alerts import AlertKind, Change, PublishedAlert
from domain.assess import Assessment, assess
from domain.calendar import ClinicalTime, after_day, start_of_day
from domain.doses import Dose
from domain.facts import Administration, ClinicalAssessment, Fact, MedicationSupply, SupplyStatus, TreatmentPlan
from domain.policy import Policy
from domain.record import Record
from domain.window import DoseWindow, NextDose, NoDose, Unclear
from domain.words import day_text
from workers.explain_history import History
from workers.timeline_picture_results import Series, all_series

COUNTED, REPORTED, NOT_COUNTED = "counted", "reported", "not counted"
_AHEAD = timedelta(days=14)
WITHDRAWN, RESOLVED, OPEN = "withdrawn", "resolved", "open"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an instant; `name` is its id in the picture."""

    name: str
    at: datetime
    sort: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something from one instant to another."""

    name: str
    begins: datetime
    ends: datetime
    sort: str
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class AlertBar:
    """One alert: its stretches by severity, and how it ended (or that it is open)."""

    alert_id: str
    rule: str
    stretches: list[Stretch]
    end: str
    ends: datetime


@dataclass(slots=True)
class Story:
    """Everything that is drawn, each list in the order of time; `known_to` is where what is known ends."""

    patient_id: str
    zone: ZoneInfo
    policy: Policy
    regimen: str
    next_dose: str
    begins: datetime
    known_to: datetime
    ends: datetime
    phases: list[Stretch] = field(default_factory=list)
    doses: list[Mark] = field(default_factory=list)
    windows: list[Stretch] = field(default_factory=list)
    due: list[Mark] = field(default_factory=list)
    overdue: list[Stretch] = field(default_factory=list)
    supplies: list[Stretch] = field(default_factory=list)
    findings: list[Mark] = field(default_factory=list)
    others: list[Mark] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    alerts: list[AlertBar] = field(default_factory=list)


def story_of(history: History, begins: datetime | None = None) -> Story:
    """The story that a history tells, from `begins` on where that is named."""
    record, policy = _everything(history), history.states[-1].policy
    walked = list(_walk(record, policy, history.ends_at))
    last = walked[-1]
    zone, plan = last.derived.case.zone, last.derived.case.plan
    story = Story(
        patient_id=history.patient_id,
        zone=zone,
        policy=policy,
        regimen=last.situation.regimen,
        next_dose=_next_dose(last.derived.case.next_dose),
        begins=history.states[0].at,
        known_to=history.ends_at,
        ends=history.ends_at,
        phases=_phases(walked, history.ends_at),
        doses=_doses(walked, zone),
        series=all_series(record, plan, policy, zone, history.ends_at),
        alerts=_alerts(history),
    )
    _draw_windows(story, walked)
    for known in sorted(record, key=lambda known: (known.fact.time.instant(zone), known.fact.fact_id)):
        _draw_fact(story, known.fact)
    _set_limits(story, record, begins)
    return story


def _next_dose(next_dose: NextDose) -> str:
    match next_dose:
        case DoseWindow(earliest=earliest, due=due, overdue_after=last):
            dates = f"from {day_text(earliest)}, due {day_text(due)}, overdue after {day_text(last)}"
            return f"at the end: next dose {dates}"
        case NoDose(because=because):
            return f"at the end: no next dose: {because}"
        case Unclear(because=because):
            return f"at the end: the next dose cannot be told: {because}"


def _everything(history: History) -> Record:
    """Each fact as it was known last, those among them that the record has forgotten since."""
    known = {fact_id: known for state in history.states for fact_id, known in state.record.known.items()}
    return Record(history.patient_id).restore(known.values())


def _walk(record: Record, policy: Policy, ends_at: datetime) -> Iterator[Assessment]:
    """The assessments from the first fact on, one for each instant at which something may change."""
    zones = [policy.zone_of(known.fact.ward) for known in record if isinstance(known.fact, TreatmentPlan)]
    zone = zones[0] if zones else policy.zone_of("")
    at = min((known.fact.time.instant(zone) for known in record), default=ends_at)
    at, assessment = min(at, ends_at), None
    while True:
        assessment = assess(record, policy, at, earlier=assessment)
        yield assessment
        if assessment.next_review_at is None or assessment.next_review_at > ends_at:
            return
        at = assessment.next_review_at


def _phases(walked: list[Assessment], ends_at: datetime) -> list[Stretch]:
    begins: list[tuple[datetime, str]] = []
    for assessment in walked:
        phase = assessment.situation.phase
        if not begins or begins[-1][1] != phase:
            begins.append((assessment.made_at, phase))
    ends = [*(at for at, _ in begins[1:]), ends_at]
    return [
        Stretch(f"phase:{phase}:{at:%Y-%m-%dT%H:%M:%S}", at, end, phase)
        for (at, phase), end in zip(begins, ends, strict=True)
        if end > at
    ]


def _doses(walked: list[Assessment], zone: ZoneInfo) -> list[Mark]:
    """The doses of all treatments, as each was seen last."""
    marks: dict[str, Mark] = {}
    for assessment in walked:
        dosing = assessment.derived.case.dosing
        for sort, doses in ((REPORTED, dosing.reported), (COUNTED, dosing.counted)):
            for dose in doses:
                marks[dose.facts[0].fact_id] = _dose(dose, sort, zone)
        if dosing.last is not None and isinstance(dosing.last.facts[0], TreatmentPlan):
            marks[dosing.last.facts[0].fact_id] = _dose(dosing.last, REPORTED, zone)
        for given in dosing.uncounted:
            name = f"dose:{NOT_COUNTED}:{given.fact.fact_id}"
            marks[given.fact.fact_id] = Mark(name, middle(given.fact.time, zone), NOT_COUNTED, str(given.why))
    return sorted(marks.values(), key=lambda mark: mark.at)


def _dose(dose: Dose, sort: str, zone: ZoneInfo) -> Mark:
    return Mark(f"dose:{sort}:{dose.facts[0].fact_id}", middle(dose.time, zone), sort)


def middle(clinical: ClinicalTime, zone: ZoneInfo) -> datetime:
    """The instant; noon where only the day is known."""
    if not clinical.is_day:
        return clinical.instant(zone)
    return datetime.combine(clinical.day(zone), time(12), tzinfo=zone)


def _draw_windows(story: Story, walked: list[Assessment]) -> None:
    """Each window from its first day to its last, or to the dose that came before; and what was overdue after it."""
    since: list[tuple[datetime, DoseWindow | None]] = []
    for assessment in walked:
        window = assessment.situation.next_dose
        if not since or since[-1][1] != window:
            since.append((assessment.made_at, window))
    ends: list[datetime | None] = [*(at for at, _ in since[1:]), None]
    for (begins, window), end in zip(since, ends, strict=True):
        if window is not None:
            _draw_window(story, window, begins, end)


def _draw_window(story: Story, window: DoseWindow, begins: datetime, end: datetime | None) -> None:
    """A window that was in force from `begins` on, to `end` or still (None)."""
    opens, due = start_of_day(window.earliest, story.zone), _noon(window.due, story.zone)
    closes = after_day(window.overdue_after, story.zone)
    first, last = max(opens, begins), closes if end is None else min(closes, end)
    if first < last:
        story.windows.append(Stretch(f"window:{window.due}:{first:%Y-%m-%dT%H:%M}", first, last, "window"))
    if first <= after_day(window.due, story.zone) and (end is None or start_of_day(window.due, story.zone) <= end):
        mark = Mark(f"due:{window.due}", due, "due")
        story.due = [*(other for other in story.due if other.name != mark.name), mark]
    late = story.known_to if end is None else end
    if max(closes, begins) < late:
        name = f"overdue:{window.due}:{max(closes, begins):%Y-%m-%dT%H:%M}"
        story.overdue.append(Stretch(name, max(closes, begins), late, "overdue"))


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), tzinfo=zone)


def _draw_fact(story: Story, fact: Fact) -> None:
    """What is no dose and no result: supplies, what clinicians found, folic acid and red cells."""
    at = middle(fact.time, story.zone)
    if at > story.known_to:
        return
    match fact:
        case MedicationSupply(status=SupplyStatus.COMPLETED, days=int(days)):
            ends = after_day(fact.time.day(story.zone) + timedelta(days=days - 1), story.zone)
            story.supplies.append(Stretch(f"supply:{fact.fact_id}", at, ends, "supply"))
        case ClinicalAssessment():
            text = ", ".join(sorted(finding.replace("-", " ") for finding in fact.findings))
            story.findings.append(Mark(f"finding:{fact.fact_id}", at, "finding", text))
        case Administration() if not fact.drug.is_cobalamin:
            story.others.append(Mark(f"drug:{fact.fact_id}", at, fact.status, fact.drug.replace("-", " ")))


def _alerts(history: History) -> list[AlertBar]:
    """One bar for each time that an alert was raised."""
    bars: list[AlertBar] = []
    for alert_id in history.alert_ids:
        run: list[PublishedAlert] = []
        for published in history.of_alert(alert_id):
            run.append(published.change.published)
            if not run[-1].is_open:
                bars.append(_bar(run, history.ends_at))
                run = []
        if run:
            bars.append(_bar(run, history.ends_at))
    return sorted(bars, key=lambda bar: (bar.stretches[0].begins, bar.rule))


def _bar(run: list[PublishedAlert], ends_at: datetime) -> AlertBar:
    last = run[-1]
    end = OPEN if last.is_open else WITHDRAWN if last.change is Change.WITHDRAWN else RESOLVED
    ends = ends_at if last.is_open else last.changed_at
    opened = run if last.is_open else run[:-1]
    times = [*(change.changed_at for change in opened[1:]), ends]
    stretches = [
        Stretch(
            f"alert:{change.alert.alert_id}:{change.revision}",
            change.changed_at,
            until,
            change.alert.severity.word,
            is_unknown=change.alert.kind is AlertKind.UNKNOWN,
        )
        for change, until in zip(opened, times, strict=True)
    ]
    return AlertBar(last.alert.alert_id, last.alert.rule, stretches, end, ends)


def _set_limits(story: Story, record: Record, begins: datetime | None) -> None:
    """From the first thing that is drawn to the end of what is known, or of the window that is still open."""
    starts = [k.fact.starts.instant(story.zone) for k in record if isinstance(k.fact, TreatmentPlan)]
    drawn = [mark.at for mark in (*story.doses, *story.findings, *story.others)]
    drawn += [point.at for series in story.series for point in series.points]
    drawn += [bar.stretches[0].begins for bar in story.alerts]
    story.begins = min((*starts, *drawn, story.known_to)) if begins is None else min(begins, story.known_to)
    ahead = max((story.known_to, *(stretch.ends for stretch in story.windows[-1:])))
    if ahead - story.known_to <= max(story.known_to - story.begins, _AHEAD):
        story.ends = ahead  # a window that is further ahead would squeeze what was
    _leave_out_earlier(story)


def _leave_out_earlier(story: Story) -> None:
    """What lies before the beginning is not drawn; a stretch that reaches over it begins there."""

    def later(stretches: list[Stretch]) -> list[Stretch]:
        begun = (replace(s, begins=max(s.begins, story.begins)) for s in stretches)
        return [stretch for stretch in begun if stretch.ends >= stretch.begins]

    story.doses, story.due, story.findings, story.others = (
        [mark for mark in marks if mark.at >= story.begins]
        for marks in (story.doses, story.due, story.findings, story.others)
    )
    story.phases, story.windows, story.overdue, story.supplies = map(
        later, (story.phases, story.windows, story.overdue, story.supplies)
    )
    story.series = [
        replace(series, points=points)
        for series in story.series
        if (points := [point for point in series.points if point.at >= story.begins])
    ]
    bars = (replace(bar, stretches=later(bar.stretches)) for bar in story.alerts)
    story.alerts = [bar for bar in bars if bar.stretches]
