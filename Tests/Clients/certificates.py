"""Certificates of a root of the tests' own."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1"
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Certificates:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._openssl("req", "-x509", "-days", "2", "-subj", "/CN=Root of the tests", *NEW_KEY,
                      "-keyout", self.key("root"), "-out", self.file("root"))
        for name in ("good", "renewed", "caller"):
            self._sign(name, HERE)
        self._sign("expired", HERE, days="-1")
        self._sign("elsewhere", "subjectAltName=DNS:elsewhere.example")

    def file(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def trusting(self, caller: str | None = None) -> ssl.SSLContext:
        """What a caller has: the root, and perhaps a certificate of its own."""
        context = ssl.create_default_context(cafile=self.file("root"))
        if caller:
            context.load_cert_chain(self.file(caller), self.key(caller))
        return context

    def serving(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file(name), self.key(name))
        return context

    def _sign(self, name: str, extension: str, days: str = "2") -> None:
        signing = str(self.folder / f"{name}.csr")
        self._openssl("req", "-subj", f"/CN={name}", "-addext", extension, *NEW_KEY, "-keyout", self.key(name),
                      "-out", signing)
        self._openssl("x509", "-req", "-in", signing, "-CA", self.file("root"), "-CAkey", self.key("root"),
                      "-days", days, "-copy_extensions", "copy", "-out", self.file(name))

    @staticmethod
    def _openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)
