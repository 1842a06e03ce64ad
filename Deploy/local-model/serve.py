#!/usr/bin/env python3
"""Serves the small local model on 127.0.0.1 with OpenAI's and Anthropic's APIs, until SIGTERM or its parent's end."""

import argparse
import ctypes
import os
import signal
import sys
from pathlib import Path

HOME = Path(os.environ.get("AGENT_RUNNER_LOCAL_MODEL_HOME") or Path(__file__).resolve().parents[2] / ".local-model")
PYTHON = HOME / "venv" / "bin" / "python"
MODEL = HOME / "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT_PER_SLOT = 4096


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18080, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--port-file", type=Path, help="the port is written here when the model is ready")
    parser.add_argument("--parallel", type=int, default=4, help="requests served at once (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1), help="default: %(default)s")
    return parser.parse_args()


def use_the_right_python() -> None:
    """Starts itself again in the virtual environment, and with OpenMP told not to spin while it waits."""
    if not PYTHON.exists() or not MODEL.exists():
        sys.exit(f"the local model is not set up in {HOME}; run Deploy/local-model/setup.sh")
    if not os.path.samefile(sys.prefix, PYTHON.parent.parent) or os.environ.get("OMP_WAIT_POLICY") != "PASSIVE":
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def end_with_parent() -> None:
    """A runner that was killed outright must not leave a model behind (Linux; elsewhere only SIGTERM ends it)."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent process is gone already")


def main() -> None:
    options = arguments()
    use_the_right_python()
    end_with_parent()
    endings = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)

    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(MODEL)
    params.model_alias = {"smollm2"}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.n_parallel = options.parallel
    params.n_ctx = CONTEXT_PER_SLOT * options.parallel
    params.cpuparams.n_threads = options.threads
    params.use_jinja = True
    params.cache_ram_mib = 256
    params.verbosity = 1
    try:
        server = Server(params)
    except RuntimeError as error:
        sys.exit(f"the local model could not start on port {options.port} (see above): {error}")

    address = server.listening_address
    if options.port_file:
        part = options.port_file.with_suffix(".part")
        part.write_text(address.rsplit(":", 1)[1] + "\n")
        part.replace(options.port_file)
    print(f"smollm2 ready on {address}", flush=True)
    signal.sigwait(endings)
    os._exit(0)


main()
