"""Callers who leave and callers who are slow: what the runner's figures are beside them."""

import http.client
import json
import os
import random
import select
import socket
import struct
import threading
import time
from statistics import median

import servers

REQUEST = ("POST /v1/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
MANY = ("--max-executions", "50000", "--max-executions-per-caller", "50000", "--max-streams-per-caller", "50000")


def request(message, model):
    body = json.dumps({"spec": {"message": message, "execution_config": {"model_name": model}}})
    return (REQUEST % (len(body), body)).encode()


def figure(port, name):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"agent_runner_{name} "))


def wait_until(what, holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Crowd:
    """A model server, and callers of the runner before it, in one loop: so leaving and its effect have one clock.

    Every caller's stream gets four pieces a second. What the loop itself is late is counted as the runner's delay.
    """

    HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    SHOW = b'{"model_info":{"general.architecture":"bench","bench.context_length":131072}}'
    LINE = b'{"model":"bench","message":{"role":"assistant","content":"piece "},"done":false}\n'
    PIECE = b"%x\r\n%s\r\n" % (len(LINE), LINE)

    def __init__(self):
        self.poller = select.epoll()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(4096)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.poller.register(self.listener, select.EPOLLIN)
        self.upstream = {}  # descriptor: [socket, request, caller]
        self.callers = {}  # descriptor: (socket, number)
        self.streams = {}  # caller: socket of its upstream stream
        self.heard = set()  # callers who have got some of the answer
        self.left, self.closed = {}, {}
        self.due = []

    def call(self, port, number):
        caller = socket.create_connection(("127.0.0.1", port))
        caller.sendall(request(f"caller-{number};", "bench"))
        caller.setblocking(False)
        self.callers[caller.fileno()] = (caller, number)
        self.poller.register(caller, select.EPOLLIN)
        return caller

    def leave(self, caller, number):
        """Closes as programs do, or resets as those that are killed do."""
        del self.callers[caller.fileno()]
        self.poller.unregister(caller)
        if random.random() < 0.5:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.left[number] = time.monotonic()
        caller.close()

    def turn(self):
        events = self.poller.poll(0.001)
        # Ends first: what this loop does in between would be counted as delay.
        for descriptor, bits in sorted(events, key=lambda event: not event[1] & (select.EPOLLRDHUP | select.EPOLLHUP)):
            if descriptor == self.listener.fileno():
                self._accept()
            elif descriptor in self.upstream:
                self._read_upstream(descriptor)
            elif descriptor in self.callers:
                caller, number = self.callers[descriptor]
                try:
                    if caller.recv(65536):
                        self.heard.add(number)
                except BlockingIOError:
                    pass
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            at, number = self.due.pop(0)
            if number in self.streams:
                self._send(self.streams[number], self.PIECE)
                self.due.append((at + 0.25, number))

    def _accept(self):
        try:
            while True:
                peer, _ = self.listener.accept()
                peer.setblocking(False)
                self.upstream[peer.fileno()] = [peer, b"", None]
                self.poller.register(peer, select.EPOLLIN | select.EPOLLRDHUP)
        except BlockingIOError:
            pass

    def _send(self, peer, data):
        try:
            peer.send(data)
        except OSError:
            pass

    def _read_upstream(self, descriptor):
        entry = self.upstream[descriptor]
        try:
            data = entry[0].recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            if entry[2] is not None:
                self.closed[entry[2]] = time.monotonic()
                self.streams.pop(entry[2], None)
            del self.upstream[descriptor]
            self.poller.unregister(descriptor)
            entry[0].close()
            return
        entry[1] += data
        head, _, body = entry[1].partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if b"\r\n\r\n" not in entry[1] or len(body) < length:
            return
        entry[1] = b""
        if head.startswith(b"POST /api/chat"):
            number = int(body.rpartition(b"caller-")[2].partition(b";")[0])
            entry[2] = number
            self.streams[number] = entry[0]
            self._send(entry[0], self.HEAD + self.PIECE)
            self.due.append((time.monotonic() + 0.25, number))
        else:
            self._send(entry[0], b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.SHOW), self.SHOW))


def leaving(quick, row):
    """1,000 callers leave at random moments, three times over: when does each one's upstream connection close?"""
    count, rounds, seconds = (300, 2, 1.5) if quick else (1000, 3, 4.0)
    crowd = Crowd()
    server = servers.runner(crowd.port, "agent-runner", *MANY)

    def descriptors():
        return len(os.listdir(f"/proc/{server.pid}/fd"))

    def run_until(holds, what, limit=60):
        end = time.monotonic() + limit
        while not holds():
            crowd.turn()
            if time.monotonic() > end:
                raise RuntimeError(f"not within {limit} s: {what}")

    def one_round(first, count):
        numbers = range(first, first + count)
        for number in numbers:
            crowd.call(server.port, number)
            crowd.turn()
        run_until(lambda: crowd.heard.issuperset(numbers), "every caller is streamed to")
        peak = server.memory_kb("RssAnon")
        begun = time.monotonic()
        moments = sorted((begun + random.uniform(0, seconds), *caller) for caller in crowd.callers.values())
        while moments:
            while moments and moments[0][0] <= time.monotonic():
                _, caller, number = moments.pop(0)
                crowd.leave(caller, number)
            crowd.turn()
        run_until(lambda: crowd.closed.keys() >= set(numbers), "every upstream connection is closed")
        return peak, [crowd.closed[number] - crowd.left[number] for number in numbers]

    try:
        one_round(0, 10)
        idle, before, memory = [], descriptors(), [server.memory_kb("RssAnon")]
        delays, peaks = [], []
        for turn in range(rounds):
            peak, took = one_round(1000 * (turn + 1) + 10, count)
            delays += took
            peaks.append(peak)
            wait_until("no execution is at work", lambda: figure(server.port, "executions_running") == 0)
            wait_until("no descriptor is left", lambda: descriptors() <= before + 2)
            memory.append(server.memory_kb("RssAnon"))
        delays.sort()
        p50, p99, worst = (delays[int(len(delays) * share)] * 1e3 for share in (0.5, 0.99, 0.999999))
        yield row(f"{count} callers leave, {rounds} times: ms to the upstream's close, p50 / p99 / longest",
                  f"{p50:.1f} / {p99:.1f} / {worst:.1f}", reach="100 longest", met="reach" if worst <= 100 else "NO")
        yield row("  the same: descriptors before and after; MB of RssAnon before, with all, after each time",
                  f"{before}, {descriptors()}; {memory[0] / 1024:.0f}, "
                  f"{max(peaks) / 1024:.0f}, {' '.join(f'{kb / 1024:.0f}' for kb in memory[1:])}")
    finally:
        server.stop()
        crowd.listener.close()


class SlowReaders:
    """Callers who take a kilobyte a second of an answer that comes at once, from a thread of their own."""

    def __init__(self, port, count, model):
        self.sockets = []
        for number in range(count):
            caller = socket.socket()
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            caller.connect(("127.0.0.1", port))
            caller.sendall(request(f"slow {number}", model))
            caller.setblocking(False)
            self.sockets.append(caller)
        self.received = [bytearray() for _ in self.sockets]
        self.isHurrying = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        due = time.monotonic()
        while not all(self._is_whole(got) for got in self.received):
            for caller, got in zip(self.sockets, self.received):
                try:
                    got += caller.recv(1 << 16 if self.isHurrying else 256)
                except BlockingIOError:
                    pass
            due += 0 if self.isHurrying else 0.25
            time.sleep(max(0.001, due - time.monotonic()))

    @staticmethod
    def _is_whole(got):
        return got.endswith(b"0\r\n\r\n")

    def hurry(self):
        for caller in self.sockets:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
        self.isHurrying = True
        self.thread.join(120)
        if self.thread.is_alive():
            raise RuntimeError("slow readers do not come to the end of their answers")

    @staticmethod
    def events(got):
        body, rest = bytearray(), bytes(got).partition(b"\r\n\r\n")[2]
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            body += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]
        return [json.loads(line) for line in body.splitlines()]


def slow_readers(model_port, quick, row):
    """200 readers of 1 KB/s: what they cost, what others notice of them, and whether they get everything."""
    count, seconds, chunks = (50, 5, 5000) if quick else (200, 20, 20000)
    server = servers.runner(model_port, "agent-runner", *MANY)

    def others():
        return servers.stream(server, "each-300", "-c", 4, "-n", 40 if quick else 200, "-x", 300)

    def cost(results):
        return (median(r["server_cpu"] * 1e6 / r["chunks"] for r in results),
                median(r["ttft_us"]["p50"] for r in results), median(r["ttft_us"]["p99"] for r in results))

    try:
        others()
        alone = cost([others() for _ in range(3)])
        before = server.memory_kb("RssAnon")
        slow = SlowReaders(server.port, count, f"bulk-{chunks}")
        wait_until("the models are done", lambda: figure(server.port, "executions_running") == 0, 120)
        began, memory, beside = time.monotonic(), [], []
        while time.monotonic() - began < seconds:
            memory.append(server.memory_kb("RssAnon"))
            beside.append(others())
        memory.append(server.memory_kb("RssAnon"))
        beside = cost(beside)
        unread = sum(not slow._is_whole(got) for got in slow.received)
        taken = median(len(got) for got in slow.received)
        slow.hurry()
        expected = "".join(f"~{number:07};" for number in range(chunks))
        whole = 0
        for got in slow.received:
            events = SlowReaders.events(got)
            text = "".join(event["textDelta"]["text"] for event in events if "textDelta" in event)
            whole += text.replace(" ", "") == expected and events[-1].get("finished", {}).get("phase") == "EXECUTION_COMPLETED"
        answer = chunks * 10 / 1024
        grown = (max(memory) - before) / count
        bound = 2 * answer + 192
        yield row(f"{count} readers of 1 KB/s for {seconds} s (each took {taken / 1024:.0f} KB, {unread} still unread): KB each, "
                  f"of which the answer is {answer:.0f}; then without an event lost",
                  f"{grown:.0f}; {whole} of {count}", reach=f"{bound:.0f}; all",
                  met="reach" if grown <= bound and whole == count and unread == count else "NO")
        yield row("  4 other streams meanwhile: CPU µs a chunk / first token p50 / p99 µs, without them",
                  " / ".join(f"{value:.0f}" for value in beside), " / ".join(f"{value:.0f}" for value in alone),
                  f"{beside[0] / alone[0]:.2f} ×")
    finally:
        server.stop()
