import EventLoop
import Models
import StigmerProtos
import Tools

/// An agent made ready for one execution.
public struct AgentSetup: Sendable {
    /// Who it is and how it works; empty for a helpful assistant.
    public var instructions: String
    /// What it may use.
    public var tools: [any Tool]
    /// Whether it writes a plan.
    public var plans: Bool
    /// To whom it may hand work.
    public var subAgents: [SubAgent]
    /// When it must stop.
    public var limits: AgentLimits
    /// What could not be made ready, and why, for whoever watches.
    public var problems: [String]
    /// Gives back what was made ready; called once, when the execution has ended.
    public var stop: @Sendable () async -> Void

    /// Describes it; without anything it is a helpful assistant without tools.
    public init(
        instructions: String = "",
        tools: [any Tool] = [],
        plans: Bool = false,
        subAgents: [SubAgent] = [],
        limits: AgentLimits = AgentLimits(),
        problems: [String] = [],
        stop: @escaping @Sendable () async -> Void = {}
    ) {
        self.instructions = instructions
        self.tools = tools
        self.plans = plans
        self.subAgents = subAgents
        self.limits = limits
        self.problems = problems
        self.stop = stop
    }
}

/// Where agents come from.
public protocol AgentSource: Sendable {
    /// Finds out whether the agent that a request asks for is there and in order; never by blocking the caller.
    ///
    /// - Throws: `ModelFailure` that says what is wrong with it.
    func check(_ request: AgentExecution) async throws(ModelFailure)

    /// Makes the agent that a request asks for ready; call it from a task on `loop`.
    ///
    /// - Parameter environment: the request's `runtime_env`, its secrets included.
    /// - Throws: `ModelFailure` if it cannot be.
    func setUp(
        _ request: AgentExecution,
        environment: [String: String],
        on loop: EventLoop
    ) async throws(ModelFailure) -> AgentSetup
}

/// The helpful assistant without tools, whatever is asked for.
public struct PlainAssistant: AgentSource {
    /// Makes the source.
    public init() {}

    /// Nothing can be wrong.
    public func check(_ request: AgentExecution) async throws(ModelFailure) {}

    /// The assistant.
    public func setUp(
        _ request: AgentExecution,
        environment: [String: String],
        on loop: EventLoop
    ) async throws(ModelFailure) -> AgentSetup {
        AgentSetup()
    }
}
