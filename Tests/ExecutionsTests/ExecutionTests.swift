import Agents
import Foundation
import StigmerProtos
import Synchronization
import TestSupport
import Testing

@testable import Executions

/// One execution's life against a scripted Ollama: each way that it can end.
@Suite struct ExecutionTests {
    private let completed = "finished(executionCompleted)"

    @Test func anAnswerIsCompletedWithItsFigures() async throws {
        let execution = try await Runner(
            [Ollama.head, Ollama.thinking("hm"), Ollama.text("Hel"), Ollama.text("lo 😀"), Ollama.done]
        ).run()
        #expect(execution.story == "started completed(stop) \(completed)")
        let message = try #require(execution.message)
        #expect(message.message.content == "Hello 😀")
        #expect(message.message.type == .messageAi)
        #expect(message.reasoning == "hm")
        #expect(message.usage.inputTokens == 7 && message.usage.outputTokens == 3)
        let finished = try #require(execution.log.finished)
        #expect(finished.usage == message.usage)
        #expect(finished.timings.hasFirstTokenMs)
        #expect(finished.timings.queuedMs <= finished.timings.firstTokenMs)
        #expect(finished.timings.firstTokenMs <= finished.timings.totalMs)
        #expect(execution.log.snapshot.status.phase == .executionCompleted)
    }

    @Test func timingsAreThoseOfTheClockThatIsHandedIn() async throws {
        // Each look at the clock takes a second: created, work begins, first token, end.
        let seconds = Atomic<UInt64>(0)
        var surroundings = Surroundings.fixed
        surroundings.uptime = { seconds.wrappingAdd(1, ordering: .relaxed).newValue * 1_000_000_000 }
        let execution = try await Runner(
            surroundings: surroundings,
            [Ollama.head, Ollama.text("a"), Ollama.text("b"), Ollama.done]
        ).run()
        let timings = try #require(execution.log.finished?.timings)
        #expect([timings.queuedMs, timings.firstTokenMs, timings.totalMs] == [1000, 2000, 3000])
        #expect(execution.id == ExecutionID.make(.fixed))
        #expect(execution.log.snapshot.status.startedAt == "2026-11-23T04:05:06.789Z")
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: [ScriptedStep]
        let story: String
        let text: String?
    }

    static let failures = [
        Failure(
            testDescription: "an error instead of a stream",
            script: [.answer(400, [:], #"{"error":"no"}"#)],
            story: "started finished(executionFailed invalid_argument)",
            text: nil
        ),
        Failure(
            testDescription: "a model that is not there",
            script: [.answer(404, [:], #"{"error":"model 'm' not found"}"#)],
            story: "started finished(executionFailed not_found)",
            text: nil
        ),
        Failure(
            testDescription: "an error in the middle",
            script: [Ollama.head, Ollama.text("Hel"), Ollama.error],
            story: "started completed(error) finished(executionFailed unavailable)",
            text: "Hel"
        ),
        Failure(
            testDescription: "a stream that just ends",
            script: [Ollama.head, Ollama.text("Hel"), .end],
            story: "started completed(error) finished(executionFailed unavailable)",
            text: "Hel"
        ),
        Failure(
            testDescription: "a connection that breaks",
            script: [Ollama.head, Ollama.text("Hel"), .close],
            story: "started completed(error) finished(executionFailed unavailable)",
            text: "Hel"
        ),
        Failure(
            testDescription: "a break while it thinks",
            script: [Ollama.head, Ollama.thinking("hm"), .close],
            story: "started completed(error) finished(executionFailed unavailable)",
            text: ""
        ),
    ]

    @Test(arguments: failures)
    func aFailureKeepsWhatCame(failure: Failure) async throws {
        let execution = try await Runner(failure.script).run()
        #expect(execution.story == failure.story)
        #expect(execution.message?.message.content == failure.text)
        let finished = try #require(execution.log.finished)
        #expect(!finished.error.message.isEmpty)
        #expect(execution.log.snapshot.status.error == finished.error.message)
        #expect(finished.timings.hasFirstTokenMs == (failure.text != nil))
        #expect(!finished.hasUsage)
    }

    @Test func aRepeatedCallSaysSoAndCountsOnce() async throws {
        let runner = try Runner(
            [.answer(503, [:], #"{"error":"busy"}"#)],
            [Ollama.head, Ollama.text("a"), Ollama.done]
        )
        let execution = try await runner.run()
        #expect(execution.story == "started progress(retrying) completed(stop) \(completed)")
        #expect(execution.log.finished?.usage.inputTokens == 7)
        #expect(runner.upstream.requests.count == 2)
    }

    @Test func usageIsTheSumOfTheMessages() {
        let log = EventLog()
        func completed(_ usage: TokenUsage?) -> ExecutionEvent.Kind {
            .messageCompleted(.with { if let usage { $0.usage = usage } })
        }
        log.record(completed(.with { ($0.inputTokens, $0.outputTokens) = (.max, 1) }))
        log.record(completed(nil))
        log.record(completed(.with { ($0.inputTokens, $0.cachedInputTokens) = (1, 5) }))
        let usage = log.usage
        #expect(usage?.inputTokens == .max, "clamped, not overflown")
        #expect(usage?.outputTokens == 1)
        #expect(usage?.cachedInputTokens == 5)
    }

    @Test func cancellingInTheMiddleClosesTheUpstream() async throws {
        let runner = try Runner([Ollama.head, Ollama.text("Hel"), .hang])
        let execution = try runner.start()
        try await execution.awaitBytes(3)
        await runner.engine.cancel(execution, .requested)
        #expect(execution.story == "started completed(cancelled) finished(executionCancelled canceled)")
        #expect(execution.message?.message.content == "Hel")
        try await runner.upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test func cancellingBeforeTheStartAsksNobody() async throws {
        let runner = try Runner([Ollama.head, Ollama.done])
        let stored = StoredExecution(request: .with { $0.spec.message = "Hi" }, createdAt: 0)
        let ended = Mutex(0)
        let execution = Execution(
            stored,
            configuration: runner.configuration,
            log: EventLog(stored, writer: nil, surroundings: .system) { _ in ended.withLock { $0 += 1 } },
            limits: ExecutionLimits(),
            surroundings: .system,
            on: runner.loop
        )
        execution.cancel(.requested)
        execution.start(runner.agent, shown: .init()) { [] }
        await execution.log.awaitEnd()
        #expect(execution.story == "started finished(executionCancelled canceled)")
        try await eventually("the end is told") { ended.withLock { $0 } == 1 }
        #expect(runner.upstream.requests.isEmpty)
    }

    @Test func theFirstReasonCountsAndTheEndStays() async throws {
        let runner = try Runner([Ollama.head, .hang])
        let execution = try runner.start()
        execution.cancel(.callerLeft)
        execution.cancel(.shutdown)
        await runner.engine.cancel(execution, .requested)
        #expect(execution.story == "started finished(executionCancelled canceled)")
        #expect(execution.log.finished?.error.message == CancelReason.callerLeft.message)
        let done = try await Runner([Ollama.head, Ollama.done]).run()
        await runner.engine.cancel(done, .requested)
        #expect(done.story == "started completed(stop) \(completed)")
    }

    @Test func theTimeLimitIsAFailure() async throws {
        let runner = try Runner(
            limits: ExecutionLimits(timeLimit: .milliseconds(300)),
            [Ollama.head, Ollama.text("Hel"), .hang]
        )
        let execution = try await runner.run()
        #expect(execution.log.finished?.phase == .executionFailed)
        #expect(execution.log.finished?.error.code == "deadline_exceeded")
        #expect(execution.log.finished?.error.message.contains("0.3 seconds") == true)
        try await runner.upstream.waitUntilPeerClosed(connection: 0)
    }

    static let reasons: [(CancelReason, String)] = [
        (.requested, "finished(executionCancelled canceled)"),
        (.callerLeft, "finished(executionCancelled canceled)"),
        (.callerDeadline(.seconds(1)), "finished(executionCancelled deadline_exceeded)"),
        (.timeLimit(.seconds(1)), "finished(executionFailed deadline_exceeded)"),
        (.shutdown, "finished(executionCancelled canceled)"), (.deleted, "finished(executionCancelled canceled)"),
    ]

    @Test(arguments: reasons)
    func eachReasonHasItsPhaseAndCode(row: (reason: CancelReason, story: String)) async throws {
        let runner = try Runner([.hang])
        let execution = try runner.start()
        await runner.engine.cancel(execution, row.reason)
        #expect(execution.story == "started \(row.story)")
        #expect(execution.log.finished?.error.message == row.reason.message)
    }

    @Test func whoWaitsForTheFirstTokenIsToldSo() async throws {
        let gate = Gate()
        let runner = try Runner(
            waitingInterval: .milliseconds(5),
            [Ollama.head, .wait(gate), Ollama.text("a"), Ollama.done]
        )
        let execution = try runner.start()
        try await eventually("two notices") { execution.log.end.events >= 3 }
        gate.open()
        await execution.log.awaitEnd()
        let words = execution.story.split(separator: " ")
        #expect(words.dropFirst().dropLast(2).allSatisfy { $0 == "progress(waiting)" })
        #expect(words.suffix(2) == ["completed(stop)", Substring(completed)])
    }

    @Test func aToolThatWasNotOfferedIsAMistakeThatTheModelIsTold() async throws {
        let call = #"{"message":{"tool_calls":[{"function":{"name":"rm","arguments":{}}}]},"done":false}"# + "\n"
        let runner = try Runner(
            [Ollama.head, .chunk(call), Ollama.done],
            [Ollama.head, Ollama.text("sorry"), Ollama.done]
        )
        let execution = try await runner.run()
        #expect(execution.story == "started completed(tool_calls) other other completed(stop) \(completed)")
        #expect(execution.log.snapshot.status.toolCalls.map { $0.error } == ["there is no tool \"rm\""])
        #expect(execution.log.snapshot.status.messages.last?.content == "sorry")
    }

    @Test(arguments: [9, 10, 11]) func aMessageBeyondTheLimitFailsAndIsKept(bytes: Int) async throws {
        let text = String(repeating: "x", count: bytes)
        let runner = try Runner(limits: ExecutionLimits(maxMessage: 10), [Ollama.head, Ollama.text(text), .hang])
        let execution = try runner.start()
        guard bytes > 10 else {
            try await execution.awaitBytes(bytes)
            await runner.engine.cancel(execution, .requested)
            #expect(execution.story == "started completed(cancelled) finished(executionCancelled canceled)")
            return
        }
        await execution.log.awaitEnd()
        #expect(execution.story == "started completed(cancelled) finished(executionFailed resource_exhausted)")
        #expect(execution.message?.message.content == text)
        try await runner.upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test func theOldestAreForgottenForMoreBytesThanAreKept() async throws {
        let script = [Ollama.head, Ollama.text("0123456789"), Ollama.done]
        let runner = try Runner(limits: ExecutionLimits(heldBytes: 7_000), script, script, script)
        var all: [Execution] = []
        for _ in 0..<3 {
            all.append(try runner.start())
            await all.last?.log.awaitEnd()
        }
        try await eventually("only what fits is kept") { runner.engine.executions.count == 2 }
        #expect(runner.engine.execution(all[0].id) == nil)
        #expect(runner.engine.execution(all[2].id) != nil)
    }
}
