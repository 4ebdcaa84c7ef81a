"""A real broker that asks for TLS, a name and a password, and keeps to ACLs if it is told to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.real_kafka import RealKafka, free_ports, running_kafka
from tests.workers.tls_files import TlsFiles

USERS = (
    *("admin", "intake", "treatment", "topics", "record", "publish", "policy", "check", "rebuild"),
    *("letters", "letter", "replay"),
)

# The tests themselves come in by PLAINTEXT, as ANONYMOUS, who may do everything; so does the controller.
PROPERTIES = """
listeners=PLAINTEXT://localhost:{{port}},SASL_SSL://localhost:{port},CONTROLLER://localhost:{{controller_port}}
advertised.listeners=PLAINTEXT://localhost:{{port}},SASL_SSL://localhost:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PKCS12
ssl.keystore.location={store}
ssl.keystore.password={password}
ssl.key.password={password}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={plain} required {plain_users};
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={scram} required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram} required;
"""
ACLS = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
"""
_SECURITY = "org.apache.kafka.common.security"


def password_of(user: str) -> str:
    return f"secret-of-{user}"


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """`kafka.bootstrap` is the open door of the tests, `bootstrap` the one that is guarded."""

    kafka: RealKafka
    bootstrap: str
    files: TlsFiles

    def environment(self, user: str, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
        """What `user` needs in the environment."""
        return {
            "B12WATCH_BOOTSTRAP": self.bootstrap,
            "B12WATCH_SECURITY_PROTOCOL": "SASL_SSL",
            "B12WATCH_SSL_CAFILE": str(self.files.ca),
            "B12WATCH_SASL_MECHANISM": mechanism,
            "B12WATCH_SASL_USERNAME": user,
            "B12WATCH_SASL_PASSWORD": password_of(user),
        }


@contextlib.contextmanager
def secured_kafka(home: Path, *, with_acls: bool) -> Iterator[SecuredKafka]:
    """Raises KafkaUnavailableError."""
    files = TlsFiles.made_in(home)
    (port,) = free_ports(1)
    properties = PROPERTIES.format(
        port=port,
        store=files.store,
        password=files.password,
        plain=f"{_SECURITY}.plain.PlainLoginModule",
        plain_users=" ".join(f'user_{user}="{password_of(user)}"' for user in USERS),
        scram=f"{_SECURITY}.scram.ScramLoginModule",
    )
    scram = [
        word
        for user in USERS
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        for word in ("--add-scram", f"{mechanism}=[name={user},password={password_of(user)}]")
    ]
    with running_kafka(more_properties=properties + (ACLS if with_acls else ""), format_options=scram) as kafka:
        yield SecuredKafka(kafka, f"localhost:{port}", files)
