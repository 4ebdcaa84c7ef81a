"""Three rules as somebody would write them who has read the guidance once: the work that both baselines do.

They look at the state of one patient in a dictionary, know no corrections, no late facts and no clock, and forget
nothing that b12watch would need: a measure for the frameworks, not an example.  This file imports nothing of b12watch,
since Quix Streams runs it in an environment of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

ALLOWED_DAYS = 104  # three months and two weeks after the last dose
TWO_MONTHS = timedelta(days=61)


def changes(state: dict[str, Any], event: dict[str, Any]) -> list[dict[str, Any]]:
    """Takes one event into the state of its patient; the alerts that are raised or resolved because of it."""
    fact = event.get("fact")
    if fact is None or "time" not in fact:
        return []
    at = datetime.fromisoformat(fact["time"]).replace(tzinfo=None)
    _remember(state, fact, at)
    found = {
        "injection-overdue": _is_overdue(state, at),
        "haemoglobin-not-normal": _is_not_normal(state, at),
        "platelets-low": state.get("platelets", 1000.0) < 50,
    }
    was = set(state.get("open", ()))
    now = {rule for rule, fires in found.items() if fires}
    state["open"] = sorted(now)
    said = [(rule, "raised") for rule in now - was] + [(rule, "resolved") for rule in was - now]
    return [
        {"patient_id": event["patient_id"], "rule": rule, "change": change, "at": fact["time"]} for rule, change in said
    ]


def _remember(state: dict[str, Any], fact: dict[str, Any], at: datetime) -> None:
    if fact["kind"] == "administration" and fact.get("status") == "completed":
        state.setdefault("first_dose", at.isoformat())
        state["last_dose"] = max(state.get("last_dose", ""), at.isoformat())
    elif fact["kind"] == "lab-result" and fact.get("quantity") is not None:
        state[fact["analyte"]] = _number(fact["quantity"])


def _number(quantity: dict[str, str]) -> float:
    return float(quantity["amount"]) * (10 if quantity["unit"] == "g/dL" else 1)


def _is_overdue(state: dict[str, Any], at: datetime) -> bool:
    last = state.get("last_dose")
    return last is not None and (at - datetime.fromisoformat(last)).days > ALLOWED_DAYS


def _is_not_normal(state: dict[str, Any], at: datetime) -> bool:
    first = state.get("first_dose")
    is_late = first is not None and at - datetime.fromisoformat(first) > TWO_MONTHS
    return is_late and state.get("haemoglobin", 1000.0) < 120
