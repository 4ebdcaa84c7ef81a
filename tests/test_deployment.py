"""The files by which b12watch is put into containers say what the commands and settings know.

There is no container engine where these tests run: what is checked is the files, and that what they ask for is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.workers.command_line import process
from workers.settings import Settings

ROOT: Final = Path(__file__).parents[1]
COMPOSE: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
OURS: Final = {name: service for name, service in SERVICES.items() if service.get("image") == "b12watch"}
KEYS: Final = {  # of the compose specification, of those that a service has
    "build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "ports", "read_only",
    "restart", "security_opt", "stop_grace_period", "volumes",
}  # fmt: skip
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()


def test_there_are_two_workers_of_each_kind_that_wait_for_the_topics() -> None:
    for kind in ("intake", "treatment"):
        assert SERVICES[kind]["command"] == ["worker", kind]
        assert SERVICES[kind]["deploy"]["replicas"] == 2
        assert SERVICES[kind]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_keys_of_the_specification_alone_and_waits_for_services_that_there_are(name: str) -> None:
    service = SERVICES[name]
    assert service.keys() <= KEYS
    assert service.get("depends_on", {}).keys() <= SERVICES.keys()
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_runs_is_a_command_and_what_it_sets_is_a_setting(name: str) -> None:
    command = OURS[name]["command"]
    assert process(*command, "--help").returncode == 0
    known = {f"B12WATCH_{field.upper()}" for field in Settings.model_fields}
    assert OURS[name]["environment"].keys() <= known
    assert OURS[name]["environment"]["B12WATCH_BOOTSTRAP"] == "kafka:9092"


def test_a_worker_has_longer_to_stop_than_it_takes() -> None:
    assert SERVICES["treatment"]["stop_grace_period"] == "15s"


def test_no_broker_makes_topics_by_itself() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health() -> None:
    instructions = [line.split(maxsplit=1) for line in DOCKERFILE if line and line[0].isupper()]
    assert ["USER", "b12watch"] in instructions
    assert instructions[0] == ["FROM", "python:3.11-slim"]
    copied = {word for kind, rest in instructions if kind == "COPY" for word in rest.split()[:-1]}
    assert all((ROOT / word).exists() for word in copied)
    assert {"domain", "topics", "workers", "constraints.txt"} <= copied
    assert any(kind == "HEALTHCHECK" for kind, _ in instructions)
    port = next(rest for kind, rest in instructions if kind == "EXPOSE")
    assert any(f"B12WATCH_HEALTH_PORT={port}" in rest for kind, rest in instructions if kind == "ENV")
