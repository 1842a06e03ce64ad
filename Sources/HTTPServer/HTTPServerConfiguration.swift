/// The limits of a server; each has a stated behaviour when it is reached.
public struct HTTPServerConfiguration: Sendable {
    /// Bytes of a request line; a longer one is answered 414.
    public var maxRequestLine = 8 * 1024
    /// Bytes of a request's head; a longer one is answered 431.
    public var maxHead = 32 * 1024
    /// Bytes of a body; a longer one is answered 413.
    public var maxBody = 4 * 1024 * 1024
    /// How long a TLS handshake may take from its connection on; then the connection is closed.
    public var handshakeTimeout: Duration = .seconds(15)
    /// How long a head may take from its first byte, or a new connection to send it; then 408.
    public var headTimeout: Duration = .seconds(15)
    /// How long a body may pause; then 408.
    public var bodyTimeout: Duration = .seconds(30)
    /// How long a connection may be idle between requests; then it is closed.
    public var idleTimeout: Duration = .seconds(75)
    /// How long a peer may take none of the bytes that wait for it; then the connection is closed.
    public var stallTimeout: Duration = .seconds(300)
    /// Connections at a time; a further one is answered 503 and closed.
    public var maxConnections = 16_000
    /// Unsent bytes above which `Exchange.drained()` waits.
    public var highWater = 64 * 1024
    /// The body of an answer that the server itself gives, with its content type.
    public var rejectionBody: @Sendable (Rejection) -> (contentType: String, body: [UInt8]) = { rejection in
        ("text/plain; charset=utf-8", Array("\(rejection.message)\n".utf8))
    }

    /// The standard limits.
    public init() {}

    /// What a caller gets for whom there is no room, whatever it asks.
    var refusal: [UInt8] {
        let (type, body) = rejectionBody(Rejection(503, "too many connections are open: try again in a second"))
        let head = """
            HTTP/1.1 503 Service Unavailable\r
            Retry-After: 1\r
            Content-Type: \(type)\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        return Array(head.utf8) + body
    }
}

/// Why the server answers a request itself.
public struct Rejection: Error, Sendable, Equatable {
    /// The status of the answer.
    public let status: Int
    /// A sentence that says what was wrong, and with which value.
    public let message: String

    /// Makes a rejection.
    public init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}
