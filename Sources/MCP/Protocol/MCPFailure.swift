/// Why a server could not be used.
struct MCPFailure: Error, Equatable {
    enum Kind: Equatable {
        /// It could not be started or reached, or did not agree on the protocol.
        case notStarted
        /// The connection ended: nothing that was under way will be answered.
        case ended
        /// An answer did not come in time.
        case timedOut
        /// It answered with a JSON-RPC error.
        case refused(code: Int)
        /// It does not know our session any more, and has not looked at the request.
        case sessionExpired
        /// It answered with something that is none.
        case badAnswer
        /// More than a limit allows.
        case tooMuch
        /// The caller's task was cancelled.
        case cancelled
        /// It has been stopped for good.
        case stopped
    }

    let kind: Kind
    /// What happened, as the rest of a sentence that begins with the server's name.
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    static let cancelled = MCPFailure(.cancelled, "was cancelled")
    static let stopped = MCPFailure(.stopped, "has been stopped with its session")
}
