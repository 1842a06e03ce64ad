import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing
import Tools
import WireJSON

@testable import MCP

/// A server over streamable HTTP that follows a script.
private struct HTTPScript: Sendable {
    /// Whether answers are events or documents.
    var usesEvents = false
    var session: String? = "session-1"
    var version = "2025-06-18"
    /// What a call does; nil to answer with the name of the tool.
    var call: (@Sendable (ScriptedExchange, _ id: JSONValue, _ params: JSONValue) throws -> Void)?
    /// What a GET does; nil to refuse it.
    var listen: (@Sendable (ScriptedExchange) throws -> Void)?

    func start() throws -> ScriptedUpstream {
        try ScriptedUpstream { exchange in
            switch exchange.request.method {
            case "GET":
                if let listen { return try listen(exchange) }
                return try exchange.answer(405, [:], "")
            case "DELETE": return try exchange.answer(200, [:], "")
            default: break
            }
            guard let message = JSONValue.parsed(line: exchange.request.bodyText), let id = message["id"] else {
                return try exchange.answer(202, [:], "")
            }
            switch message["method"]?.text {
            case "initialize":
                let result: JSONValue = [
                    "protocolVersion": .string(version), "capabilities": ["tools": [:]],
                    "serverInfo": ["name": "s", "version": "1"],
                ]
                try answer(exchange, id, result, session.map { ["Mcp-Session-Id": $0] } ?? [:])
            case "tools/list":
                let tool: JSONValue = ["name": "echo", "description": "d", "inputSchema": ["type": "object"]]
                try answer(exchange, id, ["tools": [tool]])
            case "tools/call":
                if let call { return try call(exchange, id, message["params"] ?? [:]) }
                try answer(exchange, id, HTTPScript.text("done"))
            default: try answer(exchange, id, [:])
            }
        }
    }

    static func text(_ text: String) -> JSONValue { ["content": [["type": "text", "text": .string(text)]]] }

    static func event(_ message: JSONValue) -> String { "event: message\r\ndata: \(message.jsonText)\r\n\r\n" }

    static func response(_ id: JSONValue, _ result: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "id": id, "result": result]
    }

    func answer(
        _ exchange: ScriptedExchange,
        _ id: JSONValue,
        _ result: JSONValue,
        _ headers: [String: String] = [:]
    ) throws {
        let message = HTTPScript.response(id, result)
        guard usesEvents else {
            let type = ["Content-Type": "application/json; charset=utf-8"]
            return try exchange.answer(200, headers.merging(type) { mine, _ in mine }, message.jsonText)
        }
        try exchange.respond(200, headers.merging(["Content-Type": "text/event-stream"]) { mine, _ in mine })
        try exchange.chunk(": a comment\n\ndata: \n\nid: 1\n" + HTTPScript.event(message))
        try exchange.end()
    }
}

private func withHTTP(
    _ url: String,
    headers: [String: String] = [:],
    query: [String: String] = [:],
    timeout: Duration? = nil,
    limits: MCPLimits = MCPLimits(),
    clocks: MCPClocks = MCPClocks(),
    _ body: (MCPServerPool) async throws -> Void
) async throws {
    let server = MCPServerConfiguration.HTTPServer(url: url, headers: headers, query: query, timeout: timeout)
    let configuration = MCPServerConfiguration(name: "web", transport: .http(server))
    try await withPool([configuration], limits: limits, clocks: clocks, body)
}

/// The result of a call of the only tool, or its failure.
private func call(_ pool: MCPServerPool, _ context: ToolContext? = nil) async -> Result<String, ToolFailure> {
    let toolset = await pool.tools()
    guard let tool = toolset.tools.first else { return .failure(ToolFailure("no tool: \(toolset.problems)")) }
    do {
        return .success(try await tool.call([:], context ?? ToolContext(callID: "c") { _ in }))
    } catch {
        return .failure(error)
    }
}

private func message(_ result: Result<String, ToolFailure>) -> String {
    switch result {
    case .success(let text): text
    case .failure(let failure): failure.message
    }
}

@Suite struct HTTPTests {
    @Test(arguments: [false, true], ["2025-06-18", "2025-03-26", "2024-11-05"])
    func callsAreAnsweredByDocumentsAndByEvents(usesEvents: Bool, version: String) async throws {
        let upstream = try HTTPScript(usesEvents: usesEvents, version: version).start()
        let headers = ["X-Key": "secret-key"]
        try await withHTTP(upstream.url + "/mcp?a=b", headers: headers, query: ["k y": "v/&"]) { pool async throws in
            #expect(await call(pool) == .success("done"))
            await pool.stop()
            let posts = upstream.requests.filter { $0.method == "POST" }
            #expect(posts.count == 4)
            #expect(posts.allSatisfy { $0.path == "/mcp?a=b&k%20y=v%2F%26" && $0.header("X-Key") == "secret-key" })
            #expect(posts.allSatisfy { $0.header("Accept") == "application/json, text/event-stream" })
            #expect(posts[0].header("Mcp-Session-Id") == nil && posts[0].header("MCP-Protocol-Version") == nil)
            #expect(posts.dropFirst().allSatisfy { $0.header("Mcp-Session-Id") == "session-1" })
            #expect(posts.dropFirst().allSatisfy { $0.header("MCP-Protocol-Version") == version })
            let delete = upstream.requests.first { $0.method == "DELETE" }
            #expect(delete?.header("Mcp-Session-Id") == "session-1")
        }
    }

    @Test func withoutASessionNothingIsDeleted() async throws {
        let upstream = try HTTPScript(session: nil).start()
        try await withHTTP(upstream.url) { pool async throws in
            #expect(await call(pool) == .success("done"))
            await pool.stop()
            #expect(upstream.requests.allSatisfy { $0.method != "DELETE" && $0.header("Mcp-Session-Id") == nil })
        }
    }

    @Test func progressAndQuestionsComeInTheAnswersStream() async throws {
        let answered = Gate()
        let upstream = try HTTPScript(call: { exchange, id, params in
            try exchange.respond(200, ["Content-Type": "text/event-stream"])
            let token = params["_meta"]?["progressToken"] ?? .null
            let progress: JSONValue = ["progressToken": token, "progress": 1, "total": 2]
            let note: JSONValue = ["jsonrpc": "2.0", "method": "notifications/progress", "params": progress]
            let ping: JSONValue = ["jsonrpc": "2.0", "id": "p", "method": "ping"]
            try exchange.chunk(HTTPScript.event(note) + HTTPScript.event(ping))
            try exchange.wait(for: answered)
            try exchange.chunk(HTTPScript.event(HTTPScript.response(id, HTTPScript.text("after"))))
        }).start()
        try await withHTTP(upstream.url) { pool async throws in
            let reports = Reports()
            async let result = call(pool, reports.context)
            try await eventually("the ping is answered") {
                upstream.requests.contains { JSONValue.parsed(line: $0.bodyText)?["id"] == "p" }
            }
            answered.open()
            #expect(await result == .success("after"))
            #expect(reports.all == ["1/2"])
        }
    }

    @Test func theServersOwnStreamTellsOfAChangedList() async throws {
        let change = Gate()
        let upstream = try HTTPScript(listen: { exchange in
            try exchange.respond(200, ["Content-Type": "text/event-stream"])
            try exchange.wait(for: change)
            let note: JSONValue = ["jsonrpc": "2.0", "method": "notifications/tools/list_changed"]
            try exchange.chunk(HTTPScript.event(note))
            try exchange.hang()
        }).start()
        try await withHTTP(upstream.url) { pool async throws in
            _ = await pool.tools()
            try await eventually("it listens") { upstream.requests.contains { $0.method == "GET" } }
            change.open()
            try await eventually("the list is asked for anew") {
                _ = await pool.tools()
                return upstream.requests.count { $0.bodyText.contains("tools/list") } == 2
            }
        }
    }

    @Test func cancellingTellsTheServerAndClosesTheStream() async throws {
        let connection = Mutex<Int?>(nil)
        let upstream = try HTTPScript(call: { exchange, _, _ in
            connection.withLock { $0 = exchange.request.connection }
            try exchange.respond(200, ["Content-Type": "text/event-stream"])
            try exchange.hang()
        }).start()
        try await withHTTP(upstream.url) { pool async throws in
            let calling = Task { await call(pool) }
            try await eventually("the call comes") { connection.withLock { $0 != nil } }
            calling.cancel()
            #expect(message(await calling.value).contains("was cancelled"))
            try await upstream.waitUntilPeerClosed(connection: connection.withLock { $0 } ?? 0)
            try await eventually("the server is told") {
                upstream.requests.contains { $0.bodyText.contains("notifications/cancelled") }
            }
        }
    }

    @Test func aLostSessionIsOpenedAnewAndTheCallMadeOnce() async throws {
        let calls = Mutex(0)
        let upstream = try HTTPScript(call: { exchange, id, _ in
            let count = calls.withLock { calls in
                calls += 1
                return calls
            }
            if count == 1 { return try exchange.answer(404, [:], "no such session") }
            try HTTPScript().answer(exchange, id, HTTPScript.text("in the second"))
        }).start()
        try await withHTTP(upstream.url) { pool async throws in
            #expect(await call(pool) == .success("in the second"))
            #expect(upstream.requests.count { $0.bodyText.contains("initialize\"") } == 2)
        }
    }

    @Test func aServerThatLosesEverySessionIsNotAskedForEver() async throws {
        let upstream = try HTTPScript(call: { exchange, _, _ in try exchange.answer(404, [:], "") }).start()
        try await withHTTP(upstream.url) { pool async throws in
            #expect(message(await call(pool)).contains("does not know the session any more"))
            #expect(upstream.requests.count { $0.bodyText.contains("tools/call") } == 2)
        }
    }

    /// What a call may be answered with, and a part of the sentence that says what was wrong.
    @Test(arguments: [
        ([ScriptedStep.answer(500, [:], "my key is secret-key")], "answered with HTTP status 500 (my key is •••)"),
        ([.answer(401, [:], "")], "status 401: check the credentials in its headers"),
        ([.answer(307, ["Location": "http://elsewhere/secret"], "")], "give the final address"),
        ([.answer(200, ["Content-Type": "text/html"], "<p>")], "answered with text/html instead of JSON or events"),
        ([.answer(200, ["Content-Type": "application/json"], "{")], "answered with something that is no JSON"),
        ([.answer(200, ["Content-Type": "application/json"], "{}")], "ended its answer before it was complete"),
        ([.respond(contentType: "text/event-stream"), .chunk("data: {}\n\n"), .end], "ended its answer before"),
        ([.respond(contentType: "text/event-stream"), .reset], "broke off: "),
        ([.close], "cannot be reached: "),
        (
            [.respond(contentType: "text/event-stream"), .chunk("data: " + String(repeating: "x", count: 20_000))],
            "sent a message of over 10000 bytes"
        ),
        (
            [.answer(200, ["Content-Type": "application/json"], String(repeating: " ", count: 20_000))],
            "answered with too much"
        ),
        ([.hang], "did not answer within 2 s"),
    ])
    func faultsAreSentences(steps: [ScriptedStep], words: String) async throws {
        let upstream = try HTTPScript(call: { exchange, _, _ in try exchange.run(steps) }).start()
        var limits = MCPLimits()
        limits.messageBytes = 10_000
        let key = ["Authorization": "Bearer secret-key"]
        try await withHTTP(upstream.url, headers: key, timeout: .seconds(2), limits: limits) { pool async throws in
            let failure = message(await call(pool))
            #expect(failure.hasPrefix("the MCP server “web” ") && failure.contains(words), "\(failure)")
            #expect(!failure.contains("secret"))
        }
    }

    @Test(arguments: [
        ("ftp://127.0.0.1/", "does not begin with http:// or https://"),
        ("http://127.0.0.1:1/", "cannot be reached: "),
    ])
    func anAddressWithoutAServerIsAProblem(url: String, words: String) async throws {
        try await withHTTP(url) { pool async throws in
            let problems = await pool.tools().problems.map(\.sentence)
            #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
        }
    }

    @Test(arguments: [["bad name": "v"], ["X": "a\r\nEvil: 1"]])
    func aHeaderThatIsNoneIsAProblem(headers: [String: String]) async throws {
        let upstream = try HTTPScript().start()
        try await withHTTP(upstream.url, headers: headers) { pool async throws in
            #expect(await pool.tools().problems.count == 1)
            #expect(upstream.requests.isEmpty)
        }
    }

    @Test func stoppingClosesEverything() async throws {
        let upstream = try HTTPScript(
            call: { exchange, _, _ in try exchange.hang() },
            listen: { exchange in
                try exchange.respond(200, ["Content-Type": "text/event-stream"])
                try exchange.hang()
            }
        ).start()
        try await withHTTP(upstream.url) { pool async throws in
            let calling = Task { await call(pool) }
            try await eventually("the call comes") { upstream.requests.contains { $0.bodyText.contains("tools/call") } }
            try await eventually("it listens") { upstream.requests.contains { $0.method == "GET" } }
            await pool.stop()
            #expect(message(await calling.value).contains("has been stopped with its session"))
            for request in upstream.requests where request.method == "GET" || request.bodyText.contains("tools/call") {
                try await upstream.waitUntilPeerClosed(connection: request.connection)
            }
        }
    }
}
