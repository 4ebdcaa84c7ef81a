"""When the invented patients get their doses, and what goes wrong with giving them and with charting them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from domain.alerts import alert_id_of
from domain.calendar import ClinicalTime
from domain.facts import Action, DosesGivenBy, Drug, EnteredAs, Route, SupplyStatus
from domain.rules import injection_overdue
from workers.cohort_chart import PHARMACY, WITHDRAWN, Chart
from workers.cohort_people import working_day

_LOADING_LATENESS: Final = ((0, 1, 2, 3, 6), (90, 5, 2, 2, 1))  # days, and how often of 100
_UPKEEP_LATENESS: Final = ((-5, 0, 3, 7, 14, 30, 60), (6, 50, 20, 12, 6, 4, 2))


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose that is meant for this time; `since` is the day of the one before it, None where there is none."""

    at: datetime
    ug: int
    is_loading: bool
    since: date | None


def give(chart: Chart, until: datetime) -> list[datetime]:
    """Chart all doses or supplies before `until`; gives the times at which the patient got one here."""
    person = chart.person
    if person.course.supplied:
        return _supplies(chart, until)
    elsewhere = person.entry is not None and person.entry.given_by is DosesGivenBy.ELSEWHERE
    given: list[datetime] = []
    since = person.entry.last_dose if person.entry else None
    for at, ug, is_loading in _meant(chart):
        if at >= until:
            break
        tell = _elsewhere if elsewhere else chart.random.choices(_TELLERS, _HOW_OFTEN)[0]
        got = tell(chart, Dose(at=at, ug=ug, is_loading=is_loading, since=since))
        if got is not None:
            given.append(got)
            since = got.date()
    return given


def _meant(chart: Chart) -> Iterator[tuple[datetime, int, bool]]:
    """When a dose is tried, how much, and whether it is of the loading; some are lost for ever after a few."""
    person, random = chart.person, chart.random
    day, last = person.start.date(), person.entry.last_dose if person.entry else None
    for gap, ug in _loading(chart):
        day = (last or day) + timedelta(days=(gap if last else 0) + random.choices(*_LOADING_LATENESS)[0])
        yield _clinic(chart, max(day, person.start.date())), ug, True
        last = day
    for _ in range(random.randrange(1, 8) if random.random() < 0.03 else 10_000):
        last = _upkeep_day(chart, last)
        yield _clinic(chart, last), person.course.ug, False


def _loading(chart: Chart) -> list[tuple[int, int]]:
    """The gap before each dose that is left of the loading, and how much it is."""
    person, random = chart.person, chart.random
    if person.entry is not None and person.entry.phase is not EnteredAs.LOADING:
        return []
    doses = [
        (stretch.gaps[n % len(stretch.gaps)], stretch.ug)
        for stretch in person.course.loading
        for n in range(random.randint(stretch.fewest, stretch.most))
    ]
    left = doses[person.entry.loading_doses :] if person.entry else doses
    return left[: random.randrange(2, 6)] if random.random() < 0.03 else left


def _upkeep_day(chart: Chart, last: date | None) -> date:
    person, random = chart.person, chart.random
    if last is None:
        return working_day(person.start.date())
    late = random.choices(*_UPKEEP_LATENESS)[0] * person.interval // 70  # a month's interval is kept more closely
    day = working_day(last + timedelta(days=max(1, person.interval + late)))
    return max(day, working_day(person.start.date() + timedelta(days=random.randrange(1, 10))))


def _clinic(chart: Chart, day: date) -> datetime:
    """Some time in the hours in which injections are given, after the plan."""
    at = datetime.combine(day, time(9), tzinfo=UTC) + timedelta(minutes=chart.random.randrange(420))
    return max(at, chart.person.start + timedelta(minutes=30))


def _as_it_should_be(chart: Chart, dose: Dose) -> datetime:
    chart.dose(dose.at, dose.at + chart.soon(), dose.ug)
    _answer_if_late(chart, dose)
    return dose.at


def _answer_if_late(chart: Chart, dose: Dose) -> None:
    """Half of the late ones: somebody answered the alert before the dose was given."""
    if dose.is_loading or dose.since is None or chart.random.random() < 0.5:
        return
    late = (dose.at.date() - dose.since).days - chart.person.interval
    if late < 10:
        return
    at = dose.at - timedelta(hours=chart.random.randrange(20, 60))
    if chart.random.random() < 0.6:
        chart.answer(_overdue_id(chart, dose.since), Action.ACKNOWLEDGED, at)
    else:
        until = ClinicalTime(at + timedelta(days=7))
        chart.answer(_overdue_id(chart, dose.since), Action.SNOOZED, at, until=until)


def _overdue_id(chart: Chart, since: date) -> str:
    return alert_id_of(chart.person.patient_id, injection_overdue.RULE_ID, f"after-dose:{since.isoformat()}")


def _charted_late(chart: Chart, dose: Dose) -> datetime:
    chart.dose(dose.at, dose.at + timedelta(days=chart.random.randrange(1, 12), minutes=20), dose.ug)
    return dose.at


def _charted_twice(chart: Chart, dose: Dose) -> datetime:
    """By the nurse and by the pharmacy, a few minutes apart."""
    _as_it_should_be(chart, dose)
    other = dose.at + timedelta(minutes=chart.random.randrange(1, 15))
    chart.dose(other, other + chart.soon(), dose.ug, source=PHARMACY)
    return dose.at


def _sent_twice(chart: Chart, dose: Dose) -> datetime:
    own_id = chart.dose(dose.at, dose.at + chart.soon(), dose.ug)
    chart.dose_again(own_id, 1, dose.at, dose.at + timedelta(hours=3), dose.ug)
    return dose.at


def _wrong_amount(chart: Chart, dose: Dose) -> datetime:
    """A slip of the unit or of the point, mostly put right within days."""
    wrong = chart.random.choice((dose.ug // 10, dose.ug * 1000))
    own_id = chart.dose(dose.at, dose.at + chart.soon(), wrong)
    if chart.random.random() < 0.8:
        told = dose.at + timedelta(hours=chart.random.randrange(3, 90))
        chart.dose_again(own_id, 2, dose.at, told, dose.ug)
    return dose.at


def _in_error(chart: Chart, dose: Dose) -> datetime | None:
    """Charted for the wrong patient and taken back; the right one follows for two of three."""
    own_id = chart.dose(dose.at, dose.at + chart.soon(), dose.ug)
    told = dose.at + timedelta(hours=chart.random.randrange(2, 70))
    chart.dose_again(own_id, 2, dose.at, told, dose.ug, **WITHDRAWN)
    if chart.random.random() < 1 / 3:
        return None
    at = dose.at + timedelta(days=chart.random.randrange(1, 4))
    return _as_it_should_be(chart, replace(dose, at=at, since=None))


def _not_done(chart: Chart, dose: Dose) -> datetime | None:
    """Refused or put off; given some days later to most, and for some the same chart entry then says so."""
    own_id = chart.dose(dose.at, dose.at + chart.soon(), dose.ug, status="not-done")
    if chart.random.random() < 0.2:
        return None
    at = dose.at + timedelta(days=chart.random.randrange(0, 6), hours=2)
    if at.date() == dose.at.date():
        chart.dose_again(own_id, 2, at, at + chart.soon(), dose.ug)
    else:
        chart.dose(at, at + chart.soon(), dose.ug)
    return at


def _elsewhere(chart: Chart, dose: Dose) -> datetime | None:
    """Given by somebody else: told by letter, or by the answer to an alert; or never told."""
    chance = chart.random.random()
    told = dose.at + timedelta(days=chart.random.randrange(2, 40))
    if chance < 0.6:
        chart.dose(dose.at, told, dose.ug, reported=True)
    elif chance < 0.9 and dose.since is not None:
        when = ClinicalTime(dose.at.date())
        chart.answer(_overdue_id(chart, dose.since), Action.GIVEN_ELSEWHERE, told, dose_given_at=when)
    return None


def _day_alone(chart: Chart, dose: Dose) -> datetime:
    chart.dose(dose.at.date(), dose.at + chart.soon(), dose.ug)
    return dose.at


def _missed(chart: Chart, dose: Dose) -> None:
    """Nobody came and nothing was charted."""


def _antidote(chart: Chart, dose: Dose) -> datetime:
    """The dose, and some days before it five grams of hydroxocobalamin into a vein: an antidote, no B12 dose."""
    before = dose.at - timedelta(hours=chart.random.randrange(5, 48))
    if before > chart.person.start:
        chart.given(Drug.HYDROXOCOBALAMIN, before, dose=5000, dose_unit="mg", route=Route.INTRAVENOUS)
    return _as_it_should_be(chart, dose)


_WAYS: Final[tuple[tuple[float, Callable[[Chart, Dose], datetime | None]], ...]] = (
    (86, _as_it_should_be),
    (4, _charted_late),
    (2, _charted_twice),
    (1, _sent_twice),
    (1, _wrong_amount),
    (1, _in_error),
    (2, _not_done),
    (1.4, _elsewhere),
    (1, _day_alone),
    (0.5, _missed),
    (0.1, _antidote),
)
_TELLERS: Final = tuple(teller for _, teller in _WAYS)
_HOW_OFTEN: Final = tuple(often for often, _ in _WAYS)


def _supplies(chart: Chart, until: datetime) -> list[datetime]:
    """Tablets for so many days, fetched mostly before the last ones are used up; the first taken under one's eyes."""
    person, random = chart.person, chart.random
    handed: list[datetime] = []
    last = person.entry.last_dose if person.entry else None
    at = person.start + timedelta(hours=1) if last is None else _clinic(chart, _upkeep_day(chart, last))
    stays = random.randrange(2, 20) if random.random() < 0.15 else 1000
    while at < until and len(handed) < stays:
        if not handed and person.entry is None and random.random() < 0.7:
            chart.dose(at, at + chart.soon(), person.course.ug)
        if random.random() < 0.02:
            chart.supply(at, person.interval, SupplyStatus.CANCELLED)
        else:
            chart.supply(at, person.interval)
        handed.append(at)
        late = random.choices((-4, -1, 3, 9, 25), (50, 30, 12, 6, 2))[0]
        at = _clinic(chart, working_day(at.date() + timedelta(days=person.interval + late)))
    return handed
