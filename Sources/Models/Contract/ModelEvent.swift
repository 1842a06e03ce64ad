/// What comes from a model while it answers.
public enum ModelEvent {
    /// A piece of the answer: UTF-8, valid only during the call that hands it over, never empty.
    case text(UnsafeRawBufferPointer)
    /// A piece of the reasoning before the answer: as ``text(_:)``.
    case reasoning(UnsafeRawBufferPointer)
    /// The signature under the reasoning so far, which ends a ``ReasoningBlock``.
    case reasoningSignature(String)
    /// A whole ``ReasoningBlock`` whose words the provider keeps to itself.
    case redactedReasoning(String)
    /// A tool call, complete.
    case toolCall(ModelToolCall)
    /// The tokens counted so far; it replaces the one before.
    case usage(ModelUsage)
    /// Why the model stopped. That the answer is complete is said by the stream's end alone.
    case stop(StopReason)
    /// Something that takes time, for whoever waits.
    case progress(ModelProgress)

    /// Whether this is a piece of the answer: from the first one on a call is never repeated.
    var isDelta: Bool {
        switch self {
        case .text, .reasoning, .reasoningSignature, .redactedReasoning, .toolCall: true
        case .usage, .stop, .progress: false
        }
    }
}
