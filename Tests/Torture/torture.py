#!/usr/bin/env python3
"""Kills the runner again and again while it works, and sees that nothing is lost, doubled or left out.

Each round starts it, lets callers create, execute, cancel, delete and follow executions, and kills it at a random
moment, sometimes while it still starts. Then every execution's log is read from its start and compared with all that
anybody was ever told of it. The seed decides what is asked and when the kill comes; what the machine does in between
is its own. Exit code 1, and the folder is kept, if anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import model
from jobs import Jobs
from service import Service
from view import View, Wrong

ROOT = Path(__file__).resolve().parents[2]


def kill_rounds(service: Service, rounds: int, choice: random.Random) -> None:
    for number in range(rounds):
        service.start()
        if choice.random() < 0.15:
            time.sleep(choice.uniform(0, 0.4))
        else:
            service.await_ready()
            time.sleep(choice.choice([choice.uniform(0, 0.1), choice.uniform(0.1, 0.6), choice.uniform(0.6, 1.5)]))
        service.kill()
        if (number + 1) % 20 == 0:
            print(f"  {number + 1} kills", flush=True)


def all_listed(service: Service) -> list[dict]:
    entries, token = [], ""
    while True:
        status, page = service.call("GET", f"/v1/executions?page_size=100&page_token={token}")
        if status != 200:
            raise Wrong(f"listing: {status} {page}")
        entries += page.get("entries", [])
        token = page.get("nextPageToken", "")
        if not token:
            return entries


def log_of(service: Service, execution: str) -> View:
    view = View(f"the log of {execution}")
    status, _, problem = service.stream(view, "GET", f"/v1/executions/{execution}/events")
    if status != 200:
        raise Wrong(f"{execution} is lost: {status} {problem}")
    if not view.has_ended:
        raise Wrong(f"{execution} has no end: its log stops at {view.cursor}")
    return view


def check(service: Service, jobs: Jobs) -> tuple[list[str], Counter]:
    """What is wrong with what the runner keeps, and figures of it."""
    wrongs: list[str] = []
    figures: Counter = Counter()
    listed = all_listed(service)
    ids = [entry["metadata"]["id"] for entry in listed]
    tags = Counter(tag for entry in listed for tag in entry["metadata"]["tags"])
    doubled = [f"{tag} became {count} executions" for tag, count in tags.items() if count > 1]
    doubled += [f"{execution} is listed {count} times" for execution, count in Counter(ids).items() if count > 1]
    lost = [f"{execution} is not listed" for execution in jobs.views.keys() - set(ids) - jobs.deleted]
    back = [f"{execution} was deleted and is back" for execution in jobs.deleted & set(ids)]
    strangers = len(set(ids) - jobs.views.keys())
    if strangers > jobs.unanswered + jobs.refused:
        wrongs.append(f"{strangers} executions are listed that nobody knows, {jobs.unanswered} creations were cut")
    spans: dict[str, list[tuple[str, str, str]]] = {}
    for entry in listed:
        execution = entry["metadata"]["id"]
        try:
            log = log_of(service, execution)
        except Wrong as error:
            lost.append(str(error))
            continue
        figures["events"] += len(log.events)
        figures["taken up again"] += sum("messageDiscarded" in event for event in log.events)
        finished = log.events[-1]["finished"]
        figures[finished["phase"].removeprefix("EXECUTION_").lower()] += 1
        figures["given up after restarts"] += finished.get("error", {}).get("code") == "aborted"
        if entry["status"]["phase"] != finished["phase"]:
            wrongs.append(f"{execution} is listed as {entry['status']['phase']} and ended as {finished['phase']}")
        if [kind for kind in ("started", "finished") if sum(kind in event for event in log.events) != 1]:
            wrongs.append(f"{execution} has not one start and one end")
        if finished["phase"] == "EXECUTION_COMPLETED" and not any("messageCompleted" in e for e in log.events):
            wrongs.append(f"{execution} is completed without a message")
        for view in jobs.views.get(execution, []):
            figures["views"] += 1
            figures["deltas"] += view.deltas
            figures["reconnects"] += max(0, view.connections - 1)
            if view.events != log.events[:len(view.events)]:
                wrongs.append(f"{view.name} was told {view.events}, and the log says {log.events}")
        session = entry["spec"].get("sessionId")
        # One that was cancelled while it waited has its start and its end beside the one at work.
        if session and len(log.events) > 2:
            spans.setdefault(session, []).append((log.events[0]["time"], log.events[-1]["time"], execution))
    for session, times in spans.items():
        times.sort(key=lambda span: datetime.fromisoformat(span[0]))
        for (_, end, first), (start, _, second) in zip(times, times[1:]):
            if datetime.fromisoformat(start) < datetime.fromisoformat(end):
                wrongs.append(f"{first} and {second} were at work in {session} at the same time")
    figures["executions"], figures["lost"], figures["doubled"] = len(listed), len(lost), len(doubled)
    return lost + doubled + back + wrongs, figures


def check_file(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    faults = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    faults += [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]
    database.close()
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--callers", type=int, default=12)
    parser.add_argument("--seed", default=f"{random.SystemRandom().randrange(1 << 32):08x}")
    parser.add_argument("--program", default=os.environ.get("PROGRAM", ROOT / ".build/debug/agent-runner"))
    options = parser.parse_args()

    folder = Path(tempfile.mkdtemp(prefix="agent-runner-torture-"))
    print(f"torture: {options.rounds} rounds, --seed {options.seed}", flush=True)
    begun = time.monotonic()
    upstream = model.Model(options.seed)
    service = Service(str(options.program), folder, model.NAME, upstream.address)
    wrongs: list[str] = []
    figures: Counter = Counter()
    jobs = Jobs(service, options.seed, options.callers)
    try:
        kill_rounds(service, options.rounds, random.Random(f"{options.seed}/kills"))
        service.start()
        service.await_ready()
        jobs.finish(seconds=120)
        wrongs, figures = check(service, jobs)
        service.stop()
        wrongs += check_file(service.data / "executions.db")
    except Wrong as error:
        wrongs.append(str(error))
    gaps = len(jobs.wrongs) + len(wrongs) - figures["lost"] - figures["doubled"]
    print(", ".join(f"{value} {name}" for name, value in figures.items() if name not in ("lost", "doubled")))
    print(f"torture: {options.rounds} kills, {upstream.calls} model calls, {jobs.unanswered} creations cut, "
          f"{jobs.refused} refused: {figures['lost']} lost, {figures['doubled']} doubled, {gaps} other faults "
          f"in {time.monotonic() - begun:.0f} s")
    for wrong in (jobs.wrongs + wrongs)[:20]:
        print(f"WRONG: {wrong[:600]}", file=sys.stderr)
    if jobs.wrongs or wrongs:
        print(f"kept: {folder}; again: {sys.argv[0]} --rounds {options.rounds} --seed {options.seed}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
