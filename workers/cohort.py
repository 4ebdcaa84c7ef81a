"""`b12watch cohort`: a log of an INVENTED cohort of any size, for benchmarks, the alert burden and trying out.

Plans, doses, results, findings and orders of nobody: shares and delays are made up to be plausible, and were measured
nowhere.  Every message says so in its source.  The same number of patients, years and seed give the same bytes.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from topics.schemas.wire_types import show_instant
from workers.cohort_chart import Chart
from workers.cohort_clinic import change_plan, conditions, ends_at, findings, folic_acid, plan
from workers.cohort_doses import give
from workers.cohort_labs import measure
from workers.cohort_people import FIRST_DAY, person_of, random_of, starts_of
from workers.source_messages import Said

_EARLY = timedelta(days=4)  # no message about a patient comes longer before the plan's start


def cohort(patients: int, years: float, seed: int) -> Iterator[Said]:
    """All messages, in the order in which they are sent; patients are made up as their time comes."""
    until = datetime.combine(FIRST_DAY, time(), tzinfo=UTC) + timedelta(days=round(365.25 * years))
    waiting: list[tuple[datetime, int, int, list[Said]]] = []
    for start, number in starts_of(patients, years, seed):
        while waiting and waiting[0][0] < start - _EARLY:
            yield _next(waiting)
        messages = messages_of(number, start, until, seed)
        if messages:
            heapq.heappush(waiting, (messages[-1].at, number, len(messages), messages))
    while waiting:
        yield _next(waiting)


def _next(waiting: list[tuple[datetime, int, int, list[Said]]]) -> Said:
    """The earliest of what waits; the messages of each patient lie with the next one at the end."""
    _, number, _, messages = waiting[0]
    said = messages.pop()
    if messages:
        heapq.heapreplace(waiting, (messages[-1].at, number, len(messages), messages))
    else:
        heapq.heappop(waiting)
    return said


def messages_of(number: int, start: datetime, until: datetime, seed: int) -> list[Said]:
    """What is said about one patient before `until`, the last message first."""
    random = random_of(seed, "patient", number)
    chart = Chart(person_of(number, start, seed, random), random)
    ends, why = ends_at(chart, until)
    plan(chart)
    conditions(chart)
    doses = give(chart, ends)
    first = doses[0] if doses else None
    measure(chart, first, ends)
    findings(chart, doses, ends)
    folic_acid(chart, first)
    change_plan(chart, ends, why)
    said = [message for message in chart.messages if start - _EARLY <= message.at < until]
    return sorted(said, key=lambda message: message.at, reverse=True)


def lines_of(messages: Iterable[Said]) -> Iterator[str]:
    """The lines of a log, as `write_line` has them; what our own shapes wrote needs no check that it comes back."""
    offsets: Counter[str] = Counter()
    for said in messages:
        yield (
            f'{{"topic":"{said.topic}","partition":0,"offset":{offsets[said.topic]},'
            f'"timestamp":"{show_instant(said.at)}","key":"{said.patient_id}","value":{said.value.decode()}}}\n'
        )
        offsets[said.topic] += 1


def write_cohort(log: Path, patients: int, years: float, seed: int) -> str:
    """Write the log, and say what is in it.  Raises: OSError."""
    counts: Counter[str] = Counter()

    def counted() -> Iterator[Said]:
        for said in cohort(patients, years, seed):
            counts[said.topic] += 1
            yield said

    with log.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines_of(counted()))
    shown = "\n".join(f"{count:>9}  {topic}" for topic, count in sorted(counts.items()))
    return f"{patients} INVENTED patients over {years:g} years (seed {seed}), {counts.total()} messages:\n{shown}"
