#!/usr/bin/env python3
"""Shows one execution: reads its events (NDJSON) from stdin, prints the answer as it comes and who gave it.

Exits 0 when the execution was completed, 1 when it failed, was cancelled, or its stream was cut.
"""

import json
import signal
import sys


def note(text: str = "") -> None:
    print(text, file=sys.stderr, flush=True)


def settings_table(settings: dict) -> str:
    rows = [(name, str(setting.get("value")), setting.get("origin") or "")
            for name, setting in settings.items() if setting.get("value") is not None]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "\n".join(f"  {name:{widths[0]}}  {value:{widths[1]}}  {origin}" for name, value, origin in rows)


def summary(finished: dict, settings: dict) -> str:
    usage, timings = finished.get("usage", {}), finished.get("timings", {})
    said = [f"{settings.get('model', {}).get('value', 'The model')} answered"
            f" ({settings.get('provider', {}).get('value', 'unknown provider')})"]
    if "outputTokens" in usage:
        said.append(f"{usage.get('inputTokens', 0)} tokens in, {usage['outputTokens']} out")
    if "firstTokenMs" in timings:
        said.append(f"first word after {timings['firstTokenMs']} ms")
    return ", ".join(said) + ". Which setting came from where:"


def show(lines) -> int:
    settings: dict = {}
    for line in lines:
        if not line.strip():
            continue
        event = json.loads(line)
        if "started" in event:
            settings = event["started"].get("config", {}).get("settings", {})
        elif "textDelta" in event:
            print(event["textDelta"].get("text", ""), end="", flush=True)
        elif "messageDiscarded" in event:
            note(f"\n(begun anew: {event['messageDiscarded'].get('reason', '')})")
        elif "progress" in event:
            note(f"({event['progress'].get('what', '')} {event['progress'].get('detail', '')})")
        elif "finished" in event:
            finished = event["finished"]
            print(flush=True)
            if finished.get("phase") == "EXECUTION_COMPLETED":
                note(summary(finished, settings))
                note(settings_table(settings))
                return 0
            error = finished.get("error", {})
            note(f"{finished.get('phase')}: {error.get('message') or 'no reason given'} ({error.get('code')})")
            return 1
        elif "code" in event and "message" in event:
            note(f"{event['message']} ({event['code']})")
            return 1
    note("\nThe stream ended before the execution did.")
    return 1


def cancelled(*_) -> None:
    note("\nCancelled.")
    sys.exit(130)


signal.signal(signal.SIGTERM, cancelled)
signal.signal(signal.SIGINT, cancelled)
sys.exit(show(sys.stdin))
