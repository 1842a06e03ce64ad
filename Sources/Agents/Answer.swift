import Models
import StigmerProtos

/// What a model has answered, besides the words, which the observer has.
struct Answer {
    /// The tools that it calls, each with an id that no other call of the execution has.
    private(set) var calls: [ModelToolCall] = []
    /// What it said, for the next request.
    private(set) var message = ModelMessage(.assistant, "")
    private var usage: ModelUsage?
    private var stopReason = ""
    /// The reasoning in the provider's own blocks, of those that it wants back.
    private var reasoning: [ExecutionEvent.ReasoningBlock] = []
    /// How many bytes of the reasoning are in those blocks.
    private var signed = 0
    private var lastPull: UInt64?
    private let step: Int

    /// - Parameter step: how many answers there were before.
    init(step: Int) { self.step = step }

    /// Tokens in and out.
    var tokens: Int { (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0) }

    mutating func take(_ event: ModelEvent, _ observer: some AgentObserver, _ surroundings: Surroundings) {
        switch event {
        case .text(let bytes): observer.delta(.text, bytes)
        case .reasoning(let bytes): observer.delta(.reasoning, bytes)
        case .progress(let progress):
            if isDue(progress, surroundings) { observer.record(.progress(progress.message)) }
        case .usage(let usage): self.usage = usage
        case .stop(let reason): stopReason = reason.rawValue
        case .toolCall(var call):
            // Some servers count a message's calls from 0; the log needs ids of the whole execution.
            if call.id.isEmpty || call.id.hasPrefix("call_") && call.id.utf8.count < 9 {
                call.id = "call_\(step + 1)_\(calls.count + 1)"
            }
            calls.append(call)
        case .reasoningSignature(let signature):
            let all = observer.messageInProgress.reasoning
            reasoning.append(
                .with {
                    $0.text = String(decoding: all.utf8.dropFirst(signed), as: UTF8.self)
                    $0.signature = signature
                }
            )
            signed = all.utf8.count
        case .redactedReasoning(let data): reasoning.append(.with { $0.redacted = data })
        }
    }

    /// The model was cut: what it had called is not to be run.
    mutating func cut(as reason: StopReason) {
        stopReason = reason.rawValue
        calls = []
    }

    /// The message as the log has it.
    mutating func completed(
        _ observer: some AgentObserver,
        _ surroundings: Surroundings
    ) -> ExecutionEvent.MessageCompleted {
        let (text, thoughts) = observer.messageInProgress
        message = ModelMessage(.assistant, text, reasoning: reasoning.map(ReasoningBlock.init), toolCalls: calls)
        return .with {
            $0.message.type = .messageAi
            $0.message.content = text
            $0.message.timestamp = surroundings.timestamp
            $0.message.toolCalls = calls.map { ToolCall($0) }
            $0.reasoning = thoughts
            $0.stopReason = stopReason
            $0.reasoningBlocks = reasoning
            if let usage { $0.usage = usage.message }
        }
    }

    /// A download tells its progress many times a second; the log needs it once.
    private mutating func isDue(_ progress: ModelProgress, _ surroundings: Surroundings) -> Bool {
        guard progress.what == .pulling, progress.completed != progress.total else { return true }
        let now = surroundings.uptime()
        if let lastPull, now &- lastPull < 1_000_000_000 { return false }
        lastPull = now
        return true
    }
}
