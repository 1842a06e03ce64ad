import HTTPTypes

@testable import HTTPServer

/// Heads for what looks at heads alone.
enum RequestHeads {
    typealias Head = RequestHead

    static func post(_ headers: [String: String]) -> Head { head(.post, "/", headers) }

    static func get(_ headers: [String: String]) -> Head { head(.get, "/", headers) }

    static func head(_ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:]) -> Head {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        return RequestHead(method: method, path: path, query: nil, headers: fields, isHTTP11: true, framing: .none)
    }
}
