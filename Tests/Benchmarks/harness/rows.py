"""What is measured: each function alternates between the runner and its peers and gives rows of the table."""

import http.client
import os
import subprocess
import time
from dataclasses import dataclass
from statistics import median

import abuse
import servers


@dataclass
class Row:
    """One line of the table: `met` compares the ratio or value with the issue's reach and aim."""

    measured: str
    ours: str
    peer: str = ""
    ratio: str = ""
    reach: str = ""
    aim: str = ""
    met: str = ""


def judged(value, reach, aim, more_is_better=False):
    def holds(limit):
        return value >= limit if more_is_better else value <= limit

    return "aim" if holds(aim) else "reach" if holds(reach) else "NO"


def micros(result, of="chunks"):
    return result["server_cpu"] * 1e6 / max(1, result[of])


def per_second(result, of="chunks"):
    return result[of] / max(1e-9, result["server_cpu"])


WITHOUT_STORE = "agent-runner-no-store"


class Bench:
    """The servers of one run: started when they are first needed, all stopped at the end."""

    def __init__(self, quick):
        self.quick = quick
        self.model = servers.upstream()
        self.running = {}

    def server(self, name):
        if name not in self.running:
            make = name.replace("agent-runner", "runner").replace("-", "_")
            self.running[name] = getattr(servers, make)(self.model.port)
        return self.running[name]

    def stop(self, name):
        if name in self.running:
            self.running.pop(name).stop()

    def fresh(self, name):
        self.stop(name)
        return self.server(name)

    def rounds(self, full):
        return 2 if self.quick else full

    def alternate(self, names, rounds, measure):
        """Measures each server in turn, some rounds of it after one that does not count."""
        results = {name: [] for name in names}
        for name in names:
            measure(self.server(name), True)
        for turn in range(rounds):
            for name in names if turn % 2 == 0 else reversed(names):
                results[name].append(measure(self.server(name), False))
        return results

    def streams(self, names, rounds, model, callers, requests):
        chunks = model.split("-")[1]
        return self.alternate(names, rounds, lambda server, warm: servers.stream(
            server, model, "-c", callers, "-x", chunks, "-n", max(callers, requests // 10) if warm else requests))

    def paced(self, names, rounds, streams, rate, window):
        return self.alternate(names, rounds, lambda server, warm: servers.stream(
            server, f"pace-1000000-{rate}", "-c", streams, "-W", 0.3 if warm else window))

    # The rows.

    def relay(self):
        got = self.streams(["nginx", "agent-runner"], self.rounds(5), "each-1000", 32, 100 if self.quick else 300)
        yield self.cost_row("relay, one upstream write a chunk, 32 streams: CPU µs a chunk, nginx", got, 1.5, 1.0)

    def thousand(self):
        got = self.paced(["nginx", "agent-runner"], self.rounds(3), 1000, 10, 3 if self.quick else 8)
        yield self.cost_row("1,000 streams × 10 chunks/s: CPU µs a chunk, nginx", got, 1.5, 1.1)

    def cost_row(self, title, got, reach, aim):
        ours, peer = (median(map(micros, got[name])) for name in ("agent-runner", "nginx"))
        ratio = ours / peer
        return Row(title, f"{ours:.2f}", f"{peer:.2f}", f"{ratio:.2f} ×", f"{reach} ×", f"{aim} ×", judged(ratio, reach, aim))

    def bulk(self):
        got = self.streams(["nginx", "agent-runner"], self.rounds(5), "bulk-10000", 8, 64 if self.quick else 200)
        ours, peer = (median(map(per_second, got[name])) for name in ("agent-runner", "nginx"))
        ratio = ours / peer
        yield Row("bulk relay, 8 streams × 10,000: k chunks a CPU second, nginx", f"{ours / 1e3:.0f}", f"{peer / 1e3:.0f}",
                  f"{ratio:.2f} ×", "0.5 ×", "1.0 ×", judged(ratio, 0.5, 1.0, True))

    def short(self):
        got = self.streams(["nginx", "agent-runner"], self.rounds(5), "bulk-1", 32, 4000 if self.quick else 12000)
        ours, peer = (median(per_second(r, "requests") for r in got[name]) for name in ("agent-runner", "nginx"))
        wall = {name: median(r["requests"] / r["wall"] for r in got[name]) for name in got}
        ratio = ours / peer
        yield Row("short executions (1 chunk), 32 callers: requests a CPU second, nginx", f"{ours:.0f}", f"{peer:.0f}",
                  f"{ratio:.2f} ×", "0.5 ×", "0.8 ×", judged(ratio, 0.5, 0.8, True))
        yield Row("  the same a second of the clock", f"{wall['agent-runner']:.0f}", f"{wall['nginx']:.0f}",
                  f"{wall['agent-runner'] / wall['nginx']:.2f} ×")

    def store(self):
        names = [WITHOUT_STORE, "agent-runner"]
        for title, model, callers, requests in (
                ("one upstream write a chunk, 32 streams × 1,000", "each-1000", 32, 100 if self.quick else 300),
                ("bulk, 8 streams × 10,000", "bulk-10000", 8, 64 if self.quick else 200)):
            got = self.streams(names, self.rounds(7), model, callers, requests)
            yield self.kept_row(f"{title}: k chunks a CPU second, without a store", got, per_second, 1e3)
            yield self.kept_row("  the same a second of the clock", got, lambda r: r["chunks"] / r["wall"], 1e3)
        got = self.streams(names, self.rounds(5), "bulk-1", 32, 4000 if self.quick else 12000)
        yield self.kept_row("short executions (1 chunk), 32 callers: requests a CPU second, without a store", got,
                            lambda r: per_second(r, "requests"), 1, is_judged=False)
        yield self.kept_row("  the same a second of the clock", got, lambda r: r["requests"] / r["wall"], 1, is_judged=False)
        self.stop(WITHOUT_STORE)

    def kept_row(self, title, got, figure, unit, is_judged=True):
        kept, forgotten = (median(map(figure, got[name])) for name in ("agent-runner", WITHOUT_STORE))
        # Of rounds beside each other: what else the machine does then is alike.
        ratio = median(figure(one) / figure(other) for one, other in zip(got["agent-runner"], got[WITHOUT_STORE]))
        more = ("0.9 ×", "1.0 ×", judged(ratio, 0.9, 1.0, True)) if is_judged else ()
        return Row(title, f"{kept / unit:.0f}", f"{forgotten / unit:.0f}", f"{ratio:.2f} ×", *more)

    def unary(self):
        requests = 5000 if self.quick else 20000

        def measure(server, warm):
            path = "/v1/config" if server.name == "agent-runner" else "/hello"
            few = 20 if server.name == "flyingfox-peer" else 1
            return servers.load(server, "-g", "-p", path, "-c", 16, "-n", max(32, requests // (10 if warm else 1) // few))

        names = self.available(["hummingbird"] if self.quick else ["hummingbird", "flyingfox"])
        got = self.alternate([*names, "agent-runner"], self.rounds(5), measure)
        cost = {name: median(micros(r, "requests") for r in got[name]) for name in got}
        ours = cost["agent-runner"]
        if "hummingbird" in cost:
            ratio = ours / cost["hummingbird"]
            yield Row("GET /v1/config: CPU µs a request, Hummingbird's hello", f"{ours:.1f}", f"{cost['hummingbird']:.1f}",
                      f"{ratio:.2f} ×", "0.5 ×", "0.2 ×", judged(ratio, 0.5, 0.2))
        if "flyingfox" in cost:
            yield Row("  the same, FlyingFox's hello", f"{ours:.1f}", f"{cost['flyingfox']:.1f}",
                      f"{ours / cost['flyingfox']:.2f} ×")
        for name in names:
            if name != "hummingbird":
                self.stop(name)

    def tls(self):
        names = ["nginx-tls", "agent-runner-tls"]
        requests = 5000 if self.quick else 20000

        def hello(few, *options):
            def measure(server, warm):
                path = "/livez" if server.name.startswith("agent-runner") else "/hello"
                return servers.load(server, "-g", "-p", path, "-c", 16, "-n", max(64, requests // few // (10 if warm else 1)),
                                    *options)

            return measure

        def row(title, got, of):
            ours, peer = (median(micros(r, of) for r in got[name]) for name in ("agent-runner-tls", "nginx-tls"))
            return Row(f"{title}, nginx", f"{ours:.1f}", f"{peer:.1f}", f"{ours / peer:.2f} ×", "1.3 ×", "1.0 ×",
                       judged(ours / peer, 1.3, 1.0))

        yield row("TLS, keep-alive, GET of two bytes: CPU µs a request", self.alternate(names, self.rounds(5), hello(1)),
                  "requests")
        yield row("TLS, a full handshake for each request: CPU µs", self.alternate(names, self.rounds(3), hello(10, "-O")),
                  "requests")
        got = self.alternate(names, self.rounds(3), hello(10, "-O", "-R"))
        shares = {name: sum(r["resumed"] for r in got[name]) / sum(r["handshakes"] for r in got[name]) for name in names}
        yield row(f"TLS, a resumed session for each request ({shares['agent-runner-tls']:.0%}, nginx "
                  f"{shares['nginx-tls']:.0%} of handshakes): CPU µs", got, "requests")
        got = self.streams(names, self.rounds(3), "each-1000", 32, 64 if self.quick else 100)
        yield row("TLS, relay, one upstream write a chunk, 32 streams: CPU µs a chunk", got, "chunks")
        for name in names:
            self.stop(name)

    def leaving(self):
        yield from abuse.leaving(self.quick, Row)

    def slow_readers(self):
        yield from abuse.slow_readers(self.model.port, self.quick, Row)

    def swift_relay(self):
        if not self.available(["hummingbird"]):
            return
        got = self.streams(["hummingbird", "agent-runner"], self.rounds(3), "each-1000", 32, 64 if self.quick else 100)
        ours, peer = (median(map(micros, got[name])) for name in ("agent-runner", "hummingbird"))
        yield Row("relay, one upstream write a chunk: CPU µs a chunk, Hummingbird + AsyncHTTPClient", f"{ours:.2f}",
                  f"{peer:.2f}", f"{ours / peer:.2f} ×")
        self.stop("hummingbird")

    def first_token(self):
        names = ["direct", "nginx", "agent-runner"]
        self.running["direct"] = self.model
        for callers, think in ((1, 0), (64, 50)):
            requests = callers * (20 if self.quick else 60) if callers > 1 else (500 if self.quick else 2000)

            def measure(server, warm):
                return servers.stream(server, "bulk-10", "-c", callers, "-n", max(callers, requests // 10) if warm else requests,
                                      "-t", think, "-x", 10)

            got = self.alternate(names, self.rounds(5), measure)
            for p in ("p50", "p99"):
                at = {name: median(r["ttft_us"][p] for r in got[name]) for name in names}
                ours, peer = at["agent-runner"] - at["direct"], at["nginx"] - at["direct"]
                met = judged(ours, peer, 200) if p == "p99" else ""
                who = "1 caller" if callers == 1 else f"{callers} callers, each a request every {think} ms"
                yield Row(f"added time to first token, {p}, {who}: µs, nginx (direct {at['direct']:.0f})", f"{ours:.0f}",
                          f"{peer:.0f}", f"{ours / peer:.2f} ×" if peer > 0 else "", "≤ nginx" if met else "",
                          "200" if met else "", met)
        del self.running["direct"]

    def memory(self):
        streams = 1000 if self.quick else 4000
        per = {}
        for name in ("nginx", "agent-runner"):
            server = self.fresh(name)
            servers.stream(server, "each-10", "-c", 1, "-n", 5, "-x", 10)
            got = servers.stream(server, "pace-1000000-1", "-c", streams, "-W", 1)["rss_anon_kb"]
            per[name] = (got["after"] - got["before"]) / streams
        ours = per["agent-runner"]
        yield Row(f"memory a live stream, {streams} streams: KB of RssAnon, nginx", f"{ours:.1f}", f"{per['nginx']:.1f}",
                  f"{ours / per['nginx']:.2f} ×", "32 KB", "16 KB", judged(ours, 32, 16))

    def nine_thousand(self):
        met = "NO"
        shown = []
        seconds = 4 if self.quick else 10
        for rate, level in ((1, "reach"), (2, "aim")):
            try:
                got = servers.stream(self.fresh("agent-runner"), f"pace-{seconds * rate}-{rate}", "-c", 9000, "-n", 9000,
                                     "-x", seconds * rate)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                shown.append(f"{rate}/s: {error}")
                break
            met = level
            shown.append(f"{rate}/s: {got['requests']} whole, {got['rss_kb'] // 1024} MB")
        self.stop("agent-runner")
        yield Row("9,000 paced streams, none lost, none out of order", "; ".join(shown), "", "", "1/s", "2/s", met)

    def against(self, name, title, requests, reach, aim):
        if not self.available([name]):
            return
        self.fresh("agent-runner")

        def measure(server, warm):
            times = 8 if server.name == "agent-runner" else 1
            return servers.stream(server, "each-300", "-c", 8, "-n", 8 if warm else requests * times, "-x", 300)

        got = self.alternate([name, "agent-runner"], self.rounds(3), measure)
        ours, peer = (median(map(per_second, got[n])) for n in ("agent-runner", name))
        ratio = ours / peer
        yield Row(f"chunks a CPU second, 8 streams × 300, {title} ({got[name][-1]['rss_kb'] // 1024} MB; ours "
                  f"{got['agent-runner'][-1]['rss_kb'] // 1024} MB)", f"{ours:.0f}", f"{peer:.0f}", f"{ratio:.0f} ×",
                  f"{reach} ×", f"{aim} ×", judged(ratio, reach, aim, True))
        self.stop(name)

    def litellm(self):
        yield from self.against("litellm", "LiteLLM's proxy", 8 if self.quick else 16, 150, 300)

    def today(self):
        yield from self.against("today", "today's stack", 16 if self.quick else 40, 50, 100)

    def start(self):
        times, memory = [], []
        for _ in range(5 if self.quick else 15):
            port = servers.free_port()
            command = servers.runner_command(port, self.model.port)
            begun = time.monotonic()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=servers.WORK)
            try:
                while True:
                    try:
                        connection = http.client.HTTPConnection("127.0.0.1", port)
                        connection.request("GET", "/livez")
                        if connection.getresponse().status == 200:
                            break
                    except OSError:
                        if process.poll() is not None or time.monotonic() - begun > 20:
                            raise RuntimeError("agent-runner does not start") from None
                        time.sleep(0.0005)
                times.append((time.monotonic() - begun) * 1e3)
                time.sleep(0.2)
                with open(f"/proc/{process.pid}/status") as status:
                    memory.append(next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024)
            finally:
                process.kill()
                process.wait()
        ms, mb = median(times), median(memory)
        yield Row("idle: MB of RSS", f"{mb:.1f}", "", "", "30 MB", "15 MB", judged(mb, 30, 15))
        yield Row(f"start to first response: ms (best {min(times):.0f})", f"{ms:.0f}", "", "", "50 ms", "15 ms",
                  judged(ms, 50, 15))

    def curve(self):
        window = 1 if self.quick else 5
        points = [(10, 1000), (100, 100), (1000, 10)]
        got = [self.paced(["nginx", "agent-runner"], self.rounds(3), streams, rate, window) for streams, rate in points]
        for name in ("agent-runner", "nginx"):
            cost = [median(map(micros, g[name])) for g in got]
            yield Row(f"curve: CPU µs a chunk at 10,000 chunks/s over 10, 100, 1,000 streams, {name}",
                      " ".join(f"{c:.1f}" for c in cost))
        total = 200_000 if self.quick else 1_000_000
        got = [self.streams(["nginx", "agent-runner"], self.rounds(3), f"bulk-{n}", 8, total // n) for n in (100, 1000, 10000)]
        for name in ("agent-runner", "nginx"):
            cost = [median(map(micros, g[name])) for g in got]
            yield Row(f"curve: CPU µs a chunk, bulk answers of 100, 1,000, 10,000 chunks, {name}",
                      " ".join(f"{c:.2f}" for c in cost))

    def available(self, names):
        """Those peers that can be had here; a missing one is said and left out."""
        found = []
        for name in names:
            try:
                self.server(name)
                found.append(name)
            except (RuntimeError, subprocess.CalledProcessError, OSError) as error:
                print(f"left out: {name}: {error}", flush=True)
        return found


ALL = ["relay", "thousand", "bulk", "short", "store", "unary", "tls", "leaving", "slow_readers", "swift_relay", "first_token", "memory", "nine_thousand", "litellm",
       "today", "start", "curve"]
