"""The runner as a process that is killed and started again, and calls that outlive it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from view import View, Wrong

CUT = (OSError, http.client.HTTPException)


class GivenUp(Exception):
    """The runner did not answer for a very long time."""


class Service:
    PATIENCE = 120

    def __init__(self, program: str, folder: Path, model: str, address: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "log"
        self.data = folder / "data"
        self._command = [program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data),
                         "--llm-model", model, "--llm-base-url", address, "--log-level", "warning"]
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        self._process: subprocess.Popen | None = None

    # The process.

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log)

    def await_ready(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return
            except CUT:
                pass
            if self._process.poll() is not None:
                raise Wrong(f"the runner ended by itself with {self._process.returncode}:\n{self.log.read_text()[-2000:]}")
            if time.monotonic() > until:
                raise Wrong("the runner is not ready after 60 s")
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process.poll() not in (None, -signal.SIGKILL):
            raise Wrong(f"the runner ended by itself with {self._process.returncode}:\n{self.log.read_text()[-2000:]}")
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ends it as a person would."""
        self._process.terminate()
        if (code := self._process.wait(60)) != 0:
            raise Wrong(f"SIGTERM ended the runner with {code}")

    # Calls.

    def call(self, method: str, path: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
        """One call, whose end the runner may not live to see."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body and json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            is_json = response.headers.get_content_type() == "application/json"
            return response.status, json.loads(text) if is_json else {}
        finally:
            connection.close()

    def insist(self, method: str, path: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
        """Repeats a call until it is answered."""
        until = time.monotonic() + self.PATIENCE
        while time.monotonic() < until:
            try:
                return self.call(method, path, body, **headers)
            except CUT:
                time.sleep(0.02)
        raise GivenUp(f"{method} {path} was not answered for {self.PATIENCE} s")

    def stream(self, view: View, method: str, path: str, body: dict | None = None, **headers: str) -> tuple[int, str, dict]:
        """Reads a stream into a view until it ends or is cut.

        Returns the status, the execution's id, and the error if it is one.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        status, execution, problem = 0, "", {}
        try:
            connection.request(method, path, body and json.dumps(body), {"Accept": "application/x-ndjson", **headers})
            response = connection.getresponse()
            status, execution = response.status, response.headers.get("Execution-Id", "")
            if status != 200:
                return status, execution, json.loads(response.read())
            view.connected()
            while (line := response.readline()).endswith(b"\n"):
                view.take(json.loads(line))
        except CUT:
            pass
        finally:
            connection.close()
        return status, execution, problem
