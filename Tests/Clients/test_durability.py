"""What outlives the runner, and what the runner says when it cannot keep anything."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import httpx
import httpx_sse
import pytest

from calls import body, cancel, create, ended, events_of, execute, executed, follow, get, ids, keyed, page, phase
from events import NDJSON, check_log, error, kind, ndjson, text_of, until
from runner import PROGRAM, command, environment
from scripted_ollama import MODEL, Gate


@pytest.fixture
def start(start_runner, ollama, tmp_path):
    """Starts runners that keep their executions in the same folder, one after the other."""
    def begin(*arguments: str, **settings: str):
        return start_runner("--data-dir", str(tmp_path / "data"), *arguments, OLLAMA_HOST=ollama.address,
                            STIGMER_LLM_MODEL=MODEL, **settings)
    begin.folder = tmp_path / "data"
    return begin


def refusal(folder: Path, **settings: str) -> str:
    """The one sentence with which a start in the folder is refused."""
    ended = command("serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder), **settings)
    assert ended.returncode != 0
    [line] = ended.stderr.strip().splitlines()
    assert line.startswith("agent-runner: ") and str(folder) in line
    return line


# Restarts.


@pytest.mark.parametrize("way", ["kill", "stop"])
def test_what_has_ended_is_there_after_a_restart_as_it_was(start, ollama, way):
    runner = start()
    made = body("Say hello", session="s", tags=("kept",))
    first = executed(runner, made, keyed("kept"))
    execution = first[0]["started"]["executionId"]
    before = get(runner, execution)
    getattr(runner, way)()

    runner = start()
    assert get(runner, execution) == before
    assert events_of(runner, execution) == [event for event in first if "time" in event]
    assert ids(page(runner, tags="kept", session_id="s", phase="completed")) == [execution]
    assert create(runner, made, keyed("kept")) == execution
    other = runner.http.post("/v1/executions", json=body("another"), headers=keyed("kept"))
    assert execution in error(other, 409, "aborted")
    executed(runner, body("And?", session="s"))
    assert [said[1] for said in ollama.said()] == ["Say hello", "Hello, world.", "And?"]
    assert len(ollama.calls) == 2


def test_what_was_at_work_is_asked_again_and_a_reader_goes_on_in_the_middle(start, ollama):
    runner = start()
    ollama.will_say("one two", Gate())
    execution = create(runner)
    path = f"/v1/executions/{execution}/events"
    with httpx_sse.connect_sse(runner.http, "GET", path) as source:
        for event in source.iter_sse():
            if event.event == "text_delta":
                break
    assert event.id == "1.7"
    runner.kill()

    gate = Gate()
    ollama.will_say("three", gate, " four")
    runner = start()
    with httpx_sse.connect_sse(runner.http, "GET", path, headers={"Last-Event-ID": event.id}) as source:
        resumed = source.iter_sse()
        discarded = next(resumed)
        assert (discarded.id, discarded.event) == ("2", "message_discarded")
        assert "restarted" in discarded.json()["messageDiscarded"]["reason"]
        assert next(resumed).json() == {"cursor": "2.5", "textDelta": {"text": "three"}}
        gate.open()
        rest = list(resumed)
    assert [event.event for event in rest] == ["text_delta", "message_completed", "finished"]
    assert rest[1].json()["messageCompleted"]["message"]["content"] == "three four"
    log = events_of(runner, execution)
    assert [kind(event) for event in log] == ["started", "messageDiscarded", "messageCompleted", "finished"]
    check_log(log)


def test_it_is_taken_up_three_times_and_then_fails_for_a_plain_reason(start, ollama):
    runner = start()
    ollama.will_say("one", Gate())
    execution = create(runner)
    for count in range(1, 4):
        ollama.call(count - 1)
        runner.kill()
        ollama.will_say("again", Gate())
        runner = start()
    ollama.call(3)
    runner.kill()
    runner = start()
    log = events_of(runner, execution)
    check_log(log)
    assert [kind(event) for event in log] == ["started", *["messageDiscarded"] * 4, "finished"]
    finished = log[-1]["finished"]
    assert finished["phase"] == "EXECUTION_FAILED" and finished["error"]["code"] == "aborted"
    assert "4 times" in finished["error"]["message"]
    assert len(ollama.calls) == 4


def test_an_executing_caller_s_work_goes_on_after_a_crash(start, ollama):
    runner = start()
    ollama.will_say("one", Gate())
    with execute(runner, headers=keyed("attached")) as response:
        events = ndjson(response)
        until(events, "textDelta")
        execution = response.headers["execution-id"]
        runner.process.kill()
        with pytest.raises(httpx.TransportError):
            list(events)
    runner = start()
    assert ended(runner, execution)["status"]["phase"] == "EXECUTION_COMPLETED"
    assert text_of(events_of(runner, execution)) == ""
    assert executed(runner, headers=keyed("attached"))[0]["started"]["executionId"] == execution


def test_a_session_goes_on_in_its_order_after_a_crash(start, ollama):
    runner = start()
    ollama.will_say("one", Gate())
    first = create(runner, body("a", session="s"))
    waiting = create(runner, body("b", session="s"))
    ollama.call()
    other = create(runner, body("c", session="s", on_busy="interrupt"))
    ollama.call(1)
    ended(runner, other)
    ended(runner, waiting)
    ollama.will_say("two", Gate())
    working = create(runner, body("d", session="s"))
    last = create(runner, body("e", session="s"))
    ollama.call(3)
    runner.kill()
    runner = start()
    ended(runner, last)
    assert [phase(runner, execution) for execution in (first, working, last)] == ["CANCELLED", "COMPLETED", "COMPLETED"]
    assert [ollama.said(index)[-1][1] for index in (4, 5)] == ["d", "e"]


def test_after_a_restart_a_deleted_execution_stays_deleted(start):
    runner = start()
    execution = create(runner, headers=keyed("gone"))
    assert runner.http.delete(f"/v1/executions/{execution}").status_code == 200
    runner.kill()
    runner = start()
    error(runner.http.get(f"/v1/executions/{execution}"), 404, "not_found")
    assert create(runner, body("another"), keyed("gone")) != execution


def test_without_a_store_a_restart_forgets(start, tmp_path):
    runner = start("--no-store")
    execution = create(runner, headers=keyed("forgotten"))
    assert ids(page(runner)) == [execution]
    runner.stop()
    assert not start.folder.exists()
    runner = start("--no-store")
    error(runner.http.get(f"/v1/executions/{execution}"), 404, "not_found")
    assert "entries" not in page(runner)


def test_the_folder_and_its_files_are_nobody_else_s(start):
    runner = start()
    ended(runner, create(runner))
    assert start.folder.stat().st_mode & 0o777 == 0o700
    for file in start.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


@pytest.mark.parametrize(("option", "value"), [("--keep-days", "0"), ("--keep-days", "x"), ("--keep-executions", "-1")])
def test_a_wrong_retention_is_refused(option, value):
    ended = command("serve", "--listen", "127.0.0.1:0", f"{option}={value}")
    assert ended.returncode != 0 and value in ended.stderr and option in ended.stderr


def test_what_is_too_many_is_deleted_at_the_start_but_nothing_at_work(start, ollama):
    runner = start()
    old = [create(runner, body(tags=("old",))) for _ in range(4)]
    for execution in old:
        ended(runner, execution)
    calls = len(ollama.calls)
    ollama.will_say("one", Gate())
    working = create(runner)
    ollama.call(calls)
    runner.kill()
    gate = Gate()
    ollama.will_say("two", gate)
    runner = start("--keep-executions", "1")
    until_deleted = time.monotonic() + 10
    while len(ids(page(runner, tags="old"))) > 1 and time.monotonic() < until_deleted:
        time.sleep(0.02)
    assert ids(page(runner, tags="old")) == old[-1:]
    gate.open()
    assert ended(runner, working)["status"]["phase"] == "EXECUTION_COMPLETED"


# Secrets.


def test_secrets_are_in_no_file_no_log_and_no_answer(start, ollama):
    secrets = {name: f"{name}-7f3a9c-secret" for name in ("password", "token", "key", "bearer", "cookie")}
    runner = start("--log-level", "trace", ANTHROPIC_API_KEY=secrets["key"], OPENAI_API_KEY=secrets["key"] + "-2")
    made = body(session="s", tags=("tag",))
    made["spec"]["runtime_env"] = {"PASSWORD": {"value": secrets["password"], "is_secret": True},
                                   "REGION": {"value": "eu-central-1"}}
    made["spec"]["callback_token"] = "dG9rZW4tN2YzYTljLXNlY3JldA=="
    headers = keyed("secret") | {"Authorization": f"Bearer {secrets['bearer']}", "Cookie": secrets["cookie"]}
    shown = json.dumps(executed(runner, made, headers))
    execution = create(runner, made, headers)
    shown += json.dumps(get(runner, execution)) + json.dumps(page(runner)) + json.dumps(events_of(runner, execution))
    assert "eu-central-1" in shown
    files = b"".join(file.read_bytes() for file in start.folder.rglob("*") if file.is_file())
    assert b"eu-central-1" in files and b"-wal" in b"".join(os.fsencode(f.name) for f in start.folder.iterdir())
    assert runner.stop() == 0
    files += b"".join(file.read_bytes() for file in start.folder.rglob("*") if file.is_file())
    upstream = json.dumps([call.body | call.headers for call in ollama.calls])
    for secret in (*secrets.values(), "dG9rZW4tN2YzYTljLXNlY3JldA"):
        assert secret not in shown + runner.log() + upstream
        assert secret.encode() not in files


# A folder that cannot be used.


def test_a_second_runner_in_the_folder_is_refused(start):
    runner = start()
    line = refusal(start.folder)
    assert f"in use by process {runner.process.pid}" in line and "--data-dir" in line
    assert executed(runner)[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"


def database(folder: Path) -> Path:
    return folder / "executions.db"


def test_a_damaged_file_is_refused(start):
    runner = start()
    for _ in range(20):
        ended(runner, create(runner, "word " * 500))
    runner.stop()
    whole = database(start.folder).read_bytes()
    assert len(whole) > 20 * 4096, "what was committed is not in the one file"
    damaged = bytearray(whole)
    damaged[8192:-4096] = b"\xa5" * (len(whole) - 12288)
    for content in (bytes(damaged), whole[:len(whole) // 2], b"no database at all " * 500):
        database(start.folder).write_bytes(content)
        line = refusal(start.folder)
        assert "damaged" in line and "copy" in line
        assert database(start.folder).read_bytes() == content, "a refused file was changed"
    database(start.folder).write_bytes(whole)
    assert len(ids(page(start()))) == 20


def test_one_execution_that_is_damaged_is_named_and_can_be_deleted(start):
    runner = start()
    whole, damaged = create(runner, body(tags=("whole",))), create(runner)
    for execution in (whole, damaged):
        ended(runner, execution)
    runner.stop()
    with sqlite3.connect(database(start.folder)) as file:
        file.execute("DELETE FROM log WHERE number = 2 AND place = (SELECT place FROM executions WHERE id = ?)", [damaged])
    file.close()
    runner = start()
    for answer in (runner.http.get(f"/v1/executions/{damaged}"), runner.http.get("/v1/executions")):
        message = error(answer, 500, "data_loss")
        assert damaged in message and "delete it" in message
    assert phase(runner, whole) == "COMPLETED"
    assert runner.http.delete(f"/v1/executions/{damaged}").status_code == 200
    assert ids(page(runner)) == [whole]


def test_a_file_from_a_newer_version_is_refused(start):
    start().stop()
    with sqlite3.connect(database(start.folder)) as newer:
        newer.execute("INSERT INTO grdb_migrations VALUES ('2 from the future')")
    newer.close()
    line = refusal(start.folder)
    assert "newer" in line and "--data-dir" in line


def test_a_file_of_another_program_is_refused(tmp_path):
    with sqlite3.connect(database(tmp_path)) as other:
        other.execute("CREATE TABLE songs (title)")
    other.close()
    assert "not an agent-runner's" in refusal(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert "File exists" in refusal(tmp_path / "file") or "Not a directory" in refusal(tmp_path / "file")
    assert "Not a directory" in refusal(tmp_path / "file" / "data")


# A disk that is full or cannot be written.


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own; only root can have one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a disk needs root")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return ballast


def await_readiness(runner, status: int) -> None:
    until_then = time.monotonic() + 20
    while runner.http.get("/readyz").status_code != status:
        assert time.monotonic() < until_then, runner.log()
        time.sleep(0.05)


def await_words(runner, words: str) -> None:
    until_then = time.monotonic() + 10
    while words not in runner.log():
        assert time.monotonic() < until_then, runner.log()
        time.sleep(0.02)


def test_on_a_full_disk_nothing_starts_and_what_runs_ends_when_there_is_space(start_runner, ollama, disk):
    runner = start_runner("--data-dir", str(disk / "data"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    before = create(runner)
    ended(runner, before)
    gate = Gate()
    ollama.will_say("one", gate, " two")
    with execute(runner) as response:
        events = ndjson(response)
        until(events, "textDelta")
        working = response.headers["execution-id"]
        ballast = fill(disk)
        await_readiness(runner, 503)
        assert runner.http.get("/livez").status_code == 200
        gate.open()
        until(events, "textDelta")
        # What was not committed is shown to nobody.
        until_noticed = time.monotonic() + 10
        while (refused := runner.http.post("/v1/executions", json=body())).status_code == 200:
            assert time.monotonic() < until_noticed
        message = error(refused, 503, "unavailable")
        assert "full" in message and str(disk) in message
        assert phase(runner, working) == "IN_PROGRESS"
        ballast.unlink()
        rest = list(events)
    assert [kind(event) for event in rest] == ["messageCompleted", "finished"]
    assert rest[0]["messageCompleted"]["message"]["content"] == "one two"
    await_readiness(runner, 200)
    assert executed(runner)[-1]["finished"]["phase"] == "EXECUTION_COMPLETED"
    runner.kill()
    runner = start_runner("--data-dir", str(disk / "data"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    assert phase(runner, before) == phase(runner, working) == "COMPLETED"
    assert len(ids(page(runner))) == 3


def test_on_a_disk_that_stays_full_what_runs_is_ended_and_the_log_says_so_later(start_runner, ollama, disk):
    runner = start_runner("--data-dir", str(disk / "data"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    gate = Gate()
    ollama.will_say("one", gate, "two", Gate())
    working = create(runner)
    ollama.call()
    ballast = fill(disk)
    # What a commit waits for is found out by one who creates.
    refused = runner.http.post("/v1/executions", json=body("another"), timeout=60)
    assert "full" in error(refused, 503, "unavailable")
    gate.open()
    assert ollama.call(0).left.wait(30)
    ballast.unlink()
    status = ended(runner, working)["status"]
    assert status["phase"] == "EXECUTION_FAILED" and "full" in status["error"]
    check_log(events_of(runner, working))


def test_a_full_disk_does_not_keep_it_from_stopping(start_runner, ollama, disk):
    runner = start_runner("--data-dir", str(disk / "data"), "--drain-time", "1s", OLLAMA_HOST=ollama.address,
                          STIGMER_LLM_MODEL=MODEL)
    ollama.will_say("one", Gate())
    working = create(runner)
    ollama.call()
    ballast = fill(disk)
    runner.process.terminate()
    runner.process.wait(30)
    ballast.unlink()
    runner = start_runner("--data-dir", str(disk / "data"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    log = events_of(runner, working)
    check_log(log)


def test_on_a_full_disk_no_runner_starts(start_runner, ollama, disk):
    fill(disk)
    assert "space" in refusal(disk / "data") or "full" in refusal(disk / "data")


def test_on_a_disk_that_is_read_only_no_runner_starts(start_runner, ollama, disk):
    runner = start_runner("--data-dir", str(disk / "data"), OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL)
    ended(runner, create(runner))
    runner.stop()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert "read-only" in refusal(disk / "data")


def test_a_file_that_is_moved_away_makes_it_not_ready(start):
    runner = start()
    ended(runner, create(runner))
    shutil.move(database(start.folder), start.folder / "elsewhere.db")
    await_readiness(runner, 503)
    await_words(runner, "moved or deleted")
    shutil.move(start.folder / "elsewhere.db", database(start.folder))
    await_readiness(runner, 200)


# Ends.


def test_shutdown_waits_for_those_at_work_and_then_cancels_them(start, ollama):
    runner = start("--drain-time", "300ms")
    ollama.will_say("one", Gate())
    working = create(runner, body("a", session="s"))
    waiting = create(runner, body("b", session="s"))
    ollama.call()
    with follow(runner, working) as response:
        events = ndjson(response)
        until(events, "textDelta")
        runner.process.terminate()
        rest = list(events)
    assert runner.process.wait(10) == 0
    assert rest[-1]["finished"]["phase"] == "EXECUTION_CANCELLED"
    assert "shutting down" in rest[-1]["finished"]["error"]["message"]
    runner = start()
    assert [phase(runner, execution) for execution in (working, waiting)] == ["CANCELLED", "CANCELLED"]
    assert len(ollama.calls) == 1


def test_cancel_is_idempotent_and_answers_when_the_model_s_connection_is_closed(start, ollama):
    runner = start()
    ollama.will_say("one", Gate())
    execution = create(runner)
    with follow(runner, execution) as response:
        until(ndjson(response), "textDelta")
    begun = time.monotonic()
    first = cancel(runner, execution)
    assert ollama.call().left.wait(0.1), "the model's connection is still open"
    assert time.monotonic() - begun < 5
    assert first.json()["status"]["phase"] == "EXECUTION_CANCELLED"
    assert first.json()["status"]["messages"][-1]["content"] == "one"
    assert cancel(runner, execution).json() == first.json()
    log = events_of(runner, execution)
    runner.kill()
    runner = start()
    assert cancel(runner, execution).json() == first.json()
    assert events_of(runner, execution) == log
    error(cancel(runner, "aex_none"), 404, "not_found")


def test_ctrl_c_of_run_closes_the_model_s_connection_and_exits_130(ollama):
    ollama.will_say("one", Gate())
    process = subprocess.Popen([PROGRAM, "run", "--json", "Say hello"], stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment(OLLAMA_HOST=ollama.address, STIGMER_LLM_MODEL=MODEL))
    for line in process.stdout:
        if "textDelta" in line:
            break
    process.send_signal(signal.SIGINT)
    rest = [json.loads(line) for line in process.stdout]
    assert process.wait(10) == 130
    assert ollama.call().left.wait(5)
    assert [kind(event) for event in rest] == ["messageCompleted", "finished"]
    assert rest[-1]["finished"]["phase"] == "EXECUTION_CANCELLED"
    process.stdout.close()
    process.stderr.close()


def test_many_readers_from_many_places_see_one_log(start, ollama):
    runner = start()
    gate = Gate()
    ollama.will_say("Grüße, ", "世界", gate, " 🌊", ".")
    execution = create(runner)
    with follow(runner, execution) as response:
        events = ndjson(response)
        while until(events, "textDelta")["cursor"] != "1.15":
            pass
        gate.open()
        list(events)
    whole = events_of(runner, execution)
    for place in range(len(whole)):
        assert events_of(runner, execution, str(place)) == whole[place:]
    assert events_of(runner, execution, "1.3") == whole[1:]
    assert runner.http.get(f"/v1/executions/{execution}/events", headers=NDJSON | {"Last-Event-ID": "1"},
                           params={"after": "0"}).text.count("\n") == len(whole) - 1
