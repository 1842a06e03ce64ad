import HTTPClient
import HTTPTypes

/// The requests to one server.
struct HTTPRequests: Sendable {
    private let sessionField = HTTPField.Name("Mcp-Session-Id")
    private let versionField = HTTPField.Name("MCP-Protocol-Version")
    private let url: String
    private let headers: HTTPFields

    init(_ server: MCPServerConfiguration.HTTPServer) throws(MCPFailure) {
        guard server.url.hasPrefix("http://") || server.url.hasPrefix("https://") else {
            throw MCPFailure(.notStarted, "has an address that does not begin with http:// or https://")
        }
        url = Self.adding(server.query, to: server.url)
        var headers: HTTPFields = [:]
        for (name, value) in server.headers {
            guard let field = HTTPField.Name(name) else {
                throw MCPFailure(.notStarted, "has a header “\(name.shortened(to: 100))”, which is no header's name")
            }
            guard HTTPField.isValidValue(value) else {
                throw MCPFailure(.notStarted, "has a value for the header “\(name)” that no header may have")
            }
            headers[field] = value
        }
        headers[.contentLength] = nil
        headers[.userAgent] = headers[.userAgent] ?? "agent-runner"
        self.headers = headers
    }

    func post(_ message: [UInt8], session: String?, version: ProtocolVersion?) -> HTTPClientRequest {
        var request = request(.post, session, version)
        request.headers[.accept] = "application/json, text/event-stream"
        request.headers[.contentType] = "application/json"
        request.body = message
        return request
    }

    func get(session: String?, version: ProtocolVersion?) -> HTTPClientRequest {
        var request = request(.get, session, version)
        request.headers[.accept] = "text/event-stream"
        return request
    }

    func delete(session: String, version: ProtocolVersion?) -> HTTPClientRequest { request(.delete, session, version) }

    /// The session that the server has opened with this answer.
    func session(of response: HTTPClientResponse) -> String? { sessionField.flatMap { response.headers[$0] } }

    private func request(
        _ method: HTTPRequest.Method,
        _ session: String?,
        _ version: ProtocolVersion?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(method: method, url: url, headers: headers)
        if let sessionField { request.headers[sessionField] = session }
        if let versionField { request.headers[versionField] = version?.rawValue }
        return request
    }

    /// The address with the query's members, in the order of their names, escaped (RFC 3986, 2.3).
    static func adding(_ query: [String: String], to url: String) -> String {
        guard !query.isEmpty else { return url }
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let members = query.sorted { $0.key < $1.key }.map { "\(escaped($0.key))=\(escaped($0.value))" }
        return parts[0] + (parts[0].contains("?") ? "&" : "?") + members.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
