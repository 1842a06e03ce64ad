import Synchronization

/// What a client counts over all its loops.
final class ClientCounters: Sendable {
    let connections = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
}

/// What a client has done and holds.
public struct HTTPClientFigures: Sendable, Equatable {
    /// Connections that are open now, the idle ones included.
    public var openConnections: Int
    /// Requests since the start.
    public var requests: Int
    /// Bytes of the bodies of all responses that have ended.
    public var receivedBytes: Int

    /// Puts figures together.
    public init(openConnections: Int, requests: Int, receivedBytes: Int) {
        self.openConnections = openConnections
        self.requests = requests
        self.receivedBytes = receivedBytes
    }
}
