import LLMConfiguration
import Models
import Tools

/// What an agent is to do, and with what.
public struct AgentTask: Sendable {
    /// Who the agent is and how it works; empty for a helpful assistant.
    public var instructions: String
    /// The conversation, oldest turn first; a turn is a person's message and what followed it. The last is the one
    /// that wants an answer.
    public var turns: [[ModelMessage]]
    /// Calls of the last message that have not been begun.
    public var pendingCalls: [ModelToolCall]
    /// The model to use, with its address and settings.
    public let configuration: EffectiveConfiguration
    /// What the agent may use.
    public let tools: [any Tool]
    /// To whom it may hand work.
    public let subAgents: [SubAgent]
    /// When it must stop.
    public let limits: AgentLimits
    /// What it has done before, where it goes on after a restart.
    public var spent: AgentEffort

    /// Names the task.
    public init(
        instructions: String = "",
        turns: [[ModelMessage]],
        pendingCalls: [ModelToolCall] = [],
        configuration: EffectiveConfiguration,
        tools: [any Tool] = [],
        subAgents: [SubAgent] = [],
        limits: AgentLimits = AgentLimits(),
        spent: AgentEffort = AgentEffort()
    ) {
        self.instructions = instructions
        self.turns = turns
        self.pendingCalls = pendingCalls
        self.configuration = configuration
        self.tools = tools
        self.subAgents = subAgents
        self.limits = limits
        self.spent = spent
    }

    /// A task of one message.
    public init(message: String, configuration: EffectiveConfiguration) {
        self.init(turns: [[ModelMessage(.user, message)]], configuration: configuration)
    }

    /// What the model is told.
    var messages: [ModelMessage] {
        (instructions.isEmpty ? [] : [ModelMessage(.system, instructions)]) + turns.flatMap(\.self)
    }

    /// The same with a history that is shorter by at least a fifth, in whole turns from the oldest; nil if there is
    /// none to leave out.
    var trimmed: AgentTask? {
        guard turns.count > 1 else { return nil }
        let sizes = turns.map { turn in turn.reduce(0) { $0 + $1.text.utf8.count } }
        let most = sizes.reduce(0, +) / 5 * 4
        var size = sizes.reduce(0, +)
        var count = 0
        repeat {
            size -= sizes[count]
            count += 1
        } while size > most && count < turns.count - 1
        var task = self
        task.turns = Array(turns.dropFirst(count))
        return task
    }

    /// Adds to the turn that wants an answer.
    mutating func add(_ messages: [ModelMessage]) {
        if turns.isEmpty { turns.append([]) }
        turns[turns.count - 1] += messages
    }
}

/// When an agent must stop.
public struct AgentLimits: Sendable, Equatable {
    /// Answers of the model, at least 1.
    public var maxSteps: Int
    /// Tokens in and out over all its answers; nil for no limit.
    public var maxTokens: Int?

    /// Sets the limits; the defaults are 1,000 steps and no limit on tokens.
    public init(maxSteps: Int = 1000, maxTokens: Int? = nil) {
        self.maxSteps = maxSteps
        self.maxTokens = maxTokens
    }
}

/// What an agent has done so far.
public struct AgentEffort: Sendable, Equatable {
    /// Answers of the model.
    public var steps: Int
    /// Tokens in and out.
    public var tokens: Int

    /// Counts both.
    public init(steps: Int = 0, tokens: Int = 0) {
        self.steps = steps
        self.tokens = tokens
    }
}

/// An agent to whom another may hand work, with instructions and tools of its own.
public struct SubAgent: Sendable {
    /// How the other names it.
    public let name: String
    /// What it is good for.
    public let description: String
    /// Who it is and how it works.
    public let instructions: String
    /// What it may use.
    public let tools: [any Tool]

    /// Describes it.
    public init(name: String, description: String, instructions: String, tools: [any Tool]) {
        self.name = name
        self.description = description
        self.instructions = instructions
        self.tools = tools
    }
}
