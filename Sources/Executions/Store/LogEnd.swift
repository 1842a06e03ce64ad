import StigmerProtos

/// Where the log of a kept execution ends, and what may follow there.
public struct LogEnd: Sendable, Equatable {
    /// How many events the log has.
    public private(set) var count: Int
    /// What the last of them says.
    public private(set) var phase: ExecutionPhase

    /// The end of a log; of an empty one without parameters.
    public init(count: Int = 0, phase: ExecutionPhase = .executionPending) {
        self.count = count
        self.phase = phase
    }

    /// Why an event cannot follow; nil if it can.
    public func fault(_ number: Int, of id: String) -> StoreError? {
        if phase.isEnd { return .broken("the log of \(id) has its end and takes no event \(number)") }
        if number != count + 1 { return .broken("the log of \(id) has \(count) events and takes no event \(number)") }
        return nil
    }

    /// Moves behind an event that follows.
    public mutating func advance(behind event: ExecutionEvent) {
        count += 1
        phase = event.phase
    }
}

extension StoreError {
    /// A change of an execution that is not there.
    public static func unknown(_ id: String) -> StoreError { broken("the store has no \(id) to change") }

    /// A second execution with an id.
    public static func duplicate(_ id: String) -> StoreError { broken("the store has \(id) already") }

    fileprivate static func broken(_ sentence: String) -> StoreError {
        StoreError(.internal, "\(sentence); this is a mistake in agent-runner, please report it")
    }
}

extension ExecutionPhase {
    /// Whether an execution in this phase has its `finished`.
    public var isEnd: Bool { rawValue >= ExecutionPhase.executionCompleted.rawValue }
}

extension ExecutionEvent {
    /// The phase of an execution whose last event this is.
    fileprivate var phase: ExecutionPhase {
        if case .finished(let finished) = event { finished.phase } else { .executionInProgress }
    }
}

extension StoredExecution {
    /// The phase that the log tells.
    public var phase: ExecutionPhase { events.last?.phase ?? .executionPending }
}
