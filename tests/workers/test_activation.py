"""How a policy and newer rules come into force: what is written into the log, and what treatment makes of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from domain.policies.blood import PlateletsPolicy
from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from tests.kit import plan, platelets
from tests.real_kafka import RealKafka
from tests.workers.command_line import process
from tests.workers.live import (
    ago,
    assert_clean,
    b12watch,
    result,
    sources_of,
    topics_of_our_own,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.live import plan as plan_message
from tests.workers.logs import activation
from tests.workers.oracle import assert_same_history, published, recorded, replayed
from tests.workers.partition import PLATELETS, changes, ticked
from tests.workers.test_ticks import Journal, LogInMemory
from topics.codecs.clinical_event import ActivationEvent, RulesEvent, decode_event, encode_activation
from topics.definitions import ALERT_CHANGES, SOURCE_TOPICS
from workers.activation import activate_where_empty, announce_rules
from workers.treatment import Treatment

# --- the first activation -----------------------------------------------------------------------------------------


async def test_empty_partitions_begin_with_an_activation_and_others_are_left_alone() -> None:
    log = LogInMemory(Journal())
    await activate_where_empty(log, Policy(), {0: 0, 1: 12, 2: 0})
    ((value, partitions),) = log.appended
    assert partitions == [0, 2]
    event = decode_event(value)
    assert isinstance(event, ActivationEvent)
    assert (event.policy, event.policy_version, event.rules) == (Policy().as_data(), Policy().version, RULE_VERSIONS)
    assert event.sources == tuple(sorted(f"{topic.name}/0" for topic in SOURCE_TOPICS))


async def test_nothing_is_activated_where_every_partition_has_records() -> None:
    log = LogInMemory(Journal())
    await activate_where_empty(log, Policy(), {0: 1, 1: 1})
    assert log.appended == []


# --- newer rules --------------------------------------------------------------------------------------------------

STRICT = Policy(platelets=PlateletsPolicy(limit=Decimal(70)))
OLDER = {**RULE_VERSIONS, PLATELETS: 0}


def restarted(rules: dict[str, int]) -> Treatment:
    """Treatment that took a partition over whose log knows these rules."""
    partition = ticked()
    partition.send(encode_activation(Policy().as_data(), Policy().version, rules, ["lab-results/0"]))
    handler = Treatment()
    handler.take_over("clinical-events", 0, partition.stored())
    return handler


async def test_newer_rules_are_announced_with_the_policy_in_force() -> None:
    log = LogInMemory(Journal())
    await announce_rules(log, restarted(OLDER), 0)
    ((value, partitions),) = log.appended
    assert decode_event(value) == RulesEvent(RULE_VERSIONS)
    assert partitions == [0]


def test_an_announcement_leaves_a_policy_that_came_before_it_in_force_and_judges_everybody() -> None:
    """The policy may have been activated while no treatment ran: the announcement lies behind it in the log."""
    partition = ticked()
    partition.say(plan(0), platelets(0, 60))
    announced = restarted(OLDER).announcement(0)
    partition.send(activation(STRICT))
    assert [change["policy_version"] for change in changes(partition.outputs, PLATELETS)][-1] == STRICT.version
    assert changes(partition.send(announced), PLATELETS) == []
    assert partition.counts["activations"] == 3
    entry = partition.remembered().entry
    assert entry is not None
    assert (entry.policy_version, entry.rules) == (STRICT.version, RULE_VERSIONS)


@pytest.mark.parametrize("rules", [RULE_VERSIONS, {**RULE_VERSIONS, PLATELETS: 99}, {**RULE_VERSIONS, "to come": 1}])
async def test_the_same_rules_and_older_ones_announce_nothing(rules: dict[str, int]) -> None:
    log = LogInMemory(Journal())
    await announce_rules(log, restarted(rules), 0)
    assert log.appended == []


async def test_a_partition_without_any_record_waits_for_its_first_activation() -> None:
    handler, log = Treatment(), LogInMemory(Journal())
    handler.take_over("clinical-events", 3, {})
    await announce_rules(log, handler, 3)
    assert log.appended == []


# --- by command, on a real broker ---------------------------------------------------------------------------------


@pytest.mark.kafka
async def test_a_policy_that_is_activated_judges_everybody_anew_and_a_replay_says_the_same(
    real_kafka: RealKafka, tmp_path: Path
) -> None:
    async with topics_of_our_own(real_kafka) as bootstrap:
        with worker(tmp_path / "all.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as everything:
            async with sources_of(bootstrap) as sources:
                for number in range(8):
                    patient = f"patient-{number}"
                    await sources.say(plan_message(patient, 3), result(patient, "plt", "platelets", 60, ago(hours=30)))
            await wait_until_time_has_passed_all(bootstrap)
            assert not {said["patient_id"] for said in await platelet_findings(bootstrap)}
            stricter = tmp_path / "policy.toml"
            stricter.write_text("[platelets]\nlimit = 70\n")
            said = b12watch("policy", "activate", stricter, "--bootstrap", bootstrap).stdout
            assert said.endswith("in force from here on, on 4 partitions of clinical-events\n")

            async def all_eight_are_told() -> bool:
                return len(await platelet_findings(bootstrap)) == 8

            await until("everybody is judged by the new policy", all_eight_are_told)
            assert {found["policy_version"] for found in await platelet_findings(bootstrap)} == {said.split()[1]}
            assert everything.stop() == 0
        assert_clean(everything)
        with worker(tmp_path / "treatment.log", "treatment", "--bootstrap", bootstrap) as treatment:
            await treatment.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)
            assert treatment.stop() == 0
        walked, _ = replayed(await recorded(bootstrap, tmp_path))
        assert_same_history(await published(bootstrap), walked)


async def platelet_findings(bootstrap: str) -> list[dict[str, object]]:
    found = (await published(bootstrap, [ALERT_CHANGES.name]))[ALERT_CHANGES.name].values()
    return [said for records in found for said in records if said["rule"] == PLATELETS and said["kind"] == "finding"]


@pytest.mark.kafka
def test_a_policy_is_not_activated_where_the_topics_are_not(real_kafka: RealKafka, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[platelets]\nlimit = 70\n")
    ended = process("policy", "activate", str(policy), "--bootstrap", real_kafka.bootstrap)
    assert ended.returncode == 2
    assert "there is no topic" in ended.stderr
