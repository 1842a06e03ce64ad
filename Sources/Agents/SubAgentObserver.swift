import Models
import StigmerProtos
import Synchronization

/// Hears what a sub-agent does: its tool calls stand in the execution's log, its words are the result of its task.
final class SubAgentObserver<Parent: AgentObserver>: AgentObserver {
    private struct Heard {
        var text: [UInt8] = []
        var reasoning: [UInt8] = []
        var answer = ""
        var usage = TokenUsage()
    }

    private let id: String
    private let parent: Parent
    private let heard = Mutex(Heard())

    /// - Parameter id: the sub-agent's run, by which its tool calls are told from others'.
    init(id: String, parent: Parent) {
        self.id = id
        self.parent = parent
    }

    /// What it said last.
    var answer: String { heard.withLock { $0.answer } }

    /// What its model calls used.
    var usage: TokenUsage { heard.withLock { $0.usage } }

    func delta(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        heard.withLock { heard in
            if kind == .text { heard.text += utf8 } else { heard.reasoning += utf8 }
        }
    }

    var messageInProgress: (text: String, reasoning: String) {
        heard.withLock { (String(decoding: $0.text, as: UTF8.self), String(decoding: $0.reasoning, as: UTF8.self)) }
    }

    func record(_ event: ExecutionEvent.Kind) {
        switch event {
        case .messageCompleted(let completed):
            heard.withLock { heard in
                heard.answer = completed.message.content
                heard.usage = heard.usage.adding(completed.usage)
                (heard.text, heard.reasoning) = ([], [])
            }
        case .toolCallStarted(var started):
            started.toolCall.mark(as: id)
            parent.record(.toolCallStarted(started))
        case .toolCallCompleted(var completed):
            completed.toolCall.mark(as: id)
            parent.record(.toolCallCompleted(completed))
        default: parent.record(event)
        }
    }

    func committed() async { await parent.committed() }
}

extension ToolCall {
    fileprivate mutating func mark(as run: String) {
        id = "\(run)/\(id)"
        componentMetadata.componentGroup = run
    }
}

extension TokenUsage {
    /// The sum of both; what neither tells stays untold.
    public func adding(_ other: TokenUsage) -> TokenUsage {
        var sum = self
        if other.hasInputTokens { sum.inputTokens = inputTokens.addingClamped(other.inputTokens) }
        if other.hasOutputTokens { sum.outputTokens = outputTokens.addingClamped(other.outputTokens) }
        if other.hasCachedInputTokens {
            sum.cachedInputTokens = cachedInputTokens.addingClamped(other.cachedInputTokens)
        }
        return sum
    }
}

extension Int32 {
    fileprivate func addingClamped(_ other: Int32) -> Int32 { Int32(clamping: Int64(self) + Int64(other)) }
}
