"""Instructions a request and a chunk in user space, by callgrind. See ../instructions.sh."""

import re
import subprocess
import sys

import servers


def under_callgrind(name, command, port, env=None):
    for old in servers.WORK.glob(f"callgrind.{name}.out*"):
        old.unlink()
    tool = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={servers.WORK}/callgrind.{name}.out"]
    return servers.Server(name, [*tool, *command], port, servers.SERVER_CORE, wait=180, env=env)


def dump(server):
    """Writes what has been counted since the last dump, and counts from 0 again."""
    before = set(servers.WORK.glob(f"callgrind.{server.name}.out.*"))
    subprocess.run(["callgrind_control", "-d", str(server.pid)], check=True, capture_output=True)
    return (set(servers.WORK.glob(f"callgrind.{server.name}.out.*")) - before).pop()


def counted(server, label, work):
    """Runs `work` and returns how many instructions the server took for it; keeps the profile under `label`."""
    dump(server)
    work()
    new = dump(server)
    kept = servers.WORK / f"callgrind.{label}.{server.name}"
    new.rename(kept)
    text = kept.read_text(errors="replace")
    return int(re.search(r"^(?:totals|summary): (\d+)", text, re.M).group(1))


def figures(server):
    name = server.name

    def run(model, callers, requests):
        chunks = model.split("-")[1]
        return lambda: servers.stream(server, model, "-c", callers, "-n", requests, "-x", chunks)

    run("bulk-1", 4, 100)()
    run("bulk-100", 4, 20)()
    requests = 400
    short = counted(server, "short", run("bulk-1", 4, requests)) / requests
    bulk = counted(server, "bulk", run("bulk-10000", 2, 20)) / 200_000
    # Slow enough, even under valgrind, that every chunk is read and written by itself.
    paced = (counted(server, "paced", run("pace-110-20", 16, 16)) - counted(server, "paced10", run("pace-10-20", 16, 16))) / 1600
    line = f"{name:14} {short:12.0f} {paced:12.0f} {bulk:12.0f}"
    if name == "agent-runner":
        config = counted(server, "config", lambda: servers.load(server, "-g", "-p", "/v1/config", "-c", 4, "-n", 400)) / 400
        line += f" {config:12.0f}"
    print(line, flush=True)


def runner_under_callgrind(model, name="agent-runner"):
    port = servers.free_port()
    # Debian's valgrind cannot read Swift's DWARF; the symbols are enough for names.
    shim = servers.WORK / "sigsuspend.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, servers.HERE / "load/sigsuspend.c"], check=True)
    bare = servers.WORK / "agent-runner.stripped"
    subprocess.run(["strip", "--strip-debug", "-o", bare, servers.binary()], check=True)
    server = under_callgrind(name, [bare, *servers.runner_command(port, model.port)[1:]], port, {"LD_PRELOAD": str(shim)})
    server.name = "agent-runner"
    return server


def profile(model, label):
    """One kind of request only, its profile written at the end: callgrind loses names over a dump at run time."""
    server = runner_under_callgrind(model, label)
    if label == "profile-config":
        servers.load(server, "-g", "-p", "/v1/config", "-c", 4, "-n", 2000)
    elif label == "profile-short":
        servers.stream(server, "bulk-1", "-c", 4, "-n", 1500, "-x", 1)
    elif label == "profile-bulk":
        servers.stream(server, "bulk-10000", "-c", 2, "-n", 40, "-x", 10000)
    else:
        servers.stream(server, "pace-400-40", "-c", 16, "-n", 16, "-x", 400)
    server.stop()
    [written] = servers.WORK.glob(f"callgrind.{label}.out*")
    for kind in ("yes", "no"):
        text = subprocess.run(["callgrind_annotate", f"--inclusive={kind}", "--auto=no", "--threshold=95", written],
                              capture_output=True, text=True).stdout
        text = subprocess.run(["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True).stdout
        (servers.WORK / f"{label}.{'inclusive' if kind == 'yes' else 'self'}.txt").write_text(text)
    print(f"{servers.WORK}/{label}.inclusive.txt and .self.txt", flush=True)


def main():
    servers.build_load()
    model = servers.upstream()
    if "--profile" in sys.argv:
        for label in ("profile-short", "profile-paced", "profile-bulk", "profile-config"):
            profile(model, label)
        return
    print(f"{'instructions':14} {'short request':>12} {'paced chunk':>12} {'bulk chunk':>12} {'/v1/config':>12}", flush=True)
    port = servers.free_port()
    conf = servers.filled_in("nginx.conf.in", "nginx.conf", PORT=port, UPSTREAM=model.port, DIR=servers.WORK,
                              NAME="nginx", SSL="", CERTIFICATE="")
    nginx = under_callgrind("nginx", ["nginx", "-c", conf, "-g", "master_process off;"], port)
    figures(nginx)
    nginx.stop()
    runner = runner_under_callgrind(model)
    figures(runner)
    runner.stop()


main()
