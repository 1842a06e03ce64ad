import Failures
import Models
import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing

/// Every way in which a provider may fail, against a whole runner: one truthful end each, what came is kept, nothing
/// that was seen is asked for twice, and the service goes on.
@Suite struct FaultTests {
    static let all = Fault.statuses + Fault.cuts + Fault.contents + Fault.answers + Fault.silences

    @Test(arguments: FaultCase.of(all))
    func endsInOneTruthfulFinished(_ row: FaultCase) async throws {
        let (fault, dialect) = (row.fault, row.dialect)
        let seen = Gate()
        let elsewhere = try ScriptedUpstream([[.answer(200, [:], "")]])
        let stage = Fault.Stage(dialect: dialect, seen: seen, elsewhere: elsewhere.url)
        let scripts = Array(repeating: fault.script(stage), count: fault.faultyRequests) + [dialect.fine]
        let upstream = try ScriptedUpstream(scripts)
        try await withRunner(TestRunner(dialect, at: upstream.url, clocks: fault.clocks)) { runner in
            let call = try await Call.execute(port: runner.port) { seen.open() }
            check(call, fault)
            #expect(upstream.requests.count == fault.attempts)
            #expect(runner.waited == fault.expectedWaits)
            #expect(call.retries == fault.attempts - 1)
            try await checkRecord(of: call, runner)

            // On a busy machine a provider that is well may be slower than a short clock.
            var tries = 0
            try await eventually("the service goes on") {
                tries += 1
                let next = try await Call.execute(port: runner.port)
                if fault.clocks == .patient { #expect(next.finished.map(\.phase) == [.executionCompleted]) }
                return next.text == "fine"
            }
            #expect(upstream.requests.count == fault.attempts + tries)
            try await eventually("no execution is at work") { runner.engine.counts.running == 0 }
        }
        #expect(elsewhere.connectionCount == 0)
        for request in upstream.requests {
            let keys = request.headers.filter { $0.value.contains(TestRunner.key) }.map { $0.name.lowercased() }
            #expect(keys == [dialect.name == "anthropic" ? "x-api-key" : "authorization"])
        }
    }

    @Test(arguments: Dialect.all)
    func refusedConnectionsAreSaidSoAndAnotherProviderIsStillAsked(dialect: Dialect) async throws {
        let other = dialect.name == "openai" ? Dialect.anthropic : Dialect.openAI
        let well = try ScriptedUpstream([other.fine])
        let deaf = try DeafPort()
        let runner = try await TestRunner(dialect, at: deaf.url, others: [(other, well.url)])
        try await withRunner(runner) { runner in
            let call = try await Call.execute(port: runner.port)
            check(call, Fault("refused", .fails(.unavailable, says: "does not answer at"), attempts: 3) { _ in [] })
            #expect(runner.waited.count == 2)
            try await checkRecord(of: call, runner)
            let next = try await Call.execute(port: runner.port, model: "\(other.name):m")
            #expect(next.text == "fine", "\(next.raw)")
            #expect(well.requests.count == 1)
        }
    }

    @Test(arguments: Dialect.all)
    func aBlackHoleIsLeftWhenTheConnectClockRunsOut(dialect: Dialect) async throws {
        let open = Gate()
        let upstream = try ScriptedUpstream([dialect.fine], backlog: 0, accepting: open)
        let filler = try RawClient(port: upstream.port)
        let runner = try await TestRunner(dialect, at: upstream.url, clocks: .short(\.connect))
        try await withRunner(runner) { runner in
            let call = try await Call.execute(port: runner.port)
            let outcome = Fault.Outcome.fails(.deadlineExceeded, says: "accepted no connection within 100 ms")
            check(call, Fault("black hole", outcome, attempts: 3) { _ in [] })
            #expect(upstream.requests.isEmpty)
            #expect(runner.waited.count == 2)
            try await checkRecord(of: call, runner)

            open.open()
            filler.close()
            try await eventually("the service goes on when somebody listens") {
                try await Call.execute(port: runner.port).text == "fine"
            }
        }
    }

    /// The system asks again a second after a connection was not taken: that wait is its own, not the test's.
    @Test(arguments: Dialect.all)
    func aSlowConnectIsWaitedFor(dialect: Dialect) async throws {
        let open = Gate()
        let upstream = try ScriptedUpstream([dialect.fine], backlog: 0, accepting: open)
        let filler = try RawClient(port: upstream.port)
        try await withRunner(TestRunner(dialect, at: upstream.url, clocks: .patient)) { runner in
            async let call = Call.execute(port: runner.port)
            try await eventually("the connection is under way") {
                try connections(to: upstream.port, state: "02") == 1
            }
            open.open()
            filler.close()
            let ended = try await call
            check(ended, Fault("slow connect", .completes("fine")) { _ in [] })
            #expect(upstream.requests.count == 1)
        }
    }

    @Test func theTableHasEveryFaultOfTheIssue() {
        #expect(Self.all.count >= 40)
        #expect(Set(Self.all.map(\.name)).count == Self.all.count, "a name stands twice")
    }
}

/// What must be true of the stream that a caller got.
private func check(_ call: Call, _ fault: Fault) {
    #expect(call.status == 200, "\(call.raw)")
    #expect(call.finished.count == 1, "\(call.raw)")
    guard case .finished(let end)? = call.events.last?.event else {
        Issue.record("the last event is not finished: \(call.raw)")
        return
    }
    #expect(call.durable == (1...max(1, call.durable.count)).map { "\($0)" }, "\(call.raw)")
    #expect(!call.raw.contains(TestRunner.key))
    switch fault.outcome {
    case .completes(let text): checkWhole(call, end, text)
    case .recovers: checkWhole(call, end, "fine")
    case .fails(let code, let kept, let says):
        #expect(end.phase == .executionFailed)
        #expect(end.error.code == code.rawValue, "\(end.error)")
        if let says { #expect(end.error.message.contains(says), "\(end.error)") }
        #expect(call.text == kept)
        #expect(call.completed.map(\.message.content) == (kept.isEmpty ? [] : [kept]))
        #expect(call.completed.allSatisfy { $0.stopReason == "error" })
    }
}

private func checkWhole(_ call: Call, _ end: ExecutionEvent.Finished, _ text: String) {
    #expect(end.phase == .executionCompleted, "\(end.error)")
    #expect(!end.hasError)
    #expect(call.text == text)
    #expect(call.completed.map(\.message.content) == [text])
    #expect(call.completed.map(\.stopReason) == ["stop"])
    #expect([end.usage.inputTokens, end.usage.outputTokens] == [7, 3])
}

/// What the runner says of the execution afterwards is what the caller was told.
private func checkRecord(of call: Call, _ runner: TestRunner) async throws {
    let body = try await Call.get("/v1/executions/\(call.executionID)", port: runner.port).body
    let status = try AgentExecution(jsonString: body).status
    let end = try #require(call.finished.last)
    #expect(status.phase == end.phase)
    #expect(status.error == end.error.message)
    #expect(status.messages.filter { $0.type == .messageAi }.map(\.content) == call.completed.map(\.message.content))
}
