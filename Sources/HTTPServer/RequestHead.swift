import HTTPTypes

/// A request's head as it came.
public struct RequestHead: Sendable {
    /// How the length of the body is told (RFC 9112, 6.3).
    public enum Framing: Sendable, Equatable {
        /// Neither Content-Length nor Transfer-Encoding: there is no body.
        case none
        /// `Content-Length`.
        case length(Int)
        /// `Transfer-Encoding: chunked`.
        case chunked
    }

    /// The method.
    public let method: HTTPRequest.Method
    /// The path, still percent-encoded.
    public let path: String
    /// What stands behind `?`, still percent-encoded; nil without one.
    public let query: String?
    /// The header fields.
    public let headers: HTTPFields
    /// Whether the request is HTTP/1.1; otherwise it is HTTP/1.0.
    public let isHTTP11: Bool
    /// How the body is framed.
    public let framing: Framing

    /// Whether the caller wants the connection kept for another request.
    var keepsAlive: Bool {
        guard let connection = headers[.connection] else { return isHTTP11 }
        let options = connection.lowercased().split(separator: ",").map {
            $0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        }
        if options.contains("close") { return false }
        return isHTTP11 || options.contains("keep-alive")
    }

    /// Whether the caller waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool {
        isHTTP11 && framing != .none && headers[.expect]?.lowercased() == "100-continue"
    }
}

extension HTTPField.Name {
    /// `Host`, which HTTPTypes knows as a part of the URL only. The literal is a valid name.
    public static let host = HTTPField.Name("Host") ?? .connection
}
