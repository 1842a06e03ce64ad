#!/usr/bin/env python3
"""A fastmcp server over streamable HTTP on a free port of 127.0.0.1, which it says in its first line.

It ends with its standard input, so that none outlives the test that started it.
"""
import asyncio
import os
import socket
import sys
import threading

from fastmcp import Context, FastMCP

server = FastMCP("scripted")
cancelled = 0


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
async def count(to: int, context: Context) -> str:
    """Counts, and says how far it is."""
    for number in range(to):
        await context.report_progress(number + 1, to, f"at {number + 1}")
    return f"counted to {to}"


@server.tool
async def wait() -> str:
    """Waits for very long."""
    global cancelled
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        cancelled += 1
        raise
    return "waited"


@server.tool
def cancellations() -> int:
    """How many waits were cancelled."""
    return cancelled


@server.tool
def fail() -> str:
    """Fails."""
    raise ValueError("as it should")


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
print(f"http://127.0.0.1:{port}/mcp", flush=True)
server.run(transport="http", host="127.0.0.1", port=port, show_banner=False, log_level="error",
           stateless_http="stateless" in sys.argv, json_response="json" in sys.argv)
