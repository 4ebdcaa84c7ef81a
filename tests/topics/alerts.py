"""Any alert change that treatment can publish."""

from __future__ import annotations

from hypothesis import strategies as st

from domain.alerts import Alert, AlertChange, AlertKind, Change, PublishedAlert
from domain.judgement import Evidence, Severity
from tests.topics.strategies import INSTANTS, TEXT, TIMES, WORD

EVIDENCE = st.builds(Evidence, fact_id=TEXT, says=TEXT, time=TIMES)
ALERTS = st.builds(
    Alert,
    alert_id=st.uuids().map(str),
    patient_id=WORD,
    rule=TEXT,
    rule_version=st.integers(1, 100),
    policy_version=TEXT,
    kind=st.sampled_from(AlertKind),
    severity=st.sampled_from(Severity),
    phase=TEXT,
    regimen=TEXT,
    episode=TEXT,
    reason=TEXT,
    missing=TEXT,
    wanted_action=TEXT,
    source_statement=TEXT,
    evidence=st.lists(EVIDENCE, max_size=3).map(tuple),
    standing=st.booleans(),
    acknowledged_by=TEXT,
    snoozed_until=st.none() | INSTANTS,
)
CHANGES = st.builds(
    AlertChange,
    change_id=st.uuids().map(str),
    published=st.builds(
        PublishedAlert,
        alert=ALERTS,
        revision=st.integers(1, 1000),
        raised_at=INSTANTS,
        kind_since=INSTANTS,
        changed_at=INSTANTS,
        change=st.sampled_from(Change),
    ),
    reason=TEXT,
)
