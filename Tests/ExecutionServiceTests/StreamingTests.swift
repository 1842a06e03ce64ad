import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing

@testable import ExecutionService
@testable import Executions

/// Execute and StreamEvents over a real socket, as callers see them.
@Suite struct StreamingTests {
    private static let request = #"{"spec":{"message":"Hi"}}"#

    /// One way of asking for a stream of events, and of reading it.
    struct Way: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let path: String
        let headers: [String: String]
        let framing: Framing

        func body(_ message: some Message) throws -> [UInt8] {
            let bytes = try framing.encoding.encode(message)
            return framing.isConnect ? Frames.envelope(bytes) : bytes
        }

        func events(_ answer: Call.Answer) throws -> [ExecutionEvent] {
            #expect(answer.failure == nil && answer.status == 200, "\(answer)")
            #expect(answer.header("Content-Type") == framing.mediaType)
            switch framing {
            case .lines:
                return try Frames.lines(answer.body)
            case .serverSentEvents:
                let events = try Frames.serverSentEvents(answer.body).events
                #expect(events.allSatisfy { $0.id == $0.event.cursor })
                return events.map(\.event)
            case .connect(let encoding):
                let (messages, end) = try Frames.connect(answer.body)
                #expect(end != nil)
                return try messages.map {
                    switch encoding {
                    case .json: try ExecutionEvent(jsonUTF8Bytes: $0)
                    case .proto: try ExecutionEvent(serializedBytes: $0)
                    }
                }
            }
        }
    }

    static func ways(rpc: String) -> [Way] {
        let path = RPC.runner + rpc
        return [
            Way(
                testDescription: "NDJSON",
                path: path,
                headers: ["Content-Type": "application/json"],
                framing: .lines
            ),
            Way(
                testDescription: "SSE",
                path: path,
                headers: ["Content-Type": "application/json", "Accept": "text/event-stream"],
                framing: .serverSentEvents
            ),
            Way(
                testDescription: "Connect JSON",
                path: path,
                headers: ["Content-Type": "application/connect+json"],
                framing: .connect(.json)
            ),
            Way(
                testDescription: "Connect protobuf",
                path: path,
                headers: ["Content-Type": "application/connect+proto", "Connect-Protocol-Version": "1"],
                framing: .connect(.proto)
            ),
        ]
    }

    static let executeWays =
        ways(rpc: "/Execute") + [
            Way(
                testDescription: "a person's curl",
                path: "/v1/execute",
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                framing: .lines
            ),
            Way(
                testDescription: "a person's SSE",
                path: "/v1/execute",
                headers: ["Accept": "text/event-stream"],
                framing: .serverSentEvents
            ),
        ]

    @Test(arguments: executeWays)
    func anExecutionIsCreatedAndStreamed(way: Way) async throws {
        let service = try await Service(
            [Ollama.head, Ollama.thinking("hm"), Ollama.text("Hel"), Ollama.text("lo\\n\\u2028😀"), Ollama.done])
        let request = AgentExecution.with { $0.spec.message = "Hi" }
        let answer = try await service.call(.post, way.path, way.headers, body: way.body(request)).whole()
        let events = try way.events(answer)
        #expect(events.text == "Hello\n\u{2028}😀")
        #expect(events.finished?.phase == .executionCompleted)
        guard case .started(let started) = events.first?.event else { throw Unexpected(description: "\(events)") }
        #expect(answer.header("Execution-Id") == started.executionID)
        #expect(started.config.settings["model"]?.value.stringValue == "m")
        #expect(service.engine.execution(started.executionID) != nil)

        // The same again from the log, whole and from every place on.
        let again = Self.ways(rpc: "/StreamEvents").first { $0.framing.mediaType == way.framing.mediaType }
        let events2 = try #require(again)
        let durable = events.filter { !$0.cursor.contains(".") }
        for cursor in ["", "0"] + durable.map(\.cursor) {
            let request = StreamEventsRequest.with { ($0.executionID, $0.after) = (started.executionID, cursor) }
            let answer = try await service.call(.post, events2.path, events2.headers, body: events2.body(request))
                .whole()
            let rest = durable.filter { (Cursor($0.cursor)?.events ?? 0) > Int(cursor) ?? 0 }
            #expect(try events2.events(answer) == rest, "after \(cursor)")
            #expect(answer.header("Execution-Id") == started.executionID)
        }
    }

    @Test func tokensComeWhenTheModelSaysThem() async throws {
        let (first, second) = (Gate(), Gate())
        let service = try await Service(
            [Ollama.head, .wait(first), Ollama.text("one "), .wait(second), Ollama.text("two"), Ollama.done])
        let call = service.call(.post, "/v1/execute", body: Array(Self.request.utf8))
        try await call.until("the first event") { $0.text.contains("\"started\"") }
        #expect(!call.answer.text.contains("textDelta"))
        first.open()
        try await call.until("the first token") { $0.text.contains(#""textDelta":{"text":"one "}"#) }
        #expect(!call.answer.text.contains("two"))
        second.open()
        #expect(try Frames.lines(try await call.whole().body).text == "one two")
    }

    @Test func aFailureIsTheLastEventAndConnectsEndFrame() async throws {
        let script = [Ollama.head, Ollama.text("Hel"), Ollama.error]
        for way in Self.executeWays {
            let service = try await Service(script)
            let request = AgentExecution.with { $0.spec.message = "Hi" }
            let answer = try await service.call(.post, way.path, way.headers, body: way.body(request)).whole()
            let finished = try way.events(answer).finished
            #expect(finished?.phase == .executionFailed)
            if way.framing.isConnect {
                let end = try #require(try Frames.connect(answer.body).end)
                #expect(end.hasPrefix(#"{"error":{"code":"\#(finished?.error.code ?? "")","message":"#))
            }
        }
    }

    @Test func anErrorBeforeTheStreamIsTheAnswer() async throws {
        let service = try await Service([])
        for way in Self.executeWays {
            let answer = try await service.call(.post, way.path, way.headers, body: way.body(AgentExecution())).whole()
            if way.framing.isConnect {
                #expect(answer.status == 200)
                let (messages, end) = try Frames.connect(answer.body)
                #expect(messages.isEmpty)
                #expect(end?.contains(#""code":"invalid_argument","message":"spec.message is empty"#) == true)
            } else {
                #expect(answer.status == 400)
                #expect(answer.header("Content-Type") == "application/json")
                #expect(answer.text.hasPrefix(#"{"code":"invalid_argument","message":"spec.message is empty"#))
            }
        }
        #expect(service.engine.counts.started == 0)
    }

    @Test(arguments: executeWays)
    func theCallersTimeBoundsTheExecution(way: Way) async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .hang])
        let request = AgentExecution.with { $0.spec.message = "Hi" }
        let headers = way.headers.merging(["Connect-Timeout-Ms": "1500"]) { mine, _ in mine }
        let answer = try await service.call(.post, way.path, headers, body: way.body(request)).whole()
        let finished = try way.events(answer).finished
        #expect(finished?.phase == .executionCancelled)
        #expect(finished?.error.code == "deadline_exceeded")
        if way.framing.isConnect {
            #expect(try Frames.connect(answer.body).end?.contains(#""code":"deadline_exceeded""#) == true)
        }
        try await service.upstream.waitUntilPeerClosed(connection: 0)
    }

    /// A caller that reads nothing must not hold its own deadline off.
    @Test func theCallersTimeBoundsOneThatDoesNotRead() async throws {
        // More than the buffers of two sockets take.
        let flood = Ollama.text(String(repeating: "x", count: 200_000))
        let service = try await Service([Ollama.head] + Array(repeating: flood, count: 25) + [.hang])
        let call = service.call(
            .post,
            "/v1/execute",
            ["Connect-Timeout-Ms": "1500"],
            body: Array(Self.request.utf8),
            reading: Gate()
        )
        try await eventually("the execution ends") { service.engine.counts.cancelled == 1 }
        try await service.upstream.waitUntilPeerClosed(connection: 0)
        #expect(service.engine.executions.first?.log.finished?.error.code == "deadline_exceeded")
        call.leave()
    }

    @Test func aTimeOfZeroEndsAtOnce() async throws {
        let service = try await Service([Ollama.head, .hang])
        let answer = try await service.answer(
            .post,
            "/v1/execute",
            ["Connect-Timeout-Ms": "0"],
            json: Self.request
        )
        #expect(try Frames.lines(answer.body).finished?.error.code == "deadline_exceeded")
    }

    @Test func whoLeavesExecuteCancelsIt() async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .hang])
        let call = service.call(.post, "/v1/execute", body: Array(Self.request.utf8))
        try await call.until("a token") { $0.text.contains("textDelta") }
        call.leave()
        try await service.upstream.waitUntilPeerClosed(connection: 0)
        try await eventually("it has ended") { service.engine.counts.cancelled == 1 }
        let error = service.engine.executions.first?.log.finished?.error.message
        #expect(error == CancelReason.callerLeft.message)
    }

    @Test func whoLeavesStreamEventsDoesNot() async throws {
        let gate = Gate()
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .wait(gate), Ollama.text("lo"), Ollama.done])
        let execution = try await service.create()
        let call = service.call(.get, "/v1/executions/\(execution.id)/events")
        try await call.until("a token") { $0.text.contains("textDelta") }
        call.leave()
        let other = service.call(.get, "/v1/executions/\(execution.id)/events?after=1.2")
        try await other.until("the rest") { $0.text.contains("textDelta") }
        #expect(service.upstream.peerClosedAt(connection: 0) == nil)
        gate.open()
        let events = try Frames.lines(try await other.whole().body)
        #expect(events.text == "llo")
        #expect(events.first?.cursor == "1.3")
        #expect(events.finished?.phase == .executionCompleted)
    }

    @Test func aSlowReaderHoldsNobodyUp() async throws {
        let flood = Ollama.text(String(repeating: "0123456789", count: 4_000))
        let attached = Gate()
        let script = [Ollama.head, .wait(attached)] + Array(repeating: flood, count: 40) + [Ollama.done]
        let service = try await Service(script)
        let gate = Gate()
        let execution = try await service.create()
        let slow = service.call(.get, "/v1/executions/\(execution.id)/events", reading: gate)
        try await slow.until("its head") { $0.status == 200 }
        attached.open()
        let fast = try await service.answer(.get, "/v1/executions/\(execution.id)/events")
        #expect(try Frames.lines(fast.body).finished?.phase == .executionCompleted)
        gate.open()
        let events = try Frames.lines(try await slow.whole().body)
        #expect(events.text.utf8.count == 1_600_000)
        #expect(events.finished?.phase == .executionCompleted)
    }

    @Test func theLastEventIDBeatsTheQuery() async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), Ollama.done])
        let execution = try await service.create()
        await execution.log.awaitEnd()
        let path = "/v1/executions/\(execution.id)/events?after=1"
        let rows = [("2", ["3"]), ("3", []), ("", ["2", "3"]), ("0", ["1", "2", "3"])]
        for (last, cursors) in rows {
            let answer = try await service.answer(.get, path, ["Last-Event-ID": last])
            #expect(try Frames.lines(answer.body).map(\.cursor) == cursors, "after \(last)")
        }
    }

    @Test func anEventSourceThatHasReadEverythingIsToldToStop() async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), Ollama.done])
        let execution = try await service.create()
        await execution.log.awaitEnd()
        let path = "/v1/executions/\(execution.id)/events"
        for (last, accept, status) in [
            ("3", "text/event-stream", 204), ("2", "text/event-stream", 200), ("3", "application/x-ndjson", 200),
        ] {
            let answer = try await service.answer(.get, path, ["Last-Event-ID": last, "Accept": accept])
            #expect(answer.status == status, "after \(last), \(accept)")
        }
    }

    static let cursors: [(String, status: Int, words: String)] = [
        ("x", 400, "no cursor"), ("5.", 400, "no cursor"), ("-1", 400, "no cursor"), ("2", 400, "ends at 1.5"),
        ("1.6", 400, "ends at 1.5"), ("1.1", 400, "inside a character"),
    ]

    @Test func aWrongPlaceIsRefusedWithTheRightOne() async throws {
        let service = try await Service([Ollama.head, Ollama.text("é€"), .hang])
        let execution = try await service.create()
        try await eventually("the text is there") { execution.log.end.bytes == 5 }
        for (cursor, status, words) in Self.cursors {
            let answer = try await service.answer(.get, "/v1/executions/\(execution.id)/events?after=\(cursor)")
            #expect(answer.status == status)
            #expect(answer.text.contains(words), "\(answer.text)")
        }
        await service.engine.cancel(execution, .requested)
    }

    @Test func theHeadOfAStreamAloneEnds() async throws {
        let service = try await Service([Ollama.head, .hang])
        let execution = try await service.create()
        for _ in 0..<2 {
            let answer = try await service.call(.head, "/v1/executions/\(execution.id)/events").whole()
            #expect(answer.status == 200 && answer.body.isEmpty && answer.failure == nil)
            #expect(answer.header("Execution-Id") == execution.id)
        }
        try await eventually("no reader is left") { execution.log.readerCount == 0 }
        await service.engine.cancel(execution, .requested)
    }

    @Test func silenceIsFilledWithPings() async throws {
        let gate = Gate()
        let service = try await Service(
            pingInterval: .milliseconds(5),
            [Ollama.head, .wait(gate), Ollama.text("a"), Ollama.done]
        )
        let call = service.call(
            .post,
            "/v1/execute",
            ["Accept": "text/event-stream"],
            body: Array(Self.request.utf8)
        )
        try await call.until("three pings") { $0.text.ranges(of: ": ping\n\n").count >= 3 }
        gate.open()
        let (events, comments) = try Frames.serverSentEvents(try await call.whole().body)
        #expect(comments.allSatisfy { $0 == ": ping" })
        #expect(events.map(\.name) == ["started", "text_delta", "message_completed", "finished"])
    }

    @Test func aStreamOfTheCallersTimeIsCutWithoutAnEnd() async throws {
        let service = try await Service([Ollama.head, Ollama.text("a"), .hang])
        let execution = try await service.create()
        for way in Self.ways(rpc: "/StreamEvents") {
            let headers = way.headers.merging(["Connect-Timeout-Ms": "50"]) { mine, _ in mine }
            let request = StreamEventsRequest.with { $0.executionID = execution.id }
            let answer = try await service.call(.post, way.path, headers, body: way.body(request)).whole()
            if way.framing.isConnect {
                #expect(try Frames.connect(answer.body).end?.contains(#""code":"deadline_exceeded""#) == true)
            } else {
                #expect(answer.failure != nil, "a clean end would say that this is all")
            }
        }
        #expect(!execution.log.isFinished)
        await service.engine.cancel(execution, .requested)
    }
}
