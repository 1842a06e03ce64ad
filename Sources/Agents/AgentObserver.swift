import StigmerProtos

/// The two kinds of words that a model produces.
public enum DeltaKind: Sendable, Equatable {
    /// The answer.
    case text
    /// What it thinks on the way.
    case reasoning
}

/// Is told what an agent does, in order, on the agent's loop.
public protocol AgentObserver: AnyObject, Sendable {
    /// A piece of the message that the model is producing; the bytes are whole UTF-8 characters, valid in the call only.
    func delta(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer)
    /// The pieces told since the last `message_completed`, as one text each.
    var messageInProgress: (text: String, reasoning: String) { get }
    /// Something that is to stay: it stands in the log after what was recorded before.
    func record(_ event: ExecutionEvent.Kind)
    /// Returns when everything recorded is where a crash cannot undo it, or the calling task is cancelled.
    func committed() async
}
