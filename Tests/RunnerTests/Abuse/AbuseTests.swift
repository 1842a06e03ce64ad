import Foundation
import TestSupport
import Testing

/// Callers that are slow, rude or too many, against the built program in a process of its own.
@Suite(.serialized) struct AbuseTests {
    private static func execute(_ message: String) -> String {
        Call.post("/v1/execute", #"{"spec":{"message":"\#(message)"}}"#)
    }

    private static let live = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func slowReadersCostNoMemoryAndLoseNothing() async throws {
        let readers = 200
        let lines = (0..<2048).map {
            String(format: "line %05d of the answer, 60 bytes long, and then the next one.", $0)
        }
        let answer = lines.joined(separator: " ")
        let dialect = Dialect.openAI
        let steps: [ScriptedStep] = lines.enumerated().map {
            .raw(Self.chunk(dialect.text($0.offset == 0 ? $0.element : " " + $0.element)))
        }
        // Packed, as a provider that is fast writes many pieces at a time.
        let body = steps.reduce(into: [UInt8]()) { if case .raw(let bytes) = $1 { $0 += bytes } }
        let upstream = try ScriptedUpstream([[dialect.start, .raw(body), .chunk(dialect.end)]])
        let child = try await ChildRunner(upstream: upstream.url)
        let before = try child.anonymousMemory()

        var slow: [RawClient] = []
        for index in 0..<readers {
            let client = try RawClient(port: child.port, receiveBuffer: 2048)
            try await client.send(Self.execute("slow \(index)"))
            slow.append(client)
        }
        try await eventually("every model has been read to its end", within: .seconds(180)) {
            for client in slow { client.receive(atMost: 1024) }
            return try await child.figure("agent_runner_executions_ended_total{phase=\"completed\"}") == readers
        }
        let unread = slow.count { $0.received.count < answer.utf8.count }
        #expect(unread == readers, "the readers were not slow")
        let grown = try child.anonymousMemory() - before
        // The answer itself, whose array may have grown by doubling, and what waits to be sent.
        let bound = readers * (2 * answer.utf8.count + 192 * 1024) / 1024
        print("slow readers: \(grown / readers) KB each for an answer of \(answer.utf8.count / 1024) KB")
        #expect(grown < bound)

        let quick = try await Call.execute(port: child.port)
        #expect(quick.text == answer, "another stream is not affected")

        for client in slow { client.setReceiveBuffer(256 * 1024) }
        try await eventually("every reader has come to the end", within: .seconds(180)) {
            for client in slow { client.receive() }
            return slow.allSatisfy { $0.received.suffix(5).elementsEqual("0\r\n\r\n".utf8) }
        }
        for client in slow {
            let response = try await client.response()
            let lines = try response.body.utf8.split(separator: UInt8(ascii: "\n")).map {
                try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:]
            }
            let pieces = lines.compactMap { ($0["textDelta"] as? [String: Any])?["text"] as? String }
            #expect(pieces.joined() == answer)
            let completed = lines.compactMap { $0["messageCompleted"] as? [String: Any] }
            #expect(completed.map { ($0["message"] as? [String: Any])?["content"] as? String } == [answer])
            let finished = lines.last?["finished"] as? [String: Any]
            #expect(finished?["phase"] as? String == "EXECUTION_COMPLETED")
        }
        let after = try child.anonymousMemory() - before
        print("slow readers: \(after) KB after all have read, of which \(readers) answers are kept")
    }

    private static func chunk(_ text: String) -> [UInt8] {
        Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }

    @Test func callersWhoLeaveAreCancelledAndLeaveNothingBehind() async throws {
        let callers = 1000
        let upstream = try CrowdUpstream()
        let limits = ["--max-executions-per-caller", "5000", "--max-streams-per-caller", "5000"]
        let child = try await ChildRunner(upstream: upstream.url, arguments: limits)
        // The first call opens what stays open.
        let first = try RawClient(port: child.port)
        try await first.send(Self.execute("caller-\(callers);"))
        try await first.waitFor("textDelta")
        first.close()
        try await eventually("the first call is over") { upstream.closed.count == 1 && upstream.open == 0 }
        _ = try await child.figure("agent_runner_executions_running")
        let descriptors = try child.openDescriptors()
        var random = SystemRandomNumberGenerator()
        var open: [(number: Int, client: RawClient)] = []
        var left: [Int: ContinuousClock.Instant] = [:]
        for number in 0..<callers {
            let client = try RawClient(port: child.port)
            try await client.send(Self.execute("caller-\(number);"))
            // Some leave while their request is still being read, some in the middle of everything.
            if Int.random(in: 0..<10, using: &random) == 0 {
                left[number] = .now
                client.close()
            } else {
                open.append((number, client))
            }
            if Int.random(in: 0..<10, using: &random) == 0, !open.isEmpty {
                let caller = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                left[caller.number] = .now
                caller.client.close()
            }
        }
        try await eventually("those who stayed are streamed to") {
            open.allSatisfy { upstream.begun.contains($0.number) }
        }
        let together = upstream.open
        open.shuffle(using: &random)
        for (number, client) in open {
            left[number] = .now
            Bool.random(using: &random) ? client.close() : client.reset()
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<4000, using: &random)))
        }
        try await eventually("the upstream has seen every connection close", within: .seconds(180)) {
            upstream.open == 0 && upstream.closed.count == upstream.begun.count
        }
        // Those who left while a thousand came in measure the rush, not the leaving.
        let closed = upstream.closed
        let delays = open.compactMap { caller -> Duration? in
            guard let end = closed[caller.number], let start = left[caller.number] else { return nil }
            return end - start
        }.sorted()
        #expect(delays.count == open.count)
        let late = delays.count { $0 > .milliseconds(100) }
        print(
            "leaving: \(closed.count) upstream connections, \(together) at once; closed after "
                + "\(delays[delays.count / 2]) (median), \(delays[delays.count - 1]) (longest); \(late) after more than 100 ms"
        )

        try await eventually("no execution is at work") {
            try await child.figure("agent_runner_executions_running") == 0
        }
        let started = try await child.figure("agent_runner_executions_started_total")
        #expect(started > open.count)
        #expect(try await child.figure("agent_runner_executions_ended_total{phase=\"cancelled\"}") == started)
        try await eventually("no descriptor is left") { try child.openDescriptors() <= descriptors + 1 }
        #expect(child.isRunning)
    }

    @Test func thousandsOfIdleConnectionsDisturbNobody() async throws {
        let count = 5000
        let upstream = try ScriptedUpstream([Dialect.openAI.fine])
        let child = try await ChildRunner(upstream: upstream.url)
        let before = try child.anonymousMemory()
        var idle: [RawClient] = []
        for _ in 0..<count {
            let client = try RawClient(port: child.port)
            try await client.send(Self.live)
            idle.append(client)
        }
        for client in idle { #expect(try await client.response().status == 200) }
        print("idle: \(Double(try child.anonymousMemory() - before) / Double(count)) KB a connection")
        for _ in 0..<50 { #expect(try await Call.execute(port: child.port).text == "fine") }
        for client in idle { client.receive() }
        #expect(idle.allSatisfy { $0.ending == nil && $0.received.isEmpty })
        try await idle[count / 2].send(Self.live)
        #expect(try await idle[count / 2].response().status == 200)
        let open = try child.openDescriptors()
        #expect(open >= count)
        for client in idle { client.close() }
        try await eventually("their descriptors are free") { try child.openDescriptors() <= open - count }
    }

    @Test func aServerWithoutDescriptorsGoesOnAndSaysWhenToComeAgain() async throws {
        let upstream = try ScriptedUpstream([Dialect.openAI.fine])
        let child = try await ChildRunner(upstream: upstream.url, descriptors: 64)
        var held: [RawClient] = []
        var refused: RawClient.Response?
        while refused == nil && held.count < 100 {
            let client = try RawClient(port: child.port)
            try await client.send(Self.live)
            let response = try await client.response()
            if response.status == 503 { refused = response } else { held.append(client) }
        }
        #expect(refused?.header("Retry-After") == "1")
        #expect(refused?.header("Connection") == "close")
        #expect((20..<64).contains(held.count), "\(held.count)")
        // Everybody who comes is told, not only the first, and not after a pause.
        for _ in 0..<200 {
            let client = try RawClient(port: child.port)
            #expect(try await client.response().status == 503)
            #expect(try await client.waitForEnd() == .end)
        }
        for client in held {
            try await client.send(Self.live)
            #expect(try await client.response().status == 200, "those who are connected are served")
        }
        // Room for a caller, the connection to its model, and what else a look-up takes.
        for client in held.suffix(10) { client.close() }
        held.removeLast(10)
        try await eventually("there is room again") {
            try await Call.get("/livez", port: child.port).status == 200
        }
        #expect(try await Call.execute(port: child.port).text == "fine")
        #expect(child.isRunning)
    }
}
