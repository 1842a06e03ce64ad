import LLMConfiguration
import Models

/// What an agent is to do.
public struct AgentTask: Sendable {
    /// The conversation, oldest turn first; a turn is a person's message and what followed it. The last is the one
    /// that wants an answer.
    public let turns: [[ModelMessage]]
    /// The model to use, with its address and settings.
    public let configuration: EffectiveConfiguration

    /// Names the task.
    public init(turns: [[ModelMessage]], configuration: EffectiveConfiguration) {
        self.turns = turns
        self.configuration = configuration
    }

    /// A task of one message.
    public init(message: String, configuration: EffectiveConfiguration) {
        self.init(turns: [[ModelMessage(.user, message)]], configuration: configuration)
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
        return AgentTask(turns: Array(turns.dropFirst(count)), configuration: configuration)
    }
}
