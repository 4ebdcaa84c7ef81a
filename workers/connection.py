"""How any client reaches the brokers: every client is made with `Connection.options`, so that none forgets its TLS."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

_KNOCK_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Connection:
    """The bootstrap servers, and what of TLS and SASL they ask for: nothing, as the embedded broker does, or all of it.

    `security` holds the password; it is never printed.
    """

    bootstrap: str
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments that every client of aiokafka is made with."""
        return {"bootstrap_servers": self.bootstrap, **self.security}


def check_servers(text: str) -> str:
    """The text, if it is servers, each a host or host:port; clients would raise or wait for ever on others.

    Raises: ValueError that names the one that is none.
    """
    for server in text.split(","):
        if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(:[0-9]{1,5})?", server.strip()):
            raise ValueError(f"{server!r} is not a server; it should look like localhost:9092")
    return text


async def why_refused(connection: Connection) -> str | None:
    """Why no broker lets us in, in words; None where it is no matter of certificates, names and passwords.

    aiokafka's clients only say that they could not bootstrap; so one knocks at each door to hear the reason.
    """
    for host, port, _ in collect_hosts(connection.bootstrap):
        try:
            async with asyncio.timeout(_KNOCK_TIMEOUT_S):
                knocked = await create_conn(host, port, **connection.security)
                try:
                    await knocked.send(MetadataRequest([]))  # without a name the door opens, and is shut at a question
                finally:
                    knocked.close()
        except (OSError, TimeoutError, KafkaError) as error:
            reason = _in_words(error)
            if reason is not None:
                return reason
    return None


def _in_words(error: Exception) -> str | None:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}); look at B12WATCH_SSL_CAFILE and the host"
        case ssl.SSLError():
            return f"TLS fails ({error.reason or 'no reason given'}); look at B12WATCH_SECURITY_PROTOCOL"
        case SaslAuthenticationFailed():
            return "it refuses the user name or the password; look at B12WATCH_SASL_USERNAME and its password"
        case UnsupportedSaslMechanismError() | IllegalSaslStateError():
            return (
                "it does not take this SASL mechanism; look at B12WATCH_SASL_MECHANISM and B12WATCH_SECURITY_PROTOCOL"
            )
        case KafkaConnectionError() | ConnectionResetError() | ConnectionAbortedError():
            return (
                "it closes the connection; look at B12WATCH_SECURITY_PROTOCOL, unless it is only starting or stopping"
            )
        case _:
            return None
