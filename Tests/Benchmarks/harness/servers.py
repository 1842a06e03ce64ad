"""Starts and stops the servers that are measured, the model server and the callers."""

import atexit
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
WORK = ROOT / ".build-bench"
CORES = os.cpu_count() or 1
# The measured server has the first core for itself; the model server and the callers share the last one.
SERVER_CORE, OTHER_CORE = 0, CORES - 1

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


def urgently(*command):
    """A command that other work on the machine disturbs less, where that is allowed."""
    return [*(["chrt", "--rr", "1"] if os.geteuid() == 0 else []), *map(str, command)]


class Server:
    """A process that listens on a port of this machine."""

    def __init__(self, name, command, port, core, wait=60, env=None):
        self.name, self.port = name, port
        log = open(WORK / f"{name}.log", "ab")
        self.process = subprocess.Popen(
            urgently("taskset", "-c", core, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=WORK, env={**os.environ, **(env or {})}, start_new_session=True)
        atexit.register(self.stop)
        end = time.monotonic() + wait
        while not answers(port):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{name} does not answer at port {port}; see {WORK / name}.log")
            time.sleep(0.02)

    @property
    def pid(self):
        return self.process.pid

    def memory_kb(self, figure="VmRSS"):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(figure + ":"):
                return int(line.split()[1])

    def stop(self):
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait()


def build_load():
    WORK.mkdir(exist_ok=True)
    shutil.rmtree(WORK / "data", ignore_errors=True)
    for name in ("upstream", "load"):
        source = HERE / "load" / f"{name}.c"
        libraries = ["-lssl", "-lcrypto"] if name == "load" else []
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", WORK / name, source, *libraries], check=True)


def upstream():
    port = free_port()
    return Server("upstream", [WORK / "upstream", port], port, OTHER_CORE)


def binary():
    """The program as it is deployed, unless AGENT_RUNNER names another."""
    if os.environ.get("AGENT_RUNNER"):
        return os.environ["AGENT_RUNNER"]
    options = ["--configuration", "release", "--static-swift-stdlib", "--product", "agent-runner",
               "--package-path", ROOT, "--scratch-path", ROOT / ".build-release"]
    subprocess.run(["swift", "build", *options], check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run(["swift", "build", *options, "--show-bin-path"], check=True, capture_output=True, text=True)
    return f"{shown.stdout.strip()}/agent-runner"


def certificate():
    """A certificate as both TLS servers use it, and its key."""
    made, key = WORK / "tls.pem", WORK / "tls.key"
    if not made.exists():
        subprocess.run(["openssl", "req", "-x509", "-days", "3650", "-subj", "/CN=localhost", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


def runner_command(port, model_port):
    # Each with an empty store of its own, on the disk that this repository is on.
    data = WORK / "data" / str(port)
    shutil.rmtree(data, ignore_errors=True)
    return [binary(), "serve", "--listen", f"127.0.0.1:{port}", "--llm-provider", "ollama",
            "--llm-base-url", f"http://127.0.0.1:{model_port}", "--config", "/dev/null", "--log-level", "error",
            "--max-executions-per-caller", "20000", "--max-streams-per-caller", "20000", "--data-dir", data]


def runner(model_port, name="agent-runner", *options):
    port = free_port()
    return Server(name, [*runner_command(port, model_port), *options], port, SERVER_CORE)


def runner_no_store(model_port):
    return runner(model_port, "agent-runner-no-store", "--no-store")


def runner_tls(model_port):
    made, key = certificate()
    return runner(model_port, "agent-runner-tls", "--tls-cert", made, "--tls-key", key)


def filled_in(template, result, **values):
    text = (HERE / "Peers" / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = WORK / result
    path.write_text(text)
    return path


def nginx_tls(model_port):
    made, key = certificate()
    return nginx(model_port, "nginx-tls", "ssl", f"ssl_certificate {made}; ssl_certificate_key {key};")


def nginx(model_port, name="nginx", ssl="", certificate=""):
    if not shutil.which("nginx"):
        subprocess.run("apt-get update -qq && apt-get install -y -qq nginx-light", shell=True, check=True,
                       stdout=subprocess.DEVNULL)
    port = free_port()
    conf = filled_in("nginx.conf.in", f"{name}.conf", PORT=port, UPSTREAM=model_port, DIR=WORK, NAME=name, SSL=ssl,
                     CERTIFICATE=certificate)
    return Server(name, ["nginx", "-c", conf], port, SERVER_CORE)


def swift_peer(name, *arguments):
    scratch = WORK / "peers"
    built = scratch / "release" / name
    sources = [HERE / "Peers/Package.swift", *(HERE / "Peers/Sources" / name).iterdir()]
    if not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        print(f"building {name} …", flush=True)
        subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE / "Peers", "--scratch-path", scratch,
                        "--product", name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        built.touch()
    port = free_port()
    return Server(name, [built, port, *arguments], port, SERVER_CORE)


def hummingbird(model_port):
    return swift_peer("hummingbird-peer", f"http://127.0.0.1:{model_port}")


def flyingfox(_):
    return swift_peer("flyingfox-peer")


def venv(name, *packages):
    folder = Path(os.environ.get("BENCH_VENVS", WORK)) / name
    mark = folder / "complete"
    if not mark.exists():
        print(f"installing {' '.join(packages)} …", flush=True)
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", *packages], check=True)
        mark.touch()
    return folder / "bin"


def litellm(model_port):
    programs = venv("litellm", "litellm[proxy]")
    port = free_port()
    command = [programs / "litellm", "--config", filled_in("Python/litellm.yaml.in", "litellm.yaml", UPSTREAM=model_port), "--port", port,
               "--host", "127.0.0.1", "--num_workers", 1]
    return Server("litellm", command, port, SERVER_CORE, wait=180, env={"LITELLM_LOG": "ERROR", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True"})


def today(model_port):
    programs = venv("today", "langchain-ollama", "langgraph", "uvicorn", "starlette")
    port = free_port()
    return Server("today", [programs / "python", HERE / "Peers/Python/today.py", port, model_port], port, SERVER_CORE,
                  wait=180)


def chat_body(model, **more):
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}], "stream": True, **more})


def call_of(name, model):
    """How the callers ask a server for a model's answer, and how they read it."""
    if name.startswith("agent-runner"):
        body = json.dumps({"spec": {"message": "hello", "execution_config": {"model_name": model}}})
        return ["-p", "/v1/execute", "-B", body, "-e", '"finished":{', "-s", "messageCompleted", "-T", '"text":"']
    if name == "litellm":
        return ["-p", "/v1/chat/completions", "-B", chat_body(model), "-e", "[DONE]"]
    if name == "today":
        return ["-p", "/run", "-B", chat_body(model), "-e", '"finished"', "-T", '"text": "']
    return ["-p", "/api/chat", "-B", chat_body(model), "-e", '"done":true']


def load(server, *arguments):
    """Runs the callers against a server; raises if a chunk or an answer was lost."""
    tls = ["-S"] if server.name.endswith("-tls") else []
    command = urgently("taskset", "-c", OTHER_CORE, WORK / "load", "-a", server.port, "-P", server.pid, *tls, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    if not done.stdout:
        raise RuntimeError(f"load at {server.name}: {done.stderr.strip() or done.returncode}")
    result = json.loads(done.stdout)
    if done.returncode:
        raise RuntimeError(f"load at {server.name}: {result['errors']}, first: {result['first_error']}")
    return result


def stream(server, model, *arguments):
    """Answers of a model through a server; each must be complete and in order."""
    return load(server, *call_of(server.name, model), *arguments)
