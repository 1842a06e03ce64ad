import Foundation
import TestSupport
import Testing
import Tools

@testable import MCP

/// What is left of a server when it has been stopped: nothing.
@Suite struct EndingTests {
    @Test(arguments: ["good", "stubborn"])
    func stoppingLeavesNoProcess(mode: String) async throws {
        var processes: [Int] = []
        var took = Duration.zero
        try await Scripted.run(mode) { server async throws in
            processes = try await server.call("children").split(separator: " ").compactMap { Int($0) }
            #expect(processes.count == 4)
            for process in processes { #expect(isRunning(process)) }
            took = await ContinuousClock().measure { await server.pool.stop() }
            for process in processes { #expect(!isRunning(process)) }
            #expect(server.notes.hasSuffix("end of input\n"))
        }
        // A second, and what a busy machine adds.
        #expect(took < .seconds(3), "\(took)")
    }

    @Test func stoppingIsWaitedForEvenByACancelledCaller() async throws {
        try await Scripted.run("stubborn") { server async throws in
            let processes = try await server.call("children").split(separator: " ").compactMap { Int($0) }
            let pool = server.pool
            let stopping = Task {
                while !Task.isCancelled { await Task.yield() }
                await pool.stop()
            }
            stopping.cancel()
            await stopping.value
            for process in processes { #expect(!isRunning(process)) }
        }
    }

    @Test func aDeathTakesTheChildrenWithIt() async throws {
        try await Scripted.run("good") { server async throws in
            let processes = try await server.call("children").split(separator: " ").compactMap { Int($0) }
            _ = try await server.failure(of: "die")
            for process in processes { #expect(!isRunning(process)) }
        }
    }

    @Test func stoppingEndsACallAndNothingStartsAfterwards() async throws {
        try await Scripted.run("good") { server async throws in
            let slow = try await server.tool("slow")
            let call = Task { () -> String in
                do { return try await slow.call([:], ToolContext(callID: "c") { _ in }) } catch {
                    return (error as? ToolFailure)?.message ?? "\(error)"
                }
            }
            try await eventually("the slow call begins") { server.notes.contains("slow began") }
            await server.pool.stop()
            #expect(await call.value.contains("has been stopped with its session"))
            let problems = await server.pool.tools().problems.map(\.sentence)
            #expect(problems == ["the MCP server “scripted” has been stopped with its session"])
        }
    }

    @Test func stoppingEndsAStartThatHangs() async throws {
        try await Scripted.run("silent") { server async throws in
            let pool = server.pool
            let starting = Task { await pool.tools() }
            try await eventually("the server is asked") { server.notes.contains("initialize") }
            await pool.stop()
            #expect(await starting.value.problems.count == 1)
            #expect(server.notes.hasSuffix("end of input\n"))
        }
    }

    @Test func pipesAreClosed() async throws {
        func links(of process: String) -> Set<String> {
            let folder = "/proc/\(process)/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return Set(
                names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
            )
        }
        try await Scripted.run("good") { server async throws in
            let process = try #require(try await server.call("children").split(separator: " ").first)
            // A pipe has one number at both ends.
            let pipes = links(of: String(process)).filter { $0.hasPrefix("pipe:") }
            #expect(pipes.count >= 2 && links(of: "self").intersection(pipes).count == 2)
            await server.pool.stop()
            try await eventually("the pipes are closed") { links(of: "self").isDisjoint(with: pipes) }
        }
    }
}
