import Foundation
import TestSupport

/// The built program as a process of its own, whose memory and descriptors can be looked at from outside.
final class ChildRunner {
    let port: UInt16
    private let process = Process()
    private let directory: URL

    /// Starts `serve` for an OpenAI API at `upstream`.
    ///
    /// - Parameter descriptors: how many file descriptors the process may have; nil for as many as this one.
    init(upstream: String, descriptors: Int? = nil, arguments: [String] = []) async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "runner-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let portFile = directory.appending(path: "port").path()
        let limit = descriptors.map { "ulimit -n \($0); " } ?? ""
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments =
            ["-c", "\(limit)exec \"$0\" \"$@\"", Self.binary, "serve", "--listen", "127.0.0.1:0"]
            + ["--port-file", portFile, "--llm-provider", "openai", "--llm-model", "m", "--log-level", "error"]
            + arguments
        process.environment = ["HOME": directory.path(), "OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "k"]
        try process.run()
        let started = process
        try await eventually("the program listens") {
            guard started.isRunning else { throw CocoaError(.executableLoad) }
            return (try? String(contentsOfFile: portFile, encoding: .utf8))?.hasSuffix("\n") == true
        }
        let text = try String(contentsOfFile: portFile, encoding: .utf8)
        port = UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    var isRunning: Bool { process.isRunning }

    /// Memory of its own, in KB.
    func anonymousMemory() throws -> Int {
        let status = try readWhole("/proc/\(process.processIdentifier)/status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd").count
    }

    /// A figure of `/metrics`, by its name and labels.
    func figure(_ name: String) async throws -> Int {
        let page = try await Call.get("/metrics", port: port).body
        let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? -1
    }

    /// Beside the tests, or where the environment says.
    private static var binary: String {
        if let path = ProcessInfo.processInfo.environment["AGENT_RUNNER_BINARY"] { return path }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "agent-runner").path()
    }
}
