/// A request as a ``ScriptedUpstream`` received it.
public struct RecordedRequest: Sendable {
    /// The connection it came on, counted from 0.
    public let connection: Int
    /// The method, as `POST`.
    public let method: String
    /// The request target: path and query.
    public let path: String
    /// The header fields in order, names as they were sent.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]

    /// The body as text.
    public var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first header field called `name`, in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
