import Executions
import ExecutionService
import Foundation
import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing

/// What happens below, at and above each limit on executions and streams.
@Suite struct LimitTests {
    /// An answer that begins and goes on when the gate is open.
    private static func held(_ gate: Gate) throws -> ScriptedUpstream {
        let dialect = Dialect.openAI
        return try ScriptedUpstream([[dialect.start, .chunk(dialect.text("Hello")), .wait(gate), .chunk(dialect.end)]])
    }

    private static func create(_ runner: TestRunner, host: UInt8 = 1) async throws -> RawClient.Response {
        try await request(Call.post("/v1/executions", #"{"spec":{"message":"Hi"}}"#), runner, host: host)
    }

    private static func request(
        _ text: String,
        _ runner: TestRunner,
        host: UInt8 = 1
    ) async throws -> RawClient.Response {
        let client = try RawClient(port: runner.port, host: host)
        try await client.send(text)
        return try await client.response()
    }

    private func expectExhausted(_ response: RawClient.Response, says: String) {
        #expect(response.status == 429)
        #expect(response.header("Retry-After") == "1", "\(response.head)")
        #expect(response.body.contains(#""code":"resource_exhausted""#), "\(response.body)")
        #expect(response.body.contains(says), "\(response.body)")
    }

    @Test func executionsAreLimitedInAllAndByCaller() async throws {
        let gate = Gate()
        let upstream = try Self.held(gate)
        let limits = ExecutionLimits(maxRunning: 3, maxRunningPerCaller: 2)
        try await withRunner(TestRunner(.openAI, at: upstream.url, executions: limits)) { runner in
            for _ in 0..<2 { #expect(try await Self.create(runner).status == 200) }
            expectExhausted(try await Self.create(runner), says: "2 executions of 127.0.0.1 are at work")
            #expect(try await Self.create(runner, host: 2).status == 200)
            expectExhausted(
                try await Self.create(runner, host: 2),
                says: "3 executions are at work, which is the limit"
            )
            let streamed = Call.post("/v1/execute", #"{"spec":{"message":"Hi"}}"#)
            expectExhausted(try await Self.request(streamed, runner, host: 3), says: "3 executions are at work")
            #expect(runner.engine.counts.started == 3)
            #expect(runner.engine.counts.running == 3)

            gate.open()
            try await eventually("all have ended") { runner.engine.counts.completed == 3 }
            // What was refused was not kept for later.
            #expect(upstream.requests.count == 3)
            for _ in 0..<10 {
                #expect(try await Self.create(runner).status == 200)
                try await eventually("it has ended") { runner.engine.counts.running == 0 }
            }
        }
    }

    @Test func streamsAreLimitedInAllAndByCaller() async throws {
        let gate = Gate()
        let upstream = try Self.held(gate)
        let limits = ServiceLimits(maxStreams: 3, maxStreamsPerCaller: 2)
        try await withRunner(TestRunner(.openAI, at: upstream.url, service: limits)) { runner in
            let created = try await Self.create(runner)
            let id = try AgentExecution(jsonString: created.body).metadata.id
            let events = "GET /v1/executions/\(id)/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
            func open(_ host: UInt8) async throws -> RawClient {
                let client = try RawClient(port: runner.port, host: host)
                try await client.send(events)
                try await client.waitFor("Hello")
                return client
            }
            let first = try await open(1)
            let second = try await open(1)
            expectExhausted(try await Self.request(events, runner), says: "2 streams to 127.0.0.1 are open")
            let third = try await open(2)
            expectExhausted(try await Self.request(events, runner, host: 2), says: "3 streams are open")
            // One that is refused leaves no execution behind.
            let execute = Call.post("/v1/execute", #"{"spec":{"message":"Hi"}}"#)
            expectExhausted(try await Self.request(execute, runner, host: 3), says: "3 streams are open")
            #expect(runner.engine.counts.started == 1)
            // Calls that do not stream are no streams.
            #expect(try await Self.request("GET /v1/config HTTP/1.1\r\nHost: localhost\r\n\r\n", runner).status == 200)

            second.close()
            try await eventually("the place of one who left is free") { (try? await open(1)) != nil }
            gate.open()
            for client in [first, third] {
                try await client.waitFor("EXECUTION_COMPLETED")
                client.close()
            }
            try await eventually("places are free at the end") {
                try await Self.request(execute, runner).status == 200
            }
        }
    }

    @Test func connectIsToldInItsEndFrame() async throws {
        let upstream = try Self.held(Gate())
        let limits = ExecutionLimits(maxRunning: 1)
        try await withRunner(TestRunner(.openAI, at: upstream.url, executions: limits)) { runner in
            #expect(try await Self.create(runner).status == 200)
            let message = Array(#"{"spec":{"message":"Hi"}}"#.utf8)
            let client = try RawClient(port: runner.port)
            try await client.send(
                "POST /ai.stigmer.agentic.agentrunner.v1.AgentRunnerService/Execute HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/connect+json\r\nContent-Length: \(message.count + 5)\r\n\r\n"
            )
            try await client.send([0, 0, 0, 0, UInt8(message.count)] + message)
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response.header("Retry-After") == "1")
            #expect(response.body.contains(#"{"error":{"code":"resource_exhausted""#), "\(response.body)")
        }
    }
}
