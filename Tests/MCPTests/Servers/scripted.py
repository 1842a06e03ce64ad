#!/usr/bin/env python3
"""An MCP server over stdio that does what its argument says, however wrong that is.

What it receives goes line by line into the file that the variable RECEIVED names.
"""
import json
import os
import signal
import subprocess
import sys
import threading

MODE = sys.argv[1] if len(sys.argv) > 1 else "good"
RECEIVED = os.environ.get("RECEIVED")
lock = threading.Lock()
extra_tools = []
answers = {}
answered = threading.Condition()


def send(message):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def raw(text):
    with lock:
        sys.stdout.write(text)
        sys.stdout.flush()


def note(text):
    if RECEIVED:
        with open(RECEIVED, "a") as file:
            file.write(text + "\n")


def answer(id, result):
    send({"jsonrpc": "2.0", "id": id, "result": result})


def notify(method, params=None):
    send({"jsonrpc": "2.0", "method": method, "params": params or {}})


def text(id, *texts, is_error=False):
    answer(id, {"content": [{"type": "text", "text": t} for t in texts], "isError": is_error})


def tool(name, **more):
    return {"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object", "properties": {}}, **more}


def ask_client(id, method):
    send({"jsonrpc": "2.0", "id": id, "method": method, "params": {}})
    with answered:
        answered.wait_for(lambda: id in answers, timeout=20)
    return answers.get(id)


def tools(params):
    if MODE == "many":
        return {"tools": [tool(f"t{n}") for n in range(int(sys.argv[2]))]}
    if MODE == "sizes":
        return {
            "tools": [
                tool("described", description="d" * int(sys.argv[2])),
                tool("schemed", inputSchema={"x": "s" * (int(sys.argv[3]) - len('{"x":""}'))}),
                tool("twice"), tool("twice"), {"noname": 1}, tool("no object", inputSchema=[]),
                {"name": "bare"}, tool("read", annotations={"readOnlyHint": True}),
            ]
        }
    if MODE == "paged":
        page = int(params.get("cursor", "0"))
        result = {"tools": [tool(f"p{page}")]}
        if page < 2:
            result["nextCursor"] = str(page + 1)
        return result
    if MODE == "endless-pages":
        page = int(params.get("cursor", "0"))
        return {"tools": [tool(f"p{page}")], "nextCursor": str(page + 1)}
    names = "echo slow deaf progress flood kinds error fail big die children environment change noise ask nothing"
    return {"tools": [tool(name) for name in names.split()] + extra_tools}


def leave_children():
    """Children in the group, in a session of their own, and one whose parent is gone; none ends when asked to."""
    program = "import signal,time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    command = [sys.executable, "-c", program]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE),
        subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True),
    ]
    for child in started:
        child.stdout.readline()
    orphan = subprocess.run(
        [sys.executable, "-c", f"import subprocess,sys; c=subprocess.Popen([sys.executable,'-c',{program!r}],"
         "start_new_session=True,stdout=subprocess.PIPE); c.stdout.readline(); print(c.pid)"],
        stdout=subprocess.PIPE,
    )
    return [child.pid for child in started] + [int(orphan.stdout)]


def call(id, params):
    name, arguments = params["name"], params.get("arguments", {})
    token = params.get("_meta", {}).get("progressToken")
    if name == "echo":
        text(id, json.dumps(arguments, separators=(",", ":")))
    elif name == "slow":
        note("slow began")
    elif name == "deaf":
        note("deaf began")
        while True:
            signal.pause()
    elif name == "progress":
        notify("notifications/progress", {"progressToken": token, "progress": 1, "total": 2, "message": "halfway"})
        notify("notifications/progress", {"progressToken": 9999, "progress": 1, "message": "another's"})
        notify("notifications/progress", {"progressToken": token, "progress": 2, "message": "done"})
        text(id, "finished")
    elif name == "flood":
        for n in range(arguments["count"]):
            notify("notifications/progress", {"progressToken": token, "progress": n})
        text(id, "flooded")
    elif name == "kinds":
        answer(id, {"content": [
            {"type": "text", "text": "one"}, {"type": "text", "text": "two"},
            {"type": "image", "data": "QUJDRA==", "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
            {"type": "resource", "resource": {"uri": "file:///b.bin", "mimeType": "x/y", "blob": "QUJD"}},
            {"type": "resource_link", "uri": "file:///c", "name": "see"}, {"type": "hologram"},
        ]})
    elif name == "error":
        send({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "no good: " + os.environ.get("SECRET", "")}})
    elif name == "fail":
        text(id, "it went wrong", is_error=True)
    elif name == "big":
        text(id, "x" * arguments["size"])
    elif name == "die":
        print("my key is " + os.environ.get("SECRET", "") + ", farewell", file=sys.stderr, flush=True)
        os._exit(3)
    elif name == "children":
        text(id, " ".join(map(str, [os.getpid()] + leave_children())))
    elif name == "environment":
        text(id, json.dumps({"environment": dict(os.environ), "folder": os.getcwd(), "descriptors": os.listdir("/proc/self/fd")}))
    elif name == "change":
        extra_tools.append(tool("fresh"))
        notify("notifications/tools/list_changed")
        text(id, "changed")
    elif name == "noise":
        raw("this is no JSON\n{\"jsonrpc\":\"1.0\"}\n\n[]\n")
        notify("notifications/message", {"level": "info", "data": "chatter"})
        text(id + 1000, "for nobody")
        text(id, "for you")
        text(id, "once more")
    elif name == "ask":
        ping = ask_client("a", "ping")
        other = ask_client("b", "sampling/createMessage")
        text(id, json.dumps([ping.get("result"), other.get("error", {}).get("code")]))
    elif name == "nothing":
        answer(id, {"strange": True})


def initialize(id, params):
    version = {"unknown-version": "1999-01-01", "old": "2024-11-05", "middle": "2025-03-26"}.get(
        MODE, params["protocolVersion"])
    capabilities = {} if MODE == "no-tools" else {"tools": {"listChanged": True}}
    result = {"protocolVersion": version, "capabilities": capabilities,
              "serverInfo": {"name": "scripted", "version": "1"}}
    if MODE == "middle":
        raw(json.dumps([{"jsonrpc": "2.0", "method": "notifications/message", "params": {}},
                        {"jsonrpc": "2.0", "id": id, "result": result}]) + "\r\n")
    else:
        answer(id, result)


def main():
    if MODE == "die-at-start":
        print("no database at " + os.environ.get("SECRET", "nowhere"), file=sys.stderr, flush=True)
        sys.exit(7)
    if MODE == "garbage":
        raw("Welcome!\n" * 2)
    if MODE == "flood-garbage":
        raw("Welcome!\n" * 5000)
    if MODE == "endless-line":
        try:
            while True:
                raw("x" * 65536)
        except BrokenPipeError:
            os._exit(0)
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if MODE == "gated":
        gate = os.environ["GATE"]
        with open(gate) as file:
            file.read()
    for line in sys.stdin:
        note(line.rstrip("\n"))
        if MODE in ("silent", "garbage"):
            continue
        message = json.loads(line)
        method, id, params = message.get("method"), message.get("id"), message.get("params", {})
        if method is None:
            with answered:
                answers[id] = message
                answered.notify_all()
        elif method == "initialize":
            initialize(id, params)
        elif method == "ping":
            answer(id, {})
        elif method == "tools/list":
            if MODE != "silent-list":
                answer(id, tools(params))
        elif method == "tools/call":
            if params["name"] in ("ask",):
                threading.Thread(target=call, args=(id, params)).start()
            else:
                call(id, params)
    note("end of input")
    if MODE == "stubborn":
        while True:
            signal.pause()


main()
