"""Settings by environment: every variable begins with `B12WATCH_`, and one that is not known is an error.

A name that is misspelt would otherwise leave a default in force, TLS off for example, and nobody would be told.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from topics.meaning.feeds import BrokenFeeds, Feeds, read_feeds
from workers.connection import Connection, check_servers
from workers.kafka_io import LoopOptions
from workers.log_setup import LogFormat
from workers.patients import AWAKE

PREFIX = "B12WATCH_"
_OTHERS = frozenset({"B12WATCH_TEST_KAFKA", "B12WATCH_REQUIRE_KAFKA", "B12WATCH_CACHE"})  # of the tests


class SettingsProblem(Exception):
    """What is wrong with the settings, a sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class SecurityProtocol(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def encrypts(self) -> bool:
        return self.endswith("SSL")

    @property
    def asks_who(self) -> bool:
        return self.startswith("SASL")


class SaslMechanism(StrEnum):
    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class Settings(BaseSettings):
    """What can be set.  Made by `load_settings`, which looks at all of it together."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    bootstrap: str = Field("localhost:9092", description="Kafka bootstrap servers; --bootstrap stands over it")
    security_protocol: SecurityProtocol = Field(
        SecurityProtocol.PLAINTEXT, description="SSL: TLS; SASL_PLAINTEXT: user name; SASL_SSL: both"
    )
    ssl_cafile: Path | None = Field(None, description="who is trusted to sign brokers (PEM); empty: as the system does")
    ssl_certfile: Path | None = Field(None, description="our own certificate (PEM), where brokers ask for one")
    ssl_keyfile: Path | None = Field(None, description="the key of our certificate (PEM)")
    ssl_key_password: SecretStr | None = Field(None, description="the password of the key")
    ssl_key_password_file: Path | None = Field(None, description="a file that holds it")
    sasl_mechanism: SaslMechanism | None = Field(None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
    sasl_username: str | None = Field(None, description="the user whose ACLs we have")
    sasl_password: SecretStr | None = Field(None, description="the user's password")
    sasl_password_file: Path | None = Field(None, description="a file that holds it")
    health_port: int | None = Field(
        None, ge=1, le=65535, description="port of /healthz, /readyz and /metrics; empty: none"
    )
    log_format: LogFormat = Field(LogFormat.AUTO, description="auto: text on a terminal, JSON elsewhere; text; json")
    group_instance_id: str | None = Field(
        None,
        description="static membership: a name that no other worker of the group has; empty: none",
    )
    session_timeout_ms: int = Field(
        6_000, ge=6_000, le=300_000, description="a worker silent for so long loses its partitions"
    )
    heartbeat_interval_ms: int = Field(
        2_000, ge=100, le=100_000, description="between signs of life; at most a third of the session"
    )
    transaction_timeout_ms: int = Field(
        10_000, ge=1_000, le=60_000, description="longest time for one batch; readers wait so long for a dead worker's"
    )
    feeds_file: Path | None = Field(
        None, description="what intake must know of the hospital's feeds (TOML; docs/intake.md); empty: nothing"
    )
    patients_awake: int = Field(
        AWAKE,
        ge=1,
        le=1_000_000,
        description="patients of each partition whose views are kept: some 50 KiB each; the others rest in some 5 KiB",
    )
    max_records: int = Field(4_000, ge=1, le=100_000, description="the most records of one poll")

    @field_validator("bootstrap")
    @classmethod
    def _servers(cls, text: str) -> str:
        return check_servers(text)

    @field_validator("group_instance_id")
    @classmethod
    def _legal_id(cls, text: str | None) -> str | None:
        if text is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", text):
            raise ValueError("it may have letters, digits, dots, hyphens and underscores, and 200 of them at most")
        return text

    @cached_property
    def connection(self) -> Connection:
        """Raises: SettingsProblem when the certificates and keys are not what they should be."""
        security: dict[str, Any] = {}
        if self.security_protocol is not SecurityProtocol.PLAINTEXT:
            security["security_protocol"] = self.security_protocol.value
        if self.security_protocol.encrypts:
            security["ssl_context"] = self._ssl_context()
        if self.security_protocol.asks_who and self.sasl_mechanism is not None:
            security["sasl_mechanism"] = self.sasl_mechanism.value
            security["sasl_plain_username"] = self.sasl_username
            security["sasl_plain_password"] = self._secret("sasl_password")
        return Connection(self.bootstrap, security)

    @cached_property
    def feeds(self) -> Feeds:
        """Raises: SettingsProblem when the file is not there, or is not what it should be."""
        if self.feeds_file is None:
            return Feeds()
        try:
            with _told_as("feeds_file", self.feeds_file, "it is no text"):
                text = self.feeds_file.read_text(encoding="utf-8")
            return read_feeds(text)
        except BrokenFeeds as broken:
            where = f"{variable('feeds_file')}: {self.feeds_file}"
            raise SettingsProblem(*(f"{where}: {line}" for line in str(broken).splitlines())) from None

    @property
    def loop_options(self) -> LoopOptions:
        return {
            "group_instance_id": self.group_instance_id,
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.heartbeat_interval_ms,
            "transaction_timeout_ms": self.transaction_timeout_ms,
            "max_records": self.max_records,
        }

    def _ssl_context(self) -> ssl.SSLContext:
        """Hosts are checked against the brokers' certificates, always."""
        with _told_as("ssl_cafile", self.ssl_cafile, "it holds no certificate (PEM)"):
            context = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.ssl_certfile is not None and self.ssl_keyfile is not None:
            with _told_as("ssl_keyfile", self.ssl_keyfile, ""):
                self.ssl_keyfile.open("rb").close()  # OpenSSL does not say which of the two is not there
            # without a password OpenSSL would ask for one on the terminal
            password = self._secret("ssl_key_password") or ""
            said = f"it, {variable('ssl_keyfile')} and the key's password do not belong together, or are no PEM"
            with _told_as("ssl_certfile", self.ssl_certfile, said):
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password)
        return context

    def _secret(self, name: str) -> str | None:
        """The secret, or what its file holds but for the line end that editors leave.  Raises: SettingsProblem."""
        given: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if file is None:
            return None if given is None else given.get_secret_value()
        with _told_as(f"{name}_file", file, "it is no text"):
            secret = file.read_text(encoding="utf-8").rstrip("\r\n")
        if not secret:
            raise SettingsProblem(f"{variable(f'{name}_file')}: {file} is empty")
        return secret


@contextlib.contextmanager
def _told_as(name: str, path: Path | None, content: str) -> Iterator[None]:
    """Tells an error of a file, or of what is in it, by the variable that named the file."""
    where = f"{variable(name)}: {path}"
    try:
        yield
    except (ssl.SSLError, ValueError):
        raise SettingsProblem(f"{where}: {content}") from None
    except OSError as error:
        raise SettingsProblem(f"{where}: {error.strerror or error}") from None


def variable(name: str) -> str:
    """The variable that sets the field."""
    return PREFIX + name.upper()


def load_settings(**given: Any) -> Settings:
    """The settings of the environment; what is `given` stands over it.  Raises: SettingsProblem with all problems."""
    problems = [*_unknown()]
    try:
        settings, bad = Settings(**given), set[str]()
    except ValidationError as error:
        problems += [_in_words(found) for found in error.errors()]
        bad = {str(found["loc"][0]) for found in error.errors()}
        settings = Settings(**{**given, **{name: Settings.model_fields[name].default for name in bad}})
    # a contradiction names all that it is about: with one of them ill formed nobody knows whether it is one
    problems += [said for said in _contradictions(settings) if not any(variable(name) in said for name in bad)]
    if not problems:
        problems += _unreadable(settings)
    if problems:
        raise SettingsProblem(*problems)
    return settings


def _unknown() -> Iterator[str]:
    known = {variable(name) for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name not in known | _OTHERS:
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.0)
            yield f"{name} is not known; the nearest that is known is {near[0]}"


def _in_words(error: Any) -> str:
    """The input is told: no secret is among them, since every text may be one."""
    said = error["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return f"{variable(error['loc'][0])} is {error['input']!r}: {said}"


def _contradictions(settings: Settings) -> Iterator[str]:
    """What does not go together, each in a sentence that names the variables."""
    yield from _of_sasl(settings)
    yield from _of_tls(settings)
    for name in ("ssl_key_password", "sasl_password"):
        if getattr(settings, name) is not None and getattr(settings, f"{name}_file") is not None:
            yield f"{variable(name)} and {variable(name)}_FILE are both set; one of them is enough"
    if 3 * settings.heartbeat_interval_ms > settings.session_timeout_ms:
        yield (
            f"{variable('heartbeat_interval_ms')} is {settings.heartbeat_interval_ms}, more than a third of "
            f"{variable('session_timeout_ms')}, {settings.session_timeout_ms}: late heartbeats would lose partitions"
        )


def _of_sasl(settings: Settings) -> Iterator[str]:
    protocol = settings.security_protocol
    given = {
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_username": settings.sasl_username,
        "sasl_password": settings.sasl_password or settings.sasl_password_file,
    }
    for name, value in given.items():
        if protocol.asks_who and value is None:
            yield f"{variable('security_protocol')} is {protocol}, and {variable(name)} is not set"
        elif value is not None and not protocol.asks_who:
            yield f"{variable(name)} is set, and {variable('security_protocol')} is {protocol}: nobody would be told it"


def _of_tls(settings: Settings) -> Iterator[str]:
    protocol = settings.security_protocol
    if not protocol.encrypts:
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            if getattr(settings, name) is not None:
                yield f"{variable(name)} is set, and {variable('security_protocol')} is {protocol}: there is no TLS"
    if (settings.ssl_certfile is None) != (settings.ssl_keyfile is None):
        there, missing = ("ssl_certfile", "ssl_keyfile")[:: 1 if settings.ssl_certfile else -1]
        yield f"{variable(there)} is set without {variable(missing)}; a certificate and its key go together"
    if settings.ssl_keyfile is None:
        for name in ("ssl_key_password", "ssl_key_password_file"):
            if getattr(settings, name) is not None:
                yield f"{variable(name)} is set without {variable('ssl_keyfile')}"


def _unreadable(settings: Settings) -> tuple[str, ...]:
    """What is wrong with the files, as far as the first of each kind that is."""
    problems: list[str] = []
    for read in (lambda: settings.connection, lambda: settings.feeds):
        try:
            read()
        except SettingsProblem as problem:
            problems += problem.problems
    return tuple(problems)
