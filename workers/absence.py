"""Which alerts rest on something that nobody reported: a feed that is silent could have faked them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.alerts import Alert, AlertKind
from topics.definitions import ADMINISTRATIONS, ALERT_ACTIONS, ASSESSMENTS, LAB_RESULTS, TREATMENT_PLANS, TopicDef


def _names(*topics: TopicDef) -> frozenset[str]:
    return frozenset(topic.name for topic in topics)


_DOSES, _LABS, _SEEN, _PLANS = (
    _names(ADMINISTRATIONS, ALERT_ACTIONS),  # where a dose was given elsewhere, an action says so
    _names(LAB_RESULTS),
    _names(ASSESSMENTS),
    _names(TREATMENT_PLANS),
)

ABSENT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "injection-overdue": _DOSES,
        "loading-incomplete": _DOSES,
        "oral-supply-gap": _DOSES,
        "loading-review": _SEEN,
        "haematology-advice-missing": _SEEN,
        "neurology-advice-missing": _SEEN,
        "doses-without-plan": _PLANS,
        "no-next-due-date": _PLANS,
        "details-missing": _PLANS,
        "neurological-involvement-unknown": _PLANS,
        "oral-reason-missing": _PLANS,
        "bariatric-without-b12": _DOSES | _PLANS,
        "ileal-resection-without-prophylaxis": _DOSES | _PLANS,
    }
)
"""Rules that say that something is overdue or missing, and the topics on which it would have come."""
ABSENT_WHERE_UNKNOWN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "b12-indeterminate-without-mma": _LABS,
        "b12-not-normal-at-two-months": _LABS,
        "baseline-missing": _LABS,
        "haemoglobin-falling": _LABS,
        "haemoglobin-not-normal-at-two-months": _LABS,
        "neurology-not-better-at-one-month": _SEEN,
        "oral-check-missing": _LABS,
        "platelets-low-before-im": _LABS,
        "potassium-low": _LABS,
        "response-gate-missing": _LABS | _SEEN,
        "reticulocyte-response-missing": _LABS,
    }
)
"""Rules whose findings rest on what was reported; where they cannot tell, it is because something was not."""
REPORTED: Final = frozenset(
    {
        "charting-contradicts",
        "diet-without-supplement",
        "dose-doubled",
        "dose-early",
        "dose-implausible",
        "folate-low",
        "folic-acid-before-b12",
        "lifelong-treatment-stopped",
        "malabsorption-without-injections",
        "neurology-worse",
        "regimen-mismatch",
        "results-conflict",
        "symptoms-back-early",
        "two-regimens",
    }
)
"""Rules that rest on what was reported alone: their pages wait for nobody."""


def awaited(alert: Alert) -> frozenset[str]:
    """The topics on which that would have come which the alert misses; none where it rests on what was reported."""
    if alert.kind is AlertKind.UNKNOWN and alert.rule in ABSENT_WHERE_UNKNOWN:
        return ABSENT_WHERE_UNKNOWN[alert.rule]
    return ABSENT.get(alert.rule, frozenset())
