"""Starts the built agent-runner as a process of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

PROGRAM = os.environ["PROGRAM"]


def _end_with_the_tests() -> None:
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(**settings: str) -> dict[str, str]:
    """An environment with these settings and nothing that the person who runs the tests has configured."""
    home = tempfile.mkdtemp(prefix="agent-runner-home-")
    return {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", **settings}


def command(*arguments: str, stdin: str | None = None, **settings: str) -> subprocess.CompletedProcess:
    """Runs the program to its end."""
    return subprocess.run([PROGRAM, *arguments], env=environment(**settings), text=True, capture_output=True,
                          timeout=60, **({"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}))


class Runner:
    """`agent-runner serve` on a free port."""

    def __init__(self, *arguments: str, tls: ssl.SSLContext | None = None, **settings: str) -> None:
        work = Path(tempfile.mkdtemp(prefix="agent-runner-"))
        self.log_file = work / "log"
        port_file = work / "port"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--port-file", str(port_file), *arguments],
                env=environment(**settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_end_with_the_tests)
        self._wait(lambda: port_file.exists() and port_file.read_text().strip())
        self.port = int(port_file.read_text())
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.address, timeout=30, verify=tls or True)
        self._wait(lambda: self.http.get("/readyz").status_code == 200)

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def stop(self, timeout: float = 15) -> int:
        """SIGTERM, and the exit code."""
        self.http.close()
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"SIGTERM did not end the runner within {timeout} s:\n{self.log()}") from None

    def kill(self) -> None:
        """kill -9: nothing can be put in order first."""
        self.http.close()
        self.process.kill()
        self.process.wait()

    def _wait(self, condition, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"the runner ended with {self.process.returncode}:\n{self.log()}"
            assert time.monotonic() < until, f"the runner was not ready within {seconds} s:\n{self.log()}"
            time.sleep(0.02)
