import HTTPTypes

/// A request to send.
public struct HTTPClientRequest: Sendable {
    /// The method.
    public var method: HTTPRequest.Method
    /// An absolute `http` or `https` URL.
    public var url: String
    /// The header fields; `Host` and `Content-Length` are added.
    public var headers: HTTPFields
    /// The body; empty for none.
    public var body: [UInt8]
    /// How long name look-up, connecting and the TLS handshake may take together.
    public var connectTimeout: Duration

    /// Makes a request.
    public init(
        method: HTTPRequest.Method = .get,
        url: String,
        headers: HTTPFields = [:],
        body: [UInt8] = [],
        connectTimeout: Duration = .seconds(10)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
    }
}
