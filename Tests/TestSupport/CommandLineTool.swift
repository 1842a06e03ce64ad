import Foundation
import Synchronization

/// A program of the machine, such as `openssl` or `curl`, at work beside the test.
public final class CommandLineTool: Sendable {
    private let process: Process
    private let input: FileHandle
    private let outputFile: String

    /// Starts a program that is looked up on the PATH.
    public init(_ name: String, _ arguments: [String]) throws {
        outputFile = NSTemporaryDirectory() + "tool-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: outputFile, contents: nil),
            let output = FileHandle(forWritingAtPath: outputFile)
        else { throw CocoaError(.fileWriteUnknown) }
        // A program that ends before it has read everything is no reason for the tests to end.
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardInput = pipe
        process.standardOutput = output
        process.standardError = output
        input = pipe.fileHandleForWriting
        try process.run()
        try output.close()
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(atPath: outputFile)
    }

    /// What it has written so far, errors too.
    public var output: String {
        String(decoding: FileManager.default.contents(atPath: outputFile) ?? Data(), as: UTF8.self)
    }

    /// Writes to its standard input.
    public func send(_ text: String) throws { try input.write(contentsOf: Data(text.utf8)) }

    /// Ends its standard input.
    public func endInput() throws { try input.close() }

    /// Waits until its output holds `text`.
    public func waitFor(_ text: String) async throws {
        do {
            try await eventually("\(text.debugDescription) is written") { output.contains(text) || !process.isRunning }
        } catch {
            throw RawClient.Failure(description: "\(error); written so far: \(output)")
        }
        if !output.contains(text) {
            throw RawClient.Failure(description: "ended without \(text.debugDescription): \(output)")
        }
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit code.
    @discardableResult
    public func exit() async throws -> Int32 {
        do {
            try await eventually("the program ends", within: .seconds(60)) { !process.isRunning }
        } catch {
            throw RawClient.Failure(description: "\(error); written so far: \(output)")
        }
        return process.terminationStatus
    }

    /// Runs a program without input to its end.
    public static func run(_ name: String, _ arguments: String...) async throws -> (code: Int32, output: String) {
        let tool = try CommandLineTool(name, arguments)
        try tool.endInput()
        let code = try await tool.exit()
        return (code, tool.output)
    }
}
