"""What people answered to an alert: who acknowledged it, and until when it is snoozed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime, local_day
from domain.derive import Derived
from domain.facts import Action
from domain.judgement import CannotTell, Fires
from domain.moment import Moment
from domain.policy import Policy


def answered(
    alert_ids: Collection[str], judgement: Fires | CannotTell, derived: Derived, policy: Policy, now: Moment
) -> tuple[str, datetime | None]:
    """Who acknowledged the alert, and until when it is snoozed.

    `alert_ids` are those that it has under each id of the patient: an answer to the alert of a patient who was merged
    into this one follows where the concern is the same, by rule and episode.  Where the facts of both make it another
    episode (a later dose, as a rule), nobody has answered that yet.

    An answer covers what could be seen when it was given: not an earlier stretch of the alert, and not evidence that
    came later (a note that is acknowledged must not silence the low count that follows).
    """
    said = [action for action in derived.case.actions if action.alert_id in alert_ids]
    if not said:
        return "", None
    zone, seen_from = derived.case.zone, _seen_from(judgement, derived)
    actions = [action for action in said if _may_answer(action.time, seen_from, policy, zone)]
    by = next((action.actor for action in reversed(actions) if action.action is Action.ACKNOWLEDGED), "")
    until = [action.until.instant(zone) for action in actions if action.action is Action.SNOOZED and action.until]
    snoozed = until[-1] if until and not now.reached(until[-1]) else None
    return by, snoozed


def _seen_from(judgement: Fires | CannotTell, derived: Derived) -> datetime:
    """Since when the alert stands and all facts that it rests on are known.

    An amended plan is no news by itself.
    """
    plan = derived.case.plan
    known = derived.record.known
    since = (known[fact.fact_id].since for fact in judgement.evidence if plan is None or fact.fact_id != plan.fact_id)
    return max((judgement.since, *since))


def _may_answer(time: ClinicalTime, seen_from: datetime, policy: Policy, zone: ZoneInfo) -> bool:
    """Whether an action of this time may have been about what could be seen from `seen_from` on."""
    if time.is_day:
        return time.day(zone) >= local_day(seen_from, zone)
    return time.instant(zone) >= seen_from - policy.tolerance  # a feed's clock may be a little behind
