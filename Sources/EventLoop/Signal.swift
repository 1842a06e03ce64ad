import Synchronization

/// Wakes one waiting task; what is raised while nobody waits is kept.
///
/// May be raised from any thread. At most one task may wait at a time.
public final class Signal: Sendable {
    private enum State {
        case idle
        case raised
        case waiting(UnsafeContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    /// Makes a signal that has not been raised.
    public init() {}

    /// Wakes the waiting task, or lets the next `wait` return at once.
    public func raise() {
        let waiting: UnsafeContinuation<Void, Never>? = state.withLock { state in
            if case .waiting(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .raised
            return nil
        }
        waiting?.resume()
    }

    /// Returns when the signal has been raised since the last return, or when the task is cancelled.
    public func wait() async {
        let wasRaised = state.withLock { state in
            guard case .raised = state else { return false }
            state = .idle
            return true
        }
        if wasRaised { return }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let mustResume = state.withLock { state in
                    switch state {
                    case .raised:
                        state = .idle
                        return true
                    case .idle:
                        state = .waiting(continuation)
                        return false
                    case .waiting:
                        preconditionFailure("two tasks wait for one signal")
                    }
                }
                if mustResume { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
    }
}
