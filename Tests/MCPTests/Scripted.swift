import EventLoop
import Foundation
import HTTPClient
import Logging
import Synchronization
import TestSupport
import Tools
import WireJSON

@testable import MCP

/// A folder for one test, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "mcp-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A pool with a server that follows a script, and what is needed to look at both.
struct Scripted {
    let pool: MCPServerPool
    let scratch: Scratch
    private let received: String

    /// What the server has received and noted so far.
    var notes: String { String(decoding: FileManager.default.contents(atPath: received) ?? Data(), as: UTF8.self) }

    /// The tool called so by the server.
    func tool(_ name: String) async throws -> any Tool {
        let toolset = await pool.tools()
        let tool = toolset.tools.first { $0.specification.name == "scripted__\(name)" }
        guard let tool else { throw MissingTool(description: "\(name): \(toolset.problems)") }
        return tool
    }

    func call(_ name: String, _ arguments: JSONValue = [:]) async throws -> String {
        try await tool(name).call(arguments, ToolContext(callID: "c") { _ in })
    }

    /// Why a call failed.
    func failure(of name: String, _ arguments: JSONValue = [:]) async throws -> String {
        let tool = try await tool(name)
        do {
            let result = try await tool.call(arguments, ToolContext(callID: "c") { _ in })
            throw MissingTool(description: "did not fail: \(result)")
        } catch let failure as ToolFailure {
            return failure.message
        }
    }

    /// Runs `body` with a server in `mode`, and stops it.
    static func run(
        _ mode: String...,
        environment: [String: String] = [:],
        enabled: [String] = [],
        limits: MCPLimits = MCPLimits(),
        clocks: MCPClocks = MCPClocks(),
        _ body: (Scripted) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        let received = scratch.file("received")
        var configuration = try await configuration(
            mode,
            environment: environment.merging(["RECEIVED": received]) { mine, _ in mine },
            folder: scratch.path
        )
        configuration.enabledTools = enabled
        try await withPool([configuration], limits: limits, clocks: clocks) { pool in
            try await body(Scripted(pool: pool, scratch: scratch, received: received))
        }
    }

    /// How the scripted server is started.
    static func configuration(
        _ mode: String...,
        environment: [String: String] = [:],
        folder: String? = nil
    ) async throws -> MCPServerConfiguration {
        try await configuration(mode, environment: environment, folder: folder)
    }

    private static func configuration(
        _ mode: [String],
        environment: [String: String],
        folder: String?
    ) async throws -> MCPServerConfiguration {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Servers/scripted.py"
        let server = MCPServerConfiguration.StdioServer(
            command: try await python.value,
            arguments: ["-S", "-E", script] + mode,
            environment: environment,
            workingDirectory: folder
        )
        return MCPServerConfiguration(name: "scripted", transport: .stdio(server))
    }

    /// The interpreter itself, which starts sooner than what a version manager puts before it.
    private static let python = Task {
        let script = "import sys; print(sys.executable)"
        return try await CommandLineTool.run("python3", "-c", script).output.trimmingCharacters(in: .newlines)
    }
}

struct MissingTool: Error, CustomStringConvertible {
    let description: String
}

/// Runs `body` with a pool, and stops it.
func withPool(
    _ configurations: [MCPServerConfiguration],
    limits: MCPLimits = MCPLimits(),
    clocks: MCPClocks = MCPClocks(),
    _ body: (MCPServerPool) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: 1)
    let pool = MCPServerPool(
        configurations,
        client: try HTTPClient(group: group),
        loop: group.next(),
        limits: limits,
        clocks: clocks,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    do {
        try await body(pool)
    } catch {
        await pool.stop()
        throw error
    }
    await pool.stop()
}

/// What was reported, in order.
final class Reports: Sendable {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock { $0 } }

    var context: ToolContext {
        ToolContext(callID: "c") { text in self.kept.withLock { $0.append(text) } }
    }
}

/// Whether the process runs; one that is dead and not yet reaped does not.
func isRunning(_ process: Int) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let bracket = stat.lastIndex(of: ")")
    else { return false }
    let state = stat[bracket...].split(separator: " ").dropFirst().first
    return state != "Z" && state != "X"
}
