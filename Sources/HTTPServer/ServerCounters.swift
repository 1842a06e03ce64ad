import Synchronization

/// What a server counts over all its loops.
final class ServerCounters: Sendable {
    let connections = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let rejections = Atomic<Int>(0)
    let sentBytes = Atomic<Int>(0)

    var figures: HTTPServerFigures {
        HTTPServerFigures(
            openConnections: connections.load(ordering: .relaxed),
            acceptedConnections: accepted.load(ordering: .relaxed),
            requests: requests.load(ordering: .relaxed),
            rejections: rejections.load(ordering: .relaxed),
            sentBytes: sentBytes.load(ordering: .relaxed)
        )
    }
}

/// What a server has done and holds.
public struct HTTPServerFigures: Sendable, Equatable {
    /// Connections that are open now.
    public var openConnections: Int
    /// Connections accepted since the start.
    public var acceptedConnections: Int
    /// Requests whose heads could be read, since the start.
    public var requests: Int
    /// Requests that the server itself has refused since the start.
    public var rejections: Int
    /// About how many bytes of answers, heads included and TLS's own not, since the start.
    public var sentBytes: Int
}
