import HTTPClient
import HTTPTypes
import LLMConfiguration
import WireJSON

/// What the requests of all providers have in common.
enum ModelHTTP {
    /// A POST of JSON, to be answered by a stream of `accept`.
    static func post(_ url: String, accept: String, body: JSONWriter) -> HTTPClientRequest {
        HTTPClientRequest(method: .post, url: url, headers: headers(accept, isPost: true), body: body.bytes)
    }

    /// A GET of JSON.
    static func get(_ url: String) -> HTTPClientRequest {
        HTTPClientRequest(method: .get, url: url, headers: headers("application/json", isPost: false))
    }

    private static func headers(_ accept: String, isPost: Bool) -> HTTPFields {
        var headers: HTTPFields = [.accept: accept, .acceptEncoding: "identity", .userAgent: "agent-runner"]
        if isPost { headers[.contentType] = "application/json" }
        return headers
    }

    /// The media type of a response, in lower case and without parameters.
    static func mediaType(_ headers: HTTPFields) -> String? {
        headers[.contentType].map { value in
            let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 }
            return String(decoding: type, as: UTF8.self).lowercased()
        }
    }

    /// The coding of a response's body, in lower case; nil if it is not coded.
    static func contentCoding(_ headers: HTTPFields) -> String? {
        headers[.contentEncoding].map { $0.lowercased() }.flatMap { $0.isEmpty || $0 == "identity" ? nil : $0 }
    }

    /// The path of a URL: what follows the authority.
    static func path(of url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[scheme.upperBound...].drop { $0 != "/" }
    }
}

extension HTTPClientRequest {
    /// Adds `Authorization: Bearer` with the key, if there is one.
    mutating func authorize(bearer key: APIKey?) {
        if let key { headers[.authorization] = "Bearer \(key.reveal())" }
    }

    /// Sets a header field whose name the library does not list.
    mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { headers[name] = value }
    }
}

extension String {
    /// The string without slashes at its end.
    var withoutTrailingSlashes: String {
        var text = self[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        return String(text)
    }

    /// The string without `suffix`, if it ends so.
    func dropping(suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

/// The names under `list`, each member's `name`: what the providers' model lists have in common.
func modelNames(in body: [UInt8], list: StaticString, name: StaticString) throws -> [String] {
    var names: [String] = []
    try body.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { reader in
            try reader.readObject { key, reader in
                guard key == list else { return }
                try reader.readOptionalArray { reader in
                    try reader.readObject { key, reader in
                        if key == name { names.append(try reader.readString()) }
                    }
                }
            }
        }
    }
    return names
}
