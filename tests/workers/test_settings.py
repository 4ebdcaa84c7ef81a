"""Settings by environment: what is read, what is refused, and what people are told of it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from tests.workers.command_line import b12watch, process, said
from tests.workers.tls_files import TlsFiles
from workers.connection import Connection
from workers.settings import Settings, SettingsProblem, load_settings, variable

FIRST = str(Path(__file__).parents[2] / "examples/first.jsonl")
SASL = {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "intake"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("B12WATCH_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return TlsFiles.made_in(tmp_path_factory.mktemp("tls"))


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"B12WATCH_{name}", value)


def problems_of(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> tuple[str, ...]:
    set_all(monkeypatch, values)
    with pytest.raises(SettingsProblem) as caught:
        load_settings()
    return caught.value.problems


# --- what is read -------------------------------------------------------------------------------------------------


def test_without_variables_the_defaults_hold_and_nothing_is_asked_for() -> None:
    settings = load_settings()
    assert settings.connection == Connection("localhost:9092")
    assert settings.connection.options == {"bootstrap_servers": "localhost:9092"}


def test_variables_are_read_and_an_empty_one_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"BOOTSTRAP": "a:1,b:2", "SESSION_TIMEOUT_MS": "9000", "HEARTBEAT_INTERVAL_MS": "3000"}
    set_all(monkeypatch, {**given, "GROUP_INSTANCE_ID": "ward-1", "MAX_RECORDS": "", "SASL_USERNAME": ""})
    settings = load_settings()
    assert settings.connection.bootstrap == "a:1,b:2"
    assert settings.loop_options == {
        "group_instance_id": "ward-1",
        "session_timeout_ms": 9000,
        "heartbeat_interval_ms": 3000,
        "transaction_timeout_ms": 10_000,
        "max_records": 4000,
    }


def test_what_is_given_stands_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"BOOTSTRAP": "no server"})
    assert load_settings(bootstrap="here:1").connection.bootstrap == "here:1"


def test_a_password_comes_from_the_environment_or_from_a_file_without_its_line_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_all(monkeypatch, {**SASL, "SASL_PASSWORD": "open sesame"})
    assert load_settings().connection.security == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "intake",
        "sasl_plain_password": "open sesame",
    }
    file = tmp_path / "password"
    file.write_text(" from a file \n")
    set_all(monkeypatch, {"SASL_PASSWORD": "", "SASL_PASSWORD_FILE": str(file)})
    assert load_settings().connection.security["sasl_plain_password"] == " from a file "


def test_tls_checks_the_brokers_host_and_certificate_always(monkeypatch: pytest.MonkeyPatch, files: TlsFiles) -> None:
    set_all(monkeypatch, {"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": str(files.ca)})
    security = load_settings().connection.security
    context = security["ssl_context"]
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert set(security) == {"security_protocol", "ssl_context"}
    assert len(context.get_ca_certs()) == 1


def test_a_certificate_of_ours_is_read_with_its_key_and_password(
    monkeypatch: pytest.MonkeyPatch, files: TlsFiles, tmp_path: Path
) -> None:
    given = {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": str(files.certificate), "SSL_KEYFILE": str(files.locked_key)}
    set_all(monkeypatch, {**given, "SSL_KEY_PASSWORD": files.password})
    assert load_settings().connection.security["ssl_context"]
    file = tmp_path / "password"
    file.write_text(files.password + "\n")
    set_all(monkeypatch, {"SSL_KEY_PASSWORD": "", "SSL_KEY_PASSWORD_FILE": str(file)})
    assert load_settings().connection.security["ssl_context"]


def test_no_secret_is_shown_by_any_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**SASL, "SASL_PASSWORD": "open sesame"})
    settings = load_settings()
    assert "sesame" not in f"{settings!r} {settings} {settings.connection!r} {settings.connection}"


# --- what is refused ----------------------------------------------------------------------------------------------


def test_an_unknown_variable_is_an_error_that_names_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, {"SASL_PASWORD": "secret", "b12": "x"}) == (
        "B12WATCH_SASL_PASWORD is not known; the nearest that is known is B12WATCH_SASL_PASSWORD",
        "B12WATCH_b12 is not known; the nearest that is known is B12WATCH_BOOTSTRAP",
    )


def test_a_variable_in_small_letters_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("b12watch_max_records", "7")
    with pytest.raises(SettingsProblem, match=r"b12watch_max_records is not known; .* is B12WATCH_MAX_RECORDS"):
        load_settings()


def test_variables_of_the_tests_are_no_settings_and_no_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"TEST_KAFKA": "x", "REQUIRE_KAFKA": "1", "CACHE": "x"})
    assert load_settings() == Settings()


PLAIN_PROTOCOL = "B12WATCH_SECURITY_PROTOCOL is PLAINTEXT"


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        (
            {"BOOTSTRAP": "a b"},
            ["B12WATCH_BOOTSTRAP is 'a b': 'a b' is not a server; it should look like localhost:9092"],
        ),
        ({"SECURITY_PROTOCOL": "TLS"}, ["B12WATCH_SECURITY_PROTOCOL is 'TLS': it should be 'PLAINTEXT', 'SSL',"]),
        ({"GROUP_INSTANCE_ID": "a b"}, ["B12WATCH_GROUP_INSTANCE_ID is 'a b': it may have letters, digits,"]),
        ({"GROUP_INSTANCE_ID": 201 * "a"}, ["200 of them at most"]),
        ({"SESSION_TIMEOUT_MS": "5999"}, ["is '5999': it should be greater than or equal to 6000"]),
        ({"TRANSACTION_TIMEOUT_MS": "60001"}, ["is '60001': it should be less than or equal to 60000"]),
        ({"MAX_RECORDS": "0"}, ["is '0': it should be greater than or equal to 1"]),
        ({"MAX_RECORDS": "many"}, ["is 'many': it should be a valid integer"]),
        ({"HEARTBEAT_INTERVAL_MS": "2001"}, ["is 2001, more than a third of B12WATCH_SESSION_TIMEOUT_MS, 6000"]),
        (SASL, ["B12WATCH_SECURITY_PROTOCOL is SASL_PLAINTEXT, and B12WATCH_SASL_PASSWORD is not set"]),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_PASSWORD": "x"},
            ["SASL_SSL, and B12WATCH_SASL_MECHANISM is not set", "SASL_SSL, and B12WATCH_SASL_USERNAME is not set"],
        ),
        ({"SASL_USERNAME": "x"}, [f"B12WATCH_SASL_USERNAME is set, and {PLAIN_PROTOCOL}: nobody would be told it"]),
        ({"SASL_PASSWORD_FILE": "x"}, [f"B12WATCH_SASL_PASSWORD is set, and {PLAIN_PROTOCOL}: nobody"]),
        (
            {**SASL, "SASL_PASSWORD": "x", "SASL_PASSWORD_FILE": "y"},
            ["B12WATCH_SASL_PASSWORD and B12WATCH_SASL_PASSWORD_FILE are both set"],
        ),
        ({"SSL_CAFILE": "x"}, [f"B12WATCH_SSL_CAFILE is set, and {PLAIN_PROTOCOL}: there is no TLS"]),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": "x"},
            ["B12WATCH_SSL_CERTFILE is set without B12WATCH_SSL_KEYFILE"],
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEYFILE": "x"},
            ["B12WATCH_SSL_KEYFILE is set without B12WATCH_SSL_CERTFILE"],
        ),
        (
            {"SECURITY_PROTOCOL": "SSL", "SSL_KEY_PASSWORD": "x"},
            ["B12WATCH_SSL_KEY_PASSWORD is set without B12WATCH_SSL_KEYFILE"],
        ),
    ],
    ids=str,
)
def test_what_cannot_be_or_does_not_go_together_is_a_sentence_each(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], sentences: list[str]
) -> None:
    problems = problems_of(monkeypatch, values)
    assert len(problems) == len(sentences)
    for problem, sentence in zip(problems, sentences, strict=True):
        assert sentence in problem


def test_a_third_of_the_session_is_still_right(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"HEARTBEAT_INTERVAL_MS": "3000", "SESSION_TIMEOUT_MS": "9000"})
    assert load_settings().heartbeat_interval_ms == 3000


def test_every_problem_is_told_but_no_contradiction_with_what_is_ill_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SECURITY_PROTOCOL": "SASL", "SASL_USERNAME": "x", "MAX_RECORDS": "x", "HEARTBEAT_INTERVAL_MS": "5000"}
    problems = problems_of(monkeypatch, {**given, "BOOSTRAP": "x"})
    assert [problem.split()[0] for problem in problems] == [
        "B12WATCH_BOOSTRAP",
        "B12WATCH_SECURITY_PROTOCOL",
        "B12WATCH_MAX_RECORDS",
        "B12WATCH_HEARTBEAT_INTERVAL_MS",
    ]


def test_a_file_that_is_not_there_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, files: TlsFiles) -> None:
    set_all(monkeypatch, {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": str(files.certificate), "SSL_KEYFILE": "/no/key"})
    with pytest.raises(SettingsProblem, match=r"^B12WATCH_SSL_KEYFILE: /no/key: No such file or directory$"):
        load_settings()
    set_all(monkeypatch, {"SSL_CERTFILE": "/no/cert", "SSL_KEYFILE": str(files.key)})
    with pytest.raises(SettingsProblem, match=r"^B12WATCH_SSL_CERTFILE: /no/cert: No such file or directory$"):
        load_settings()
    set_all(monkeypatch, {"SSL_CAFILE": "/no/ca"})
    with pytest.raises(SettingsProblem, match=r"^B12WATCH_SSL_CAFILE: /no/ca: No such file or directory$"):
        load_settings()


def test_files_that_are_not_what_they_should_be_are_told(
    monkeypatch: pytest.MonkeyPatch, files: TlsFiles, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("")
    set_all(monkeypatch, {"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": str(other)})
    with pytest.raises(SettingsProblem, match=r"SSL_CAFILE: .*: it holds no certificate"):
        load_settings()
    set_all(monkeypatch, {"SSL_CAFILE": "", "SSL_CERTFILE": str(files.ca), "SSL_KEYFILE": str(files.key)})
    with pytest.raises(SettingsProblem, match=r"SSL_CERTFILE: .*: it, .* do not belong together"):
        load_settings()
    set_all(monkeypatch, {**SASL, "SSL_CERTFILE": "", "SSL_KEYFILE": "", "SASL_PASSWORD_FILE": str(other)})
    with pytest.raises(SettingsProblem, match=r"SASL_PASSWORD_FILE: .* is empty"):
        load_settings()
    other.write_bytes(b"\xff")
    with pytest.raises(SettingsProblem, match=r"SASL_PASSWORD_FILE: .*: it is no text"):
        load_settings()


def test_a_locked_key_without_its_password_asks_nobody_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, files: TlsFiles
) -> None:
    given = {"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": str(files.certificate), "SSL_KEYFILE": str(files.locked_key)}
    problems = problems_of(monkeypatch, given)
    assert "key's password do not belong together" in problems[0]


# --- what people are told -----------------------------------------------------------------------------------------


def test_config_show_says_value_source_and_meaning_and_hides_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_all(monkeypatch, {**SASL, "SASL_PASSWORD": "open sesame"})
    shown = b12watch("config", "show")
    assert shown.exit_code == 0
    assert "sesame" not in shown.stdout
    lines = {line.split()[0]: line.split() for line in shown.stdout.splitlines()}
    assert set(lines) == {"variable", *(variable(name) for name in Settings.model_fields)}
    assert lines["B12WATCH_SASL_PASSWORD"][1:3] == ["******", "environment"]
    assert lines["B12WATCH_SASL_USERNAME"][1:3] == ["intake", "environment"]
    assert lines["B12WATCH_MAX_RECORDS"][1:3] == ["4000", "default"]
    assert lines["B12WATCH_SSL_KEY_PASSWORD"][1] == "default"
    assert lines["B12WATCH_MAX_RECORDS"][-3:] == ["(1", "to", "100000)"]


def test_config_check_says_that_all_is_well_or_every_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b12watch("config", "check").stdout == "the settings are well formed\n"
    set_all(monkeypatch, {"MAX_RECORDS": "0", "SASL_USERNAME": "x"})
    checked = b12watch("config", "check")
    assert (checked.exit_code, checked.stdout) == (2, "")
    assert [line.split()[1] for line in checked.stderr.splitlines()] == [
        "B12WATCH_MAX_RECORDS",
        "B12WATCH_SASL_USERNAME",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["worker"],
        ["record", "-o", "x"],
        ["publish", FIRST],
        ["topics", "create"],
        ["policy", "activate", "{policy}"],
        ["config", "show"],
    ],
    ids=str,
)
def test_every_command_that_needs_a_broker_refuses_wrong_settings_with_a_sentence(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "policy.toml").write_text("")
    set_all(monkeypatch, {"SASL_USERNAME": "x", "MAXRECORDS": "x"})
    ended = b12watch(*(word.format(policy=tmp_path / "policy.toml") for word in command))
    assert said(ended).startswith("b12watch: B12WATCH_MAXRECORDS is not known; ")
    assert "; B12WATCH_SASL_USERNAME is set" in said(ended)


def test_the_bootstrap_of_the_command_line_stands_over_that_of_the_environment() -> None:
    environment = {**os.environ, "B12WATCH_BOOTSTRAP": "localhost:1"}
    by_environment = process("topics", "create", env=environment)
    assert "the broker at localhost:1 does not answer" in by_environment.stderr
    by_option = process("topics", "create", "--bootstrap", "localhost:2", env=environment)
    assert "the broker at localhost:2 does not answer" in by_option.stderr
