"""How a partition's patients come back from the stores when somebody takes it over.

To judge everybody would take a millisecond or two for each.  So who has an outlook in the store begins at rest, packed
as the store has it: the next review is known, and the facts are decoded and judged when the patient is asked for.
Between two steps an assessment does not change, so it is then made as of the moment of the take-over, with the policy
that was in force and the feeds that were silent, whatever came since: what it gives is what was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.assess import assess
from domain.policy import Policy
from domain.record import Record
from topics.codecs.clinical_event import Unread
from workers.patient import Marks, Outlook, Patient
from workers.patients import Resting
from workers.silence import silent_about
from workers.stored import Kept


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What was in force as the partition was taken over; `time` None: nobody was judged so far."""

    policy: Policy
    time: datetime | None
    silent: Mapping[str, datetime]

    def outlook_of(self, kept: Kept) -> Outlook | None:
        """What the patient can be put to rest with; None: the facts have to be looked at."""
        return None if self.time is None else kept.read_outlook()

    def take_up(self, patient: Patient, unread: tuple[Unread, ...] = ()) -> datetime | None:
        """Judge one whom the store gave back, and give the next review: they are the ones that were, and were planned.

        `unread` are the marks of messages that could not be read.
        """
        if self.time is None:
            return None
        review_at = patient.take_up(assess(patient.record, self.policy, self.time), self.policy)
        patient.marks = Marks(unread, silent_about(self.silent, patient))
        return review_at

    def at_rest(self, kept: Kept, outlook: Outlook) -> Resting:
        standing = kept.standing()
        return Resting(
            packed=kept.packed(),
            unpacking=self,
            facts=len(kept.facts),
            open_alerts=tuple((glance.rule, glance.severity) for glance in standing),
            is_doubted=any(glance.blind_since is not None for glance in standing),
            is_enrolled=outlook.is_enrolled,
        )

    def wake(self, patient_id: str, resting: Resting) -> Patient:
        patient = self.look(patient_id, resting)
        self.take_up(patient)
        return patient

    def look(self, patient_id: str, resting: Resting) -> Patient:
        patient = Patient(Record(patient_id))
        Kept.unpacked(resting.packed, resting.facts).give_to(patient)
        return patient
