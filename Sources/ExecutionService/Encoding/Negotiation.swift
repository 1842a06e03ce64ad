import HTTPServer
import HTTPTypes

/// How a request is encoded and how its answer is to be: the table of `wire.md`.
struct Negotiation: Sendable {
    /// The form of the request's message, and of the answer's if it is one.
    let message: MessageEncoding
    /// How messages stand in a stream.
    let framing: Framing
    /// The coding of the body, or of an envelope in it that says that it has one; nil for none.
    let compression: String?

    static func unary(_ head: RequestHead, isForPeople: Bool) throws(ServiceError) -> Negotiation {
        try checkProtocolVersion(head.headers)
        let compression = compression(head.headers, .contentEncoding)
        switch try mediaType(head) {
        case nil, "*/*", "application/json": break
        case "application/x-www-form-urlencoded" where isForPeople: break
        case "application/proto": return Negotiation(message: .proto, framing: .lines, compression: compression)
        case let other?: throw unsupported(other, "application/json and application/proto")
        }
        return Negotiation(message: .json, framing: .lines, compression: compression)
    }

    static func streaming(_ head: RequestHead, isForPeople: Bool) throws(ServiceError) -> Negotiation {
        try checkProtocolVersion(head.headers)
        let type = try mediaType(head)
        switch type {
        case "application/connect+json", "application/connect+proto":
            let message: MessageEncoding = type == "application/connect+json" ? .json : .proto
            let compression = compression(head.headers, .connectContentEncoding)
            return Negotiation(message: message, framing: .connect(message), compression: compression)
        case nil, "*/*", "application/json", "application/x-ndjson": break
        case "application/x-www-form-urlencoded" where isForPeople: break
        case let other?:
            throw unsupported(other, "application/json, application/connect+json and application/connect+proto")
        }
        let wantsEvents = (head.headers[.accept] ?? "").lowercased().contains("text/event-stream")
        return Negotiation(
            message: .json,
            framing: wantsEvents ? .serverSentEvents : .lines,
            compression: compression(head.headers, .contentEncoding)
        )
    }

    /// `Connect-Timeout-Ms`: at most ten digits (https://connectrpc.com/docs/protocol#unary-request).
    static func timeout(_ headers: HTTPFields) throws(ServiceError) -> Duration? {
        guard let text = headers[.connectTimeout] else { return nil }
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let milliseconds = Int64(text)
        else {
            throw .invalid("Connect-Timeout-Ms is not a number of at most ten digits: \(text.debugDescription)")
        }
        return .milliseconds(milliseconds)
    }

    private static func checkProtocolVersion(_ headers: HTTPFields) throws(ServiceError) {
        guard let version = headers[.connectProtocolVersion], version != "1" else { return }
        throw .invalid("Connect-Protocol-Version must be 1, not \(version.debugDescription)")
    }

    private static func compression(_ headers: HTTPFields, _ name: HTTPField.Name) -> String? {
        guard let coding = headers[name]?.lowercased(), coding != "identity" else { return nil }
        return coding
    }

    private static func mediaType(_ head: RequestHead) throws(ServiceError) -> String? {
        // A request that has no body by its nature says nothing by its type.
        guard head.method == .post, let value = head.headers[.contentType] else { return nil }
        let parts = value.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).filter { $0 != "\"" }
            guard charset == "utf-8" || charset == "utf8" || charset == "us-ascii" else {
                throw unsupported(value, "UTF-8")
            }
        }
        return parts.first
    }

    private static func unsupported(_ type: String, _ known: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "the content type \(type.debugDescription) is not taken here; \(known) are",
            status: 415
        )
    }
}

extension HTTPField.Name {
    /// Names of the Connect protocol and of ours. The literals are valid names, so none of these is nil.
    static let connectTimeout = HTTPField.Name("Connect-Timeout-Ms") ?? .connection
    static let connectProtocolVersion = HTTPField.Name("Connect-Protocol-Version") ?? .connection
    static let connectContentEncoding = HTTPField.Name("Connect-Content-Encoding") ?? .connection
    static let executionID = HTTPField.Name("Execution-Id") ?? .connection
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .connection
    static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .connection
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .connection
}
