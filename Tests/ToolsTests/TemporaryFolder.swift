import Foundation
import Testing
import WireJSON

@testable import Tools

/// A workspace of a test's own, gone with it, in a folder that holds something outside too.
final class TemporaryFolder: Sendable {
    /// Holds the workspace and what stands beside it.
    let around: String
    let workspace: Workspace

    init(_ change: (inout WorkspaceLimits) -> Void = { _ in }) throws {
        var limits = WorkspaceLimits()
        change(&limits)
        around = NSTemporaryDirectory() + "tools-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: around + "/work", withIntermediateDirectories: true)
        workspace = Workspace(folder: around + "/work", limits: limits)
        try Data("the outside".utf8).write(to: URL(fileURLWithPath: around + "/secret"))
    }

    deinit { try? FileManager.default.removeItem(atPath: around) }

    /// Where a path of the workspace is.
    func at(_ path: String) -> String { workspace.folder + "/" + path }

    /// Puts a file there, with the folders on the way.
    func put(_ bytes: [UInt8], _ path: String) throws {
        let url = URL(fileURLWithPath: at(path))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func put(_ text: String, _ path: String) throws { try put(Array(text.utf8), path) }

    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: at(path), withDestinationPath: target)
    }

    func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: at(path))), as: UTF8.self)
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: at(path)) }

    /// What stands in the folder beside the workspace.
    var outside: [String] { (try? FileManager.default.contentsOfDirectory(atPath: around).sorted()) ?? [] }

    func call(_ name: String, _ arguments: JSONValue) async throws(ToolFailure) -> String {
        let tools: [any Tool] = [
            ListTool(workspace), ReadFileTool(workspace), WriteFileTool(workspace), EditFileTool(workspace),
            GlobTool(workspace), GrepTool(workspace),
        ]
        guard let tool = tools.first(where: { $0.specification.name == name }) else { throw ToolFailure("no \(name)") }
        return try await tool.call(arguments, ToolContext(callID: "1") { _ in })
    }

    /// Why a call fails.
    func failure(_ name: String, _ arguments: JSONValue) async -> String {
        do throws(ToolFailure) {
            return "no failure: " + (try await call(name, arguments))
        } catch {
            return error.message
        }
    }
}
