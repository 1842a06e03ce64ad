import StigmerProtos

/// Figures over the life of an engine.
public struct ExecutionCounts: Sendable, Equatable {
    /// All that were started.
    public var started = 0
    /// At work now.
    public var running = 0
    /// Ended with an answer.
    public var completed = 0
    /// Ended with an error.
    public var failed = 0
    /// Stopped.
    public var cancelled = 0

    mutating func count(_ phase: ExecutionPhase) {
        switch phase {
        case .executionCompleted: completed += 1
        case .executionCancelled: cancelled += 1
        default: failed += 1
        }
    }
}
