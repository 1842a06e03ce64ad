import EventLoop
import Foundation
import HTTPClient
import TestSupport
import Testing
import Tools
import WireJSON

@testable import MCP

/// What a server over stdio may do wrong.
@Suite struct StdioFaultTests {
    private static func clocks(_ set: (inout MCPClocks) -> Void) -> MCPClocks {
        var clocks = MCPClocks()
        set(&clocks)
        return clocks
    }

    /// Each start that fails, and a part of the sentence that says why.
    @Test(arguments: [
        ("die-at-start", "ended with exit code 7; its last words: no database at •••"),
        ("silent", "was not ready within 2 s"),
        ("garbage", "was not ready within 2 s; it wrote what is no message: Welcome!"),
        ("flood-garbage", "wrote 1000 lines in a row that are no messages"),
        ("endless-line", "sent a message of over 100000 bytes"),
        ("unknown-version", "speaks version 1999-01-01 of the protocol; this client speaks 2025-06-18"),
    ])
    func aStartThatFailsIsAProblem(mode: String, words: String) async throws {
        var limits = MCPLimits()
        limits.messageBytes = 100_000
        let isShort = words.contains("2 s")
        let clocks = Self.clocks { if isShort { $0.start = .seconds(2) } }
        try await Scripted.run(mode, environment: ["SECRET": "postgres://x:y@db"], limits: limits, clocks: clocks) {
            let toolset = await $0.pool.tools()
            #expect(toolset.tools.isEmpty)
            #expect(toolset.problems.map(\.server) == ["scripted"])
            let sentence = try #require(toolset.problems.first?.sentence)
            #expect(sentence.hasPrefix("the MCP server “scripted” ") && sentence.contains(words), "\(sentence)")
        }
    }

    @Test(arguments: [
        (MCPServerConfiguration.StdioServer(command: "no-such-command"), "there is no command “no-such-command”"),
        (.init(command: "/no/such/file"), "could not be started: /no/such/file: No such file"),
        (.init(command: "/etc/passwd"), "could not be started: /etc/passwd: Permission denied"),
        (.init(command: "true", workingDirectory: "/no/such"), "its working directory /no/such is no folder"),
        (.init(command: "true"), "ended with exit code 0"),
        (.init(command: ""), "has no command"),
    ])
    func whatCannotRunIsAProblem(server: MCPServerConfiguration.StdioServer, words: String) async throws {
        try await withPool([MCPServerConfiguration(name: "s", transport: .stdio(server))]) { pool async throws in
            let problems = await pool.tools().problems.map(\.sentence)
            #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
        }
    }

    @Test func oneBadServerDoesNotSpoilTheOthers() async throws {
        let bad = MCPServerConfiguration(name: "bad", transport: .stdio(.init(command: "false")))
        let good = try await Scripted.configuration("good")
        try await withPool([bad, good, bad]) { pool async throws in
            let toolset = await pool.tools()
            #expect(toolset.tools.contains { $0.specification.name == "scripted__echo" })
            let problems = toolset.problems.map(\.sentence)
            #expect(problems.count == 2)
            #expect(problems.contains { $0.contains("two MCP servers are called “bad”") })
        }
    }

    @Test func aSlowStartIsWaitedForByAll() async throws {
        let scratch = try Scratch()
        let gate = scratch.file("gate")
        #expect(mkfifo(gate, 0o600) == 0)
        try await Scripted.run("gated", environment: ["GATE": gate]) { server async throws in
            let pool = server.pool
            async let first = pool.tools()
            async let second = pool.tools()
            let impatient = Task { await pool.tools() }
            impatient.cancel()
            #expect(await impatient.value.problems.map(\.sentence).contains { $0.contains("was cancelled") })
            try Data("go".utf8).write(to: URL(fileURLWithPath: gate))
            let counts = await (first.tools.count, second.tools.count)
            #expect(counts.0 > 0 && counts.0 == counts.1)
            #expect(server.notes.components(separatedBy: #""method":"initialize""#).count == 2)
        }
    }

    @Test func aListThatDoesNotComeIsAProblem() async throws {
        try await Scripted.run("silent-list", clocks: Self.clocks { $0.list = .milliseconds(200) }) {
            server async throws in
            let problems = await server.pool.tools().problems.map(\.sentence)
            #expect(problems == ["the MCP server “scripted” did not answer within 200 ms"])
        }
    }

    @Test func aDeathInACallIsToldWithoutSecretsAndTheServerStartedAnew() async throws {
        try await Scripted.run("good", environment: ["SECRET": "sesame-open"]) { server async throws in
            let failure = try await server.failure(of: "die")
            #expect(
                failure == "the MCP server “scripted” ended with exit code 3; its last words: my key is •••, farewell"
                    + "; whether the call has had an effect is unknown"
            )
            #expect(try await server.call("echo") == "{}")
            #expect(server.notes.components(separatedBy: #""method":"initialize""#).count == 3)
        }
    }

    @Test func aServerThatDiesAgainAndAgainRests() async throws {
        let clocks = Self.clocks {
            $0.firstPause = .seconds(3600); $0.longestPause = .seconds(3600)
        }
        try await Scripted.run("good", clocks: clocks) { server async throws in
            let die = try await server.tool("die")
            for words in ["exit code 3", "exit code 3", "has failed 2 times and rests for 3600 s"] {
                do {
                    _ = try await die.call([:], ToolContext(callID: "c") { _ in })
                    Issue.record("it did not die")
                } catch {
                    #expect((error as? ToolFailure)?.message.contains(words) == true, "\(error)")
                }
            }
            #expect(server.notes.components(separatedBy: #""method":"initialize""#).count == 3)
        }
    }

    @Test func aCallThatIsNeverAnsweredTimesOutAndTheServerLivesOn() async throws {
        try await Scripted.run("good", clocks: Self.clocks { $0.call = .milliseconds(300) }) { server async throws in
            let failure = try await server.failure(of: "slow")
            #expect(failure.contains("did not answer within 300 ms; whether the call has had an effect is unknown"))
            try await eventually("the server is told") { server.notes.contains("notifications/cancelled") }
            try await eventually("the server is asked whether it lives") { server.notes.contains(#""ping""#) }
            #expect(try await server.call("echo") == "{}")
            #expect(server.notes.components(separatedBy: #""method":"initialize""#).count == 2)
        }
    }

    @Test func aServerThatAnswersNothingMoreIsReplaced() async throws {
        let clocks = Self.clocks { ($0.call, $0.ping) = (.milliseconds(300), .milliseconds(300)) }
        try await Scripted.run("good", clocks: clocks) { server async throws in
            _ = try await server.failure(of: "deaf")
            let echo = try await server.tool("echo")
            try await eventually("a new server answers") {
                (try? await echo.call([:], ToolContext(callID: "c") { _ in })) == "{}"
            }
        }
    }

    @Test(arguments: [
        ("error", "the MCP server “scripted” answered with an error: no good: •••"),
        ("fail", "it went wrong"),
        ("nothing", "the MCP server “scripted” answered tools/call with something that is no result"),
    ])
    func anErrorIsToldToTheModel(tool: String, words: String) async throws {
        try await Scripted.run("good", environment: ["SECRET": "sesame-open"]) { server async throws in
            #expect(try await server.failure(of: tool) == words)
        }
    }

    @Test(arguments: [(999, false), (1000, false), (1001, true)])
    func aResultOverTheLimitIsCut(size: Int, isCut: Bool) async throws {
        var limits = MCPLimits()
        limits.resultBytes = 1000
        try await Scripted.run("good", limits: limits) { server async throws in
            let text = try await server.call("big", ["size": .int(size)])
            #expect(text.prefix { $0 == "x" }.count == min(size, 1000))
            #expect(text.hasSuffix("(the result was cut here: it is over 1000 bytes)") == isCut)
        }
    }

    @Test func aMessageOverTheLimitEndsTheServer() async throws {
        var limits = MCPLimits()
        limits.messageBytes = 20_000
        try await Scripted.run("good", limits: limits) { server async throws in
            #expect(try await server.call("big", ["size": 19_000]).utf8.count == 19_000)
            let failure = try await server.failure(of: "big", ["size": 20_000])
            #expect(failure.contains("sent a message of over 20000 bytes"))
            let tooMuch = try await server.failure(of: "echo", ["text": .string(String(repeating: "x", count: 20_000))])
            #expect(tooMuch.contains("takes no message of"))
            #expect(try await server.call("echo") == "{}")
        }
    }

    @Test(arguments: [(255, 255), (256, 256), (257, 256)])
    func toolsOverTheLimitAreLeftOut(listed: Int, kept: Int) async throws {
        try await Scripted.run("many", "\(listed)") { server async throws in
            let toolset = await server.pool.tools()
            #expect(toolset.tools.count == kept)
            #expect(toolset.problems.map(\.sentence).contains { $0.contains("more than 256 tools") } == (listed > 256))
        }
    }

    @Test func pagesWithoutEndEnd() async throws {
        var limits = MCPLimits()
        limits.pages = 5
        try await Scripted.run("endless-pages", limits: limits) { server async throws in
            #expect(await server.pool.tools().tools.count == 5)
        }
    }

    @Test(arguments: [(99, 499), (100, 500), (101, 501)])
    func descriptionsAndSchemasAreBounded(description: Int, schema: Int) async throws {
        var limits = MCPLimits()
        (limits.descriptionBytes, limits.schemaBytes) = (100, 500)
        try await Scripted.run("sizes", "\(description)", "\(schema)", limits: limits) { server async throws in
            let toolset = await server.pool.tools()
            let tools = Dictionary(uniqueKeysWithValues: toolset.tools.map { ($0.specification.name, $0) })
            let described = try #require(tools["scripted__described"])
            #expect(described.specification.description.hasSuffix("…") == (description > 100))
            #expect((tools["scripted__schemed"] != nil) == (schema <= 500))
            #expect(tools["scripted__twice"] != nil && tools.count == (schema <= 500 ? 5 : 4))
            #expect(tools["scripted__bare"]?.specification.parameters == ["type": "object", "properties": [:]])
            #expect(tools["scripted__read"]?.runsInParallel == true)
            #expect(tools["scripted__twice"]?.runsInParallel == false)
            #expect(toolset.problems.count == (schema <= 500 ? 3 : 4))
        }
    }

    @Test(arguments: [1, 2, 3])
    func callsOverTheLimitFailAtOnce(count: Int) async throws {
        var limits = MCPLimits()
        limits.pendingCalls = 2
        try await Scripted.run("good", limits: limits) { server async throws in
            let slow = try await server.tool("slow")
            let calls = (0..<count - 1).map { _ in
                Task { _ = try? await slow.call([:], ToolContext(callID: "c") { _ in }) }
            }
            try await eventually("the slow calls begin") {
                server.notes.components(separatedBy: "slow began").count == count
            }
            let echo = try await server.tool("echo")
            let last = await Task { try? await echo.call([:], ToolContext(callID: "c") { _ in }) }.value
            #expect((last == "{}") == (count <= 2))
            for call in calls { call.cancel() }
        }
    }
}
