import Foundation
import TestSupport
import Testing
import Tools
import WireJSON

@testable import MCP

/// A server over stdio that behaves, and what its calls give.
@Suite struct StdioTests {
    @Test func aCallGivesItsText() async throws {
        try await Scripted.run("good") { server async throws in
            #expect(try await server.call("echo", ["a": 1]) == #"{"a":1}"#)
            #expect(try await server.call("echo", ["text": "größer\n\u{1f600}"]).contains(#"\ud83d\ude00"#))
        }
    }

    @Test(arguments: ["good", "old", "middle"])
    func everyKnownVersionIsSpoken(mode: String) async throws {
        try await Scripted.run(mode) { server async throws in
            #expect(try await server.call("echo") == "{}")
            #expect(server.notes.contains("notifications/initialized"))
        }
    }

    @Test func whatIsNoTextIsDescribed() async throws {
        try await Scripted.run("good") { server async throws in
            let text = try await server.call("kinds")
            #expect(text.hasPrefix("one\ntwo\n(an image of type image/png, about 6 bytes"))
            #expect(text.contains("(the resource file:///a.txt:)\ninside\n"))
            #expect(text.contains("(the resource file:///b.bin of type x/y, about 3 bytes"))
            #expect(text.contains("(a link to the resource file:///c: see)"))
            #expect(text.contains("hologram"))
        }
    }

    @Test func progressIsReportedToItsCallOnly() async throws {
        try await Scripted.run("good") { server async throws in
            let reports = Reports()
            #expect(try await server.tool("progress").call([:], reports.context) == "finished")
            #expect(reports.all == ["1/2: halfway", "done"])
        }
    }

    @Test(arguments: [(9, 9), (10, 10), (11, 10)])
    func progressIsBounded(sent: Int, kept: Int) async throws {
        var limits = MCPLimits()
        limits.reports = 10
        try await Scripted.run("good", limits: limits) { server async throws in
            let reports = Reports()
            let result = try await server.tool("flood").call(["count": .int(sent)], reports.context)
            #expect(result == "flooded")
            #expect(reports.all.count == kept)
        }
    }

    @Test func callsRunBesideEachOther() async throws {
        try await Scripted.run("good") { server async throws in
            let slow = try await server.tool("slow")
            let waiting = Task { try? await slow.call([:], ToolContext(callID: "c") { _ in }) }
            try await eventually("the slow call begins") { server.notes.contains("slow began") }
            #expect(try await server.call("echo") == "{}")
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }

    @Test func cancellationReachesTheServer() async throws {
        try await Scripted.run("good") { server async throws in
            let slow = try await server.tool("slow")
            let call = Task { () -> String? in
                do { return try await slow.call([:], ToolContext(callID: "c") { _ in }) } catch {
                    return (error as? ToolFailure)?.message
                }
            }
            try await eventually("the slow call begins") { server.notes.contains("slow began") }
            call.cancel()
            #expect(await call.value?.contains("was cancelled; whether the call has had an effect is unknown") == true)
            try await eventually("the server is told") { server.notes.contains("notifications/cancelled") }
            let request = server.notes.split(separator: "\n").first { $0.contains("tools/call") }
            let id = try #require(request.flatMap { JSONValue.parsed(line: $0)?["id"]?.integer })
            #expect(server.notes.contains(#""requestId":\#(id)"#))
            #expect(try await server.call("echo") == "{}")
        }
    }

    @Test func theServersQuestionsAreAnswered() async throws {
        try await Scripted.run("good") { server async throws in
            #expect(try await server.call("ask") == "[{}, -32601]")
        }
    }

    @Test func garbageAndOthersAnswersArePassedOver() async throws {
        try await Scripted.run("good") { server async throws in
            #expect(try await server.call("noise") == "for you")
            #expect(try await server.call("echo") == "{}")
        }
    }

    @Test func aChangedListIsAskedForAnew() async throws {
        try await Scripted.run("good") { server async throws in
            let before = await server.pool.tools().tools.count
            #expect(await server.pool.tools().tools.count == before)
            #expect(server.notes.components(separatedBy: "tools/list").count == 2)
            #expect(try await server.call("change") == "changed")
            #expect(await server.pool.tools().tools.count == before + 1)
            _ = try await server.tool("fresh")
        }
    }

    @Test func pagesAreJoined() async throws {
        try await Scripted.run("paged") { server async throws in
            let names = await server.pool.tools().tools.map(\.specification.name)
            #expect(names == ["scripted__p0", "scripted__p1", "scripted__p2"])
        }
    }

    @Test func aServerWithoutToolsHasNone() async throws {
        try await Scripted.run("no-tools") { server async throws in
            let toolset = await server.pool.tools()
            #expect(toolset.tools.isEmpty && toolset.problems.isEmpty)
        }
    }

    @Test func onlyEnabledToolsAreOfferedAndUnknownOnesAreNamed() async throws {
        try await Scripted.run("good", enabled: ["echo", "slow", "teleport"]) { server async throws in
            let toolset = await server.pool.tools()
            #expect(toolset.tools.map(\.specification.name) == ["scripted__echo", "scripted__slow"])
            #expect(toolset.problems.map(\.sentence).contains { $0.contains("no tool “teleport”; it has echo, slow") })
            let selected = await server.pool.tools(selecting: ["scripted": ["slow"]])
            #expect(selected.tools.map(\.specification.name) == ["scripted__slow"])
            let none = await server.pool.tools(selecting: ["other": []])
            #expect(none.tools.isEmpty)
            #expect(none.problems.map(\.sentence) == ["there is no MCP server called “other”"])
        }
    }

    @Test func theServerGetsWhatItIsGivenAndNothingElse() async throws {
        setenv("AGENT_RUNNER_TEST_KEY", "a key of the runner's", 1)
        try await Scripted.run("good", environment: ["GIVEN": "value"]) { server async throws in
            let text = try await server.call("environment")
            let seen = try #require(JSONValue.parsed(line: text))
            #expect(seen["environment"]?["GIVEN"] == "value")
            #expect(seen["environment"]?["HOME"]?.text == ProcessInfo.processInfo.environment["HOME"])
            #expect(seen["environment"]?["AGENT_RUNNER_TEST_KEY"] == nil)
            #expect(seen["folder"]?.text?.hasSuffix(server.scratch.path) == true)
            // The three streams, and the folder that lists them.
            #expect(seen["descriptors"]?.elements?.count == 4)
        }
    }
}

extension JSONValue {
    /// Reads one line.
    static func parsed(line: some StringProtocol) -> JSONValue? {
        Array(line.utf8).withUnsafeBytes { JSONValue.parsed($0) }
    }
}
