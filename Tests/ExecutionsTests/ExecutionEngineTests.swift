import Agents
import Foundation
import Failures
import StigmerProtos
import Synchronization
import TestSupport
import Testing

@testable import Executions

@Suite struct ExecutionEngineTests {
    @Test func asManyRunAsMay() async throws {
        let runner = try Runner(limits: ExecutionLimits(maxRunning: 2), [Ollama.head, .hang])
        let first = try runner.start()
        let second = try runner.start()
        #expect(throws: ExecutionRefused.tooMany(2)) { try runner.start() }
        #expect(runner.engine.counts.started == 2 && runner.engine.counts.running == 2)
        await runner.engine.cancel(first, .requested)
        try await eventually("one place is free") { runner.engine.counts.running == 1 }
        let third = try runner.start()
        #expect(throws: ExecutionRefused.tooMany(2)) { try runner.start() }
        #expect(runner.engine.executions.count == 3)
        for execution in [second, third] { await runner.engine.cancel(execution, .requested) }
        try await eventually("all have ended") { runner.engine.counts.running == 0 }
        #expect(runner.engine.counts.cancelled == 3)
    }

    @Test func nothingRunsWhereNothingMay() throws {
        let runner = try Runner(limits: ExecutionLimits(maxRunning: 0), [])
        #expect(throws: ExecutionRefused.tooMany(0)) { try runner.start() }
        #expect(runner.engine.executions.isEmpty)
        #expect(runner.engine.counts == ExecutionCounts())
    }

    @Test(arguments: [0, 1, 2, 3, 4])
    func theLastFinishedOnesAreRemembered(kept: Int) async throws {
        let runner = try Runner(limits: ExecutionLimits(heldFinished: kept), [Ollama.head, Ollama.done])
        var ids: [String] = []
        for number in 1...3 {
            ids.append(try await runner.run().id)
            try await eventually("it is counted") { runner.engine.counts.completed == number }
        }
        #expect(ids.filter { runner.engine.execution($0) != nil } == Array(ids.suffix(kept)))
    }

    @Test func oneAtWorkIsNeverForgotten() async throws {
        let gate = Gate()
        let runner = try Runner(
            limits: ExecutionLimits(heldFinished: 1),
            [Ollama.head, .wait(gate), Ollama.done],
            [Ollama.head, Ollama.done]
        )
        let first = try runner.start()
        try await runner.upstream.waitForRequests(1)
        for number in 1...3 {
            _ = try await runner.run()
            try await eventually("it is counted") { runner.engine.counts.completed == number }
        }
        #expect(runner.engine.execution(first.id) === first)
        gate.open()
        await first.log.awaitEnd()
        try await eventually("it is counted") { runner.engine.counts.completed == 4 }
        #expect(runner.engine.executions.map(\.id) == [first.id])
    }

    @Test func endsAreCountedByTheirKind() async throws {
        let runner = try Runner([Ollama.head, Ollama.done], [.answer(400, [:], "{}")], [.hang])
        _ = try await runner.run()
        _ = try await runner.run()
        await runner.engine.cancel(try runner.start(), .requested)
        try await eventually("all have ended") { runner.engine.counts.running == 0 }
        var counts = ExecutionCounts()
        (counts.started, counts.completed, counts.failed, counts.cancelled) = (3, 1, 1, 1)
        #expect(runner.engine.counts == counts)
    }

    @Test func drainingRefusesAndWaitsForThoseAtWork() async throws {
        let gate = Gate()
        let runner = try Runner([Ollama.head, Ollama.text("a"), .wait(gate), Ollama.done])
        let execution = try runner.start()
        try await execution.awaitBytes(1)
        let isDrained = Gate()
        // Two wait at the same time: a second signal to stop must not be one too many.
        let draining = (0..<2).map { _ in
            Task {
                await runner.engine.drain(grace: .seconds(60), on: runner.loop)
                isDrained.open()
            }
        }
        try await eventually("it drains") { runner.engine.isDraining }
        #expect(throws: ExecutionRefused.shuttingDown) { try runner.start() }
        #expect(!isDrained.isOpen)
        gate.open()
        for task in draining { await task.value }
        #expect(execution.log.finished?.phase == .executionCompleted)
    }

    @Test func whatIsNotDoneAfterTheGraceIsCancelled() async throws {
        let runner = try Runner([Ollama.head, Ollama.text("a"), .hang])
        let executions = [try runner.start(), try runner.start()]
        for execution in executions { try await execution.awaitBytes(1) }
        await runner.engine.drain(grace: .milliseconds(20), on: runner.loop)
        for execution in executions {
            #expect(execution.story == "started completed(cancelled) finished(executionCancelled canceled)")
            #expect(execution.log.finished?.error.message == CancelReason.shutdown.message)
        }
        try await runner.upstream.waitUntilPeerClosed(connection: 0)
        try await runner.upstream.waitUntilPeerClosed(connection: 1)
    }

    @Test func aDrainThatIsCancelledEndsAtOnceAndLeavesNothing() async throws {
        let runner = try Runner([Ollama.head, Ollama.text("a"), .hang])
        let execution = try runner.start()
        try await execution.awaitBytes(1)
        let draining = Task { await runner.engine.drain(grace: .seconds(600), on: runner.loop) }
        try await eventually("it drains") { runner.engine.isDraining }
        draining.cancel()
        await draining.value
        #expect(runner.engine.counts.running == 0)
        #expect(execution.log.finished?.phase == .executionCancelled)
    }

    @Test func anIdleEngineIsDrainedAtOnce() async throws {
        let runner = try Runner([])
        await runner.engine.drain(grace: .seconds(600), on: runner.loop)
        #expect(runner.engine.isDraining)
    }

    @Test func whatIsDeletedIsStoppedAndForgotten() async throws {
        let runner = try Runner([Ollama.head, Ollama.text("a"), .hang], [Ollama.head, Ollama.done])
        let running = try runner.start()
        try await running.awaitBytes(1)
        #expect(try await runner.engine.delete(running.id)?.metadata.id == running.id)
        #expect(running.story == "started completed(cancelled) finished(executionCancelled canceled)")
        #expect(runner.engine.execution(running.id) == nil)
        try await runner.upstream.waitUntilPeerClosed(connection: 0)
        try await eventually("it is counted") { runner.engine.counts.running == 0 }
        let done = try await runner.run()
        _ = try await runner.engine.delete(done.id)
        #expect(runner.engine.executions.isEmpty)
        #expect(done.log.finished?.phase == .executionCompleted)
    }

    @Test func secretsAreNotKept() async throws {
        let runner = try Runner([Ollama.head, Ollama.done])
        let execution = try runner.start(
            .with {
                $0.metadata.id = "chosen"
                $0.spec.message = "Hi"
                $0.spec.runtimeEnv["TOKEN"] = .with { ($0.value, $0.isSecret) = ("s3cret", true) }
                $0.spec.runtimeEnv["CITY"] = .with { $0.value = "Graz" }
            }
        )
        await execution.log.awaitEnd()
        let snapshot = execution.log.snapshot
        #expect(!"\(snapshot)".contains("s3cret"))
        #expect(snapshot.spec.runtimeEnv["TOKEN"] == .with { $0.isSecret = true })
        #expect(snapshot.spec.runtimeEnv["CITY"]?.value == "Graz")
        #expect(snapshot.metadata.id == execution.id, "the runner assigns the id")
        #expect(ExecutionID.isValid(execution.id))
    }

    /// Keys are remembered for 24 hours and not a millisecond longer.
    @Test(arguments: [(0, true), (1, false)]) func aKeyIsRememberedForADay(late: Int64, isKnown: Bool) async throws {
        let time = Mutex(Date(timeIntervalSince1970: 1_795_406_706))
        var surroundings = Surroundings.system
        surroundings.now = { time.withLock { $0 } }
        let runner = try Runner(surroundings: surroundings, [Ollama.head, Ollama.done])
        func once() async throws -> EventLog {
            try await runner.engine.startOnce(
                .with { $0.spec.message = "Hi" },
                key: "k",
                configuration: runner.configuration,
                on: runner.loop
            ).log
        }
        let first = try await once()
        await first.awaitEnd()
        let later = Double(IdempotencyKey.lifetime + late) / 1000
        time.withLock { $0 += later }
        let second = try await once()
        await second.awaitEnd()
        #expect((second.id == first.id) == isKnown)
    }

    @Test(arguments: [(0, 1), (1, 0)]) func whatIsOlderThanItNeedBeIsDeleted(late: Int64, left: Int) async throws {
        let time = Mutex(Date(timeIntervalSince1970: 1_795_406_706))
        var surroundings = Surroundings.system
        surroundings.now = { time.withLock { $0 } }
        let store = MemoryStore()
        let runner = try Runner(
            surroundings: surroundings,
            store: store,
            [Ollama.head, Ollama.done],
            [Ollama.head, Ollama.text("a"), .hang]
        )
        let ended = try await runner.run()
        let running = try runner.start()
        try await running.awaitBytes(1)
        time.withLock { $0 += 86_400 + Double(late) / 1000 }
        await runner.engine.expireOnce(Retention(age: .seconds(86_400)))
        #expect(try await store.page(ExecutionQuery(limit: 9)).total == left + 1, "the running one stays in any case")
        #expect((try await store.execution(ended.id) != nil) == (left == 1))
        await runner.engine.cancel(running, .requested)
    }
}
