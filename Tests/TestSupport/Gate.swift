import Synchronization

/// Holds a script back until the test opens it, so that a test waits for what happens and never for a duration.
public final class Gate: Sendable {
    private let state = Mutex(false)

    /// Creates a closed gate.
    public init() {}

    /// Whether the gate has been opened.
    public var isOpen: Bool { state.withLock { $0 } }

    /// Lets everyone through, now and later.
    public func open() { state.withLock { $0 = true } }
}
