import Synchronization

/// Wakes one waiting task; what is raised while nobody waits is kept.
///
/// May be raised from any thread. At most one task may wait at a time.
public final class Signal: Sendable {
    private enum Phase {
        case idle
        case raised
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private struct State {
        var phase = Phase.idle
        /// How many calls of `raisedByCancel` are under way.
        var covers = 0
    }

    private let state = Mutex(State())

    /// Makes a signal that has not been raised.
    public init() {}

    /// Wakes the waiting task, or lets the next `wait` return at once.
    public func raise() {
        let waiting: UnsafeContinuation<Void, Never>? = state.withLock { state in
            if case .waiting(let continuation) = state.phase {
                state.phase = .idle
                return continuation
            }
            state.phase = .raised
            return nil
        }
        waiting?.resume()
    }

    /// Returns when the signal has been raised since the last return, or when the task is cancelled.
    public func wait() async {
        let (wasRaised, isCovered) = state.withLock { state in
            guard case .raised = state.phase else { return (false, state.covers > 0) }
            state.phase = .idle
            return (true, false)
        }
        if wasRaised { return }
        guard isCovered else { return await raisedByCancel { await suspend() } }
        if !Task.isCancelled { await suspend() }
    }

    /// Runs `body`, in which every wait for this signal ends when the calling task is cancelled: cheaper for many waits
    /// than if each saw to that by itself.
    public func raisedByCancel<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.covers += 1 }
        defer { state.withLock { $0.covers -= 1 } }
        return try await withTaskCancellationHandler(operation: body, onCancel: { raise() })
    }

    private func suspend() async {
        await withUnsafeContinuation { continuation in
            let mustResume = state.withLock { state in
                switch state.phase {
                case .raised:
                    state.phase = .idle
                    return true
                case .idle:
                    state.phase = .waiting(continuation)
                    return false
                case .waiting:
                    preconditionFailure("two tasks wait for one signal")
                }
            }
            if mustResume { continuation.resume() }
        }
    }
}
