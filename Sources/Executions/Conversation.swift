import Agents
import LLMConfiguration
import Models
import StigmerProtos

/// What a model is told of a session: the messages of its executions, as a sum of their logs.
struct Conversation {
    /// A person's message and what followed it, oldest first.
    private(set) var turns: [[ModelMessage]] = []

    private let provider: String

    /// - Parameter configuration: of the model that is to go on with it: only its provider's own reasoning is told it.
    init(for configuration: EffectiveConfiguration) {
        provider = configuration.provider.value
    }

    mutating func add(_ stored: StoredExecution) { add(stored.request, stored.events) }

    /// Adds an execution's turn.
    mutating func add(_ request: AgentExecution, _ events: [ExecutionEvent]) {
        var turn = [ModelMessage(.user, request.spec.message)]
        var isOwnProvider = true
        for event in events {
            switch event.event {
            case .started(let started):
                isOwnProvider = started.config.settings["provider"]?.value.stringValue == provider
            case .messageCompleted(let completed):
                if let message = completed.told(withReasoning: isOwnProvider) { turn.append(message) }
            default: break
            }
        }
        turns.append(turn)
    }
}

extension ExecutionEvent.MessageCompleted {
    /// The message as a model is told it; nil if nothing was said.
    fileprivate func told(withReasoning: Bool) -> ModelMessage? {
        // What was cut off has no signature and calls no tools.
        let isWhole = stopReason != StopReason.error.rawValue && stopReason != StopReason.cancelled.rawValue
        guard !message.content.isEmpty else { return nil }
        return ModelMessage(
            .assistant,
            message.content,
            reasoning: isWhole && withReasoning ? reasoningBlocks.map(\.told) : []
        )
    }
}

extension ExecutionEvent.ReasoningBlock {
    fileprivate var told: ReasoningBlock {
        ReasoningBlock(
            text: text,
            signature: signature.isEmpty ? nil : signature,
            redacted: redacted.isEmpty ? nil : redacted
        )
    }
}
