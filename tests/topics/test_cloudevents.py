"""An alert change, read as an outside consumer would: with the CloudEvents library, knowing nothing of ours."""

from __future__ import annotations

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from hypothesis import given

from domain.alerts import AlertChange
from tests.topics.alerts import CHANGES
from topics.cloudevents import alert_change_headers
from topics.codecs.clinical_event import encode_alert_change


@given(CHANGES)
def test_an_outside_consumer_reads_the_change_as_a_cloud_event(change: AlertChange) -> None:
    message = KafkaMessage(
        headers=dict(alert_change_headers(change)),
        key=change.published.alert.patient_id.encode(),
        value=encode_alert_change(change),
    )
    event = from_kafka_event(message)
    published = change.published
    assert event.get_specversion() == "1.0"
    assert event.get_id() == change.change_id
    assert event.get_source() == "/b12watch/treatment"
    assert event.get_type() == f"org.b12watch.alert.{published.change}.v1"
    assert event.get_time() == published.changed_at
    assert event.get_subject() == published.alert.alert_id
    assert event.get_datacontenttype() == "application/json"
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["alert_id"] == published.alert.alert_id


@given(CHANGES)
def test_no_header_says_who_the_patient_is(change: AlertChange) -> None:
    names = [name for name, _ in alert_change_headers(change)]
    assert names == [
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type"
    ]  # fmt: skip
