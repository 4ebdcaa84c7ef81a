"""What every rule is given: the course of the treatment, its phase and its next dose, derived once per assessment."""

from __future__ import annotations

from dataclasses import dataclass

from domain.course import Course, derive
from domain.moment import Moment
from domain.phase import Phase
from domain.phases import PhaseNow, phase_of
from domain.policy import Policy
from domain.record import Record
from domain.schedule import NextDose, next_dose


@dataclass(frozen=True, slots=True)
class Case:
    course: Course
    phase_now: PhaseNow
    next_dose: NextDose

    @property
    def phase(self) -> Phase:
        return self.phase_now.phase

    @property
    def treatment_episode(self) -> str:
        """Names the present treatment: the plan that began it."""
        assert self.course.plans is not None, "without a plan there is no treatment to name"
        return f"treatment:{self.course.plans.first.fact_id}"

    @property
    def dose_episode(self) -> str:
        """Names the next dose by what it rests on: the ward-local day of the last dose, or the treatment's start."""
        last = self.course.last_dose
        if last is not None:
            return f"after-dose:{last.day.isoformat()}"
        assert self.course.plan is not None, "without a plan there is no next dose to name"
        return f"first-dose:{self.course.plan.starts.day(self.course.zone).isoformat()}"


def case_of(record: Record, policy: Policy, now: Moment) -> Case:
    """The case that `record` makes at this moment."""
    course = derive(record, policy, now)
    phase = phase_of(course, policy, now)
    return Case(course, phase, next_dose(course, phase.phase, policy))
