"""What is asked of the runner while it is killed: executions of every kind, each followed to its end."""

from __future__ import annotations

import itertools
import random
import threading
import time

from service import GivenUp, Service
from view import View, Wrong

SESSIONS = 6


class Jobs:
    """A crowd of callers; each takes one job after the other."""

    def __init__(self, service: Service, seed: str, callers: int) -> None:
        self.views: dict[str, list[View]] = {}
        """Every view of every execution that the runner has confirmed."""
        self.keys: dict[str, str] = {}
        """What each idempotency key has led to."""
        self.deleted: set[str] = set()
        self.unanswered = 0
        """How many creations without a key were cut: whether they happened nobody can know."""
        self.refused = 0
        self.wrongs: list[str] = []
        self._service = service
        self._seed = seed
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Takes no more jobs, and waits for those at work."""
        self._stopped.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self.wrongs.append(f"after {seconds} s without a kill some callers still wait for an end")

    def _call(self) -> None:
        while not self._stopped.is_set():
            number = next(self._numbers)
            try:
                self._job(number, random.Random(f"{self._seed}/job/{number}"))
            except (Wrong, GivenUp) as error:
                self.wrongs.append(f"job {number}: {error}")
            except Exception as error:  # noqa: BLE001: a caller that dies in silence proves nothing
                self.wrongs.append(f"job {number}: {error!r}")

    def _job(self, number: int, choice: random.Random) -> None:
        tag = f"job-{number}"
        body = {"metadata": {"tags": [tag]}, "spec": {"message": f"{tag}: go on"}}
        if choice.random() < 0.4:
            body["spec"]["session_id"] = f"session-{choice.randrange(SESSIONS)}"
            body["spec"]["on_busy"] = choice.choice(["enqueue", "enqueue", "enqueue", "interrupt", "reject"])
        kind = choice.choices(["create", "execute", "unkeyed"], [5, 4, 1])[0]
        execution = getattr(self, f"_{kind}")(tag, body, choice)
        if execution is None:
            return
        after = choice.random()
        if after < 0.06:
            self._cancel(execution)
        elif after < 0.10:
            self._delete(execution)

    # The kinds.

    def _create(self, tag: str, body: dict, choice: random.Random) -> str | None:
        execution = self._created(*self._service.insist("POST", "/v1/executions", body, **{"Idempotency-Key": tag}))
        if execution is None:
            return None
        self._know(tag, execution)
        if choice.random() < 0.3:
            again = self._service.insist("POST", "/v1/executions", body, **{"Idempotency-Key": tag})
            self._know(tag, self._created(*again))
        if choice.random() < 0.15:
            self._cancel(execution)
        self._follow(execution, readers=choice.choice([1, 1, 2, 3]))
        return execution

    def _execute(self, tag: str, body: dict, choice: random.Random) -> str | None:
        """Executes; where that is cut, executes again with the same key, or follows what it has begun."""
        until = time.monotonic() + Service.PATIENCE
        while time.monotonic() < until:
            view = View(f"{tag}, executing")
            status, execution, problem = self._service.stream(view, "POST", "/v1/execute", body,
                                                              **{"Idempotency-Key": tag})
            if status in (0, 503):
                time.sleep(0.02)
            elif status != 200:
                return self._created(status, problem)
            else:
                self._know(tag, execution)
                self._see(execution, view)
                if view.has_ended:
                    return execution
                if choice.random() < 0.5:
                    self._read_on(execution, view)
                    return execution
        raise GivenUp(f"{tag} has no end after {Service.PATIENCE} s")

    def _unkeyed(self, tag: str, body: dict, _: random.Random) -> str | None:
        try:
            answer = self._service.call("POST", "/v1/executions", body)
        except Exception:  # noqa: BLE001
            self.unanswered += 1
            return None
        execution = self._created(*answer)
        if execution:
            self._know(tag, execution)
            self._follow(execution, readers=1)
        return execution

    def _created(self, status: int, answer: dict) -> str | None:
        """The execution's id; nothing for what the session has refused."""
        if status == 200:
            return answer["metadata"]["id"]
        if status == 409 and "is busy with" in answer.get("message", ""):
            self.refused += 1
            return None
        raise Wrong(f"creating: {status} {answer}")

    # What follows.

    def _cancel(self, execution: str) -> None:
        status, answer = self._service.insist("POST", f"/v1/executions/{execution}:cancel")
        if status != 200 or answer["status"]["phase"] in ("EXECUTION_PENDING", "EXECUTION_IN_PROGRESS"):
            raise Wrong(f"cancelling {execution}: {status} {answer}")

    def _delete(self, execution: str) -> None:
        with self._lock:
            self.deleted.add(execution)
        status, answer = self._service.insist("DELETE", f"/v1/executions/{execution}")
        # A repeat of a deletion whose answer was cut finds nothing.
        if status not in (200, 404):
            raise Wrong(f"deleting {execution}: {status} {answer}")

    def _follow(self, execution: str, readers: int) -> None:
        views = [View(f"{execution}, reader {index}") for index in range(readers)]
        others = [threading.Thread(target=self._read_safely, args=(execution, view)) for view in views[1:]]
        for thread in others:
            thread.start()
        for view in views:
            self._see(execution, view)
        self._read_on(execution, views[0])
        for thread in others:
            thread.join()

    def _read_safely(self, execution: str, view: View) -> None:
        try:
            self._read_on(execution, view)
        except (Wrong, GivenUp) as error:
            self.wrongs.append(str(error))

    def _read_on(self, execution: str, view: View) -> None:
        """Reads from where the view stands, however often the stream is cut, to the end."""
        until = time.monotonic() + Service.PATIENCE
        while not view.has_ended:
            # Either way of saying where to go on.
            path, headers = f"/v1/executions/{execution}/events", {"Last-Event-ID": view.cursor}
            if view.connections % 2:
                path, headers = f"{path}?after={view.cursor}", {}
            status, _, problem = self._service.stream(view, "GET", path, **headers)
            if status not in (0, 200, 503):
                raise Wrong(f"{view.name}: reading on behind {view.cursor}: {status} {problem}")
            if status != 200:
                time.sleep(0.02)
            if time.monotonic() > until:
                raise GivenUp(f"{view.name} has no end after {Service.PATIENCE} s, it stands at {view.cursor}")

    # What is known.

    def _know(self, tag: str, execution: str | None) -> None:
        if execution is None:
            raise Wrong(f"{tag} was created and is refused when repeated")
        with self._lock:
            known = self.keys.setdefault(tag, execution)
            self.views.setdefault(execution, [])
        if known != execution:
            raise Wrong(f"{tag} became {known} and {execution}")

    def _see(self, execution: str, view: View) -> None:
        with self._lock:
            self.views[execution].append(view)
