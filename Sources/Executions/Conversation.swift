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
                turn.addMissingOutcomes()
                if let message = completed.told(withReasoning: isOwnProvider) { turn.append(message) }
            case .toolCallCompleted(let completed):
                // A sub-agent's calls are its own.
                guard turn.calls(completed.toolCall.id) else { continue }
                turn.append(completed.toolCall.outcome)
            default: break
            }
        }
        turns.append(turn)
    }

    /// Calls of the last message that have no outcome.
    var pendingCalls: [ModelToolCall] { turns.last?.callsWithoutOutcome ?? [] }

    /// Gives every call of an earlier turn an outcome: providers refuse a conversation with a call that has none.
    mutating func closeEarlierTurns() {
        for index in turns.indices.dropLast() { turns[index].addMissingOutcomes() }
    }
}

extension [ModelMessage] {
    fileprivate func calls(_ id: String) -> Bool { contains { $0.toolCalls.contains { $0.id == id } } }

    fileprivate var callsWithoutOutcome: [ModelToolCall] {
        guard let last = lastIndex(where: { $0.role == .assistant }) else { return [] }
        let answered = Set(self[last...].compactMap(\.toolCallID))
        return self[last].toolCalls.filter { !answered.contains($0.id) }
    }

    /// Says of calls that were never run that they were not.
    fileprivate mutating func addMissingOutcomes() {
        for call in callsWithoutOutcome {
            append(
                ModelMessage(
                    .tool,
                    "the call was not run: the work ended before",
                    toolCallID: call.id,
                    toolName: call.name,
                    isToolFailure: true
                )
            )
        }
    }
}

extension ExecutionEvent.MessageCompleted {
    /// The message as a model is told it; nil if nothing was said.
    fileprivate func told(withReasoning: Bool) -> ModelMessage? {
        // What was cut off has no signature and calls no tools.
        let isWhole = stopReason != StopReason.error.rawValue && stopReason != StopReason.cancelled.rawValue
        let calls = isWhole ? message.toolCalls.map(\.asked) : []
        guard !message.content.isEmpty || !calls.isEmpty else { return nil }
        return ModelMessage(
            .assistant,
            message.content,
            reasoning: isWhole && withReasoning ? reasoningBlocks.map { ReasoningBlock($0) } : [],
            toolCalls: calls
        )
    }
}
