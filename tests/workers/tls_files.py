"""Certificates and keys for tests, made with openssl: an authority, and what it signed for localhost."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """`certificate` is for localhost and signed by `ca`; `key` is its key, `locked_key` the same under `password`.

    `store` has certificate and key as Java reads them (PKCS12), under `password`.
    """

    ca: Path
    certificate: Path
    key: Path
    locked_key: Path
    store: Path
    password: str = "correct horse"

    @classmethod
    def made_in(cls, home: Path) -> Self:
        """Skips the test where there is no openssl; where a real Kafka is required, that is a failure."""
        if shutil.which("openssl") is None:
            assert os.environ.get("B12WATCH_REQUIRE_KAFKA") != "1", "B12WATCH_REQUIRE_KAFKA is set, but no openssl"
            pytest.skip("needs openssl on the path to make certificates")
        files = cls(home / "ca.pem", home / "cert.pem", home / "key.pem", home / "locked.pem", home / "store.p12")
        ca_key, request, names = home / "ca-key.pem", home / "request.pem", home / "names"
        names.write_text("subjectAltName=DNS:localhost\n")
        new = ["req", "-newkey", "rsa:2048", "-nodes"]
        _openssl(*new, "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", ca_key, "-out", files.ca)
        _openssl(*new, "-subj", "/CN=localhost", "-keyout", files.key, "-out", request)
        signed_by = ["-CA", files.ca, "-CAkey", ca_key, "-CAcreateserial", "-extfile", names]
        _openssl("x509", "-req", "-in", request, "-days", "2", *signed_by, "-out", files.certificate)
        locked = ["-topk8", "-passout", f"pass:{files.password}"]
        _openssl("pkcs8", "-in", files.key, *locked, "-out", files.locked_key)
        both = ["-in", files.certificate, "-inkey", files.key, "-passout", f"pass:{files.password}"]
        _openssl("pkcs12", "-export", *both, "-out", files.store)
        return files


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True)
