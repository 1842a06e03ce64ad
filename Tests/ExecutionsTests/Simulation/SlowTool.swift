import Agents
import EventLoop
import Models
import StigmerProtos
import Synchronization
import Tools
import WireJSON

/// A tool that takes its time, fails now and then, and must not be run twice for one call, whatever happens.
struct SlowTool: Tool {
    /// The calls that were ever begun, in all lives of the runner.
    final class Begun: Sendable {
        private let calls = Mutex<Set<String>>([])

        /// - Returns: whether it is the first time.
        func note(_ call: String) -> Bool { calls.withLock { $0.insert(call).inserted } }
    }

    let runsInParallel: Bool
    let begun: Begun
    let loop: EventLoop
    let chance: Chance
    let faults: Faults

    var specification: ToolSpecification {
        ToolSpecification(
            name: runsInParallel ? "look" : "change",
            description: "takes its time",
            parameters: ["type": "object"]
        )
    }

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        if !begun.note(context.callID) { faults.found("\(context.callID) was run again in silence") }
        if chance.percent(50) { context.report("at work") }
        do { try await loop.sleep(for: chance.milliseconds(0...300)) } catch { throw ToolFailure("stopped") }
        if chance.percent(10) { throw ToolFailure("it did not work") }
        return "done"
    }
}

/// Every execution's agent has two such tools and writes plans.
struct SimulatedAgents: AgentSource {
    let begun: SlowTool.Begun
    let chance: Chance
    let faults: Faults

    func check(_ request: AgentExecution) async throws(ModelFailure) {}

    func setUp(
        _ request: AgentExecution,
        environment: [String: String],
        on loop: EventLoop
    ) async throws(ModelFailure) -> AgentSetup {
        let tools = [true, false].map { inParallel in
            SlowTool(runsInParallel: inParallel, begun: begun, loop: loop, chance: chance, faults: faults)
        }
        return AgentSetup(tools: tools, plans: true, limits: Agents.AgentLimits(maxSteps: 20))
    }
}
