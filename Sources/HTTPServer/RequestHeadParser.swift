import HTTPTypes

/// Finds the end of a request's head in bytes as they come, then reads it.
///
/// Strict where leniency lets two readers see two requests (RFC 9112, 11.2): line ends are CRLF, no line folding, no
/// space before a colon, one framing.
struct RequestHeadParser {
    let configuration: HTTPServerConfiguration
    private var scanned = 0
    private var lineStart = 0
    private var lines = 0

    init(configuration: HTTPServerConfiguration) {
        self.configuration = configuration
    }

    /// Looks for the head in `bytes`, which are all that have come for this request so far.
    ///
    /// - Returns: the head and how many bytes it takes; nil if more bytes are needed.
    mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> (head: RequestHead, length: Int)? {
        while scanned < bytes.count {
            let byte = bytes[scanned]
            scanned += 1
            guard byte == Ascii.lineFeed else {
                if scanned == 1 && byte == Ascii.tlsHandshake {
                    throw Rejection(400, "this port speaks HTTP without TLS, and the caller begins with TLS")
                }
                if lines == 0 && scanned - lineStart > configuration.maxRequestLine {
                    throw Rejection(414, "the request line is over \(configuration.maxRequestLine) bytes")
                }
                if scanned > configuration.maxHead {
                    throw Rejection(431, "the request's head is over \(configuration.maxHead) bytes")
                }
                continue
            }
            guard scanned - lineStart >= 2, bytes[scanned - 2] == Ascii.carriageReturn else {
                throw Rejection(400, "a line of the request's head ends without CR LF")
            }
            let isEmpty = scanned - lineStart == 2
            if isEmpty && lines > 0 {
                let head = try read(UnsafeRawBufferPointer(rebasing: bytes[..<scanned]))
                return (head, scanned)
            }
            // Empty lines before the request line are skipped (RFC 9112, 2.2).
            if !isEmpty { lines += 1 }
            lineStart = scanned
        }
        return nil
    }

    private func read(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> RequestHead {
        var requestLine: RequestLine?
        var headers = HTTPFields()
        var start = 0
        for end in bytes.indices where bytes[end] == Ascii.lineFeed {
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(end - 1)])
            start = end + 1
            if line.isEmpty { continue }
            if requestLine == nil {
                requestLine = try RequestLine(line)
            } else {
                headers.append(try field(line))
            }
        }
        guard let requestLine else { throw Rejection(400, "the request has no request line") }
        try checkHost(headers, requestLine)
        return RequestHead(
            method: requestLine.method,
            path: requestLine.path,
            query: requestLine.query,
            headers: headers,
            isHTTP11: requestLine.isHTTP11,
            framing: try framing(headers, isHTTP11: requestLine.isHTTP11)
        )
    }

    private func field(_ line: UnsafeRawBufferPointer) throws(Rejection) -> HTTPField {
        if line[0] == Ascii.space || line[0] == Ascii.tab {
            throw Rejection(400, "a header line is folded, which HTTP/1.1 no longer allows")
        }
        guard let colon = line.firstIndex(of: Ascii.colon) else {
            throw Rejection(400, "a header line has no colon: \(quoted(line))")
        }
        let rawName = String(decoding: line[..<colon], as: UTF8.self)
        guard let name = HTTPField.Name(rawName), name.rawName == rawName, !rawName.hasPrefix(":") else {
            throw Rejection(
                400,
                "a header has a malformed name: \(quoted(UnsafeRawBufferPointer(rebasing: line[..<colon])))"
            )
        }
        var value = line[(colon + 1)...]
        while let first = value.first, first == Ascii.space || first == Ascii.tab { value = value.dropFirst() }
        while let last = value.last, last == Ascii.space || last == Ascii.tab { value = value.dropLast() }
        // RFC 9110, 5.5: CR, LF and NUL are dangerous; other controls have no business here either.
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == Ascii.tab }) else {
            throw Rejection(400, "the header \(rawName) holds a control character")
        }
        return HTTPField(name: name, value: String(decoding: value, as: UTF8.self))
    }

    private func checkHost(_ headers: HTTPFields, _ line: RequestLine) throws(Rejection) {
        let hosts = headers[values: .host]
        if hosts.count > 1 { throw Rejection(400, "the request has \(hosts.count) Host headers") }
        if hosts.isEmpty && line.isHTTP11 { throw Rejection(400, "the request has no Host header") }
        if let host = hosts.first, host.utf8.contains(where: { $0 <= Ascii.space || "/@,".utf8.contains($0) }) {
            throw Rejection(400, "the Host header is malformed: \(host.debugDescription)")
        }
    }

    private func framing(_ headers: HTTPFields, isHTTP11: Bool) throws(Rejection) -> RequestHead.Framing {
        let lengths = headers[values: .contentLength]
        let encodings = headers[values: .transferEncoding]
        if !encodings.isEmpty {
            guard lengths.isEmpty else {
                throw Rejection(400, "the request has both Content-Length and Transfer-Encoding")
            }
            guard isHTTP11 else { throw Rejection(400, "Transfer-Encoding does not exist in HTTP/1.0") }
            guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
                throw Rejection(501, "the transfer encoding is not chunked: \(encodings.joined(separator: ", "))")
            }
            return .chunked
        }
        guard let length = lengths.first else { return .none }
        guard lengths.count == 1 else {
            throw Rejection(400, "the request has \(lengths.count) Content-Length headers")
        }
        guard !length.isEmpty, length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw Rejection(400, "Content-Length is not a number: \(length.debugDescription)")
        }
        guard let count = Int(length), count <= configuration.maxBody else {
            throw Rejection(413, "the body is \(length) bytes long; at most \(configuration.maxBody) are taken")
        }
        return .length(count)
    }
}

/// The first line of a request (RFC 9112, 3).
private struct RequestLine {
    let method: HTTPRequest.Method
    let path: String
    let query: String?
    let isHTTP11: Bool

    private static let methods: [String: HTTPRequest.Method] = [
        "GET": .get, "HEAD": .head, "POST": .post, "PUT": .put, "DELETE": .delete, "PATCH": .patch,
        "OPTIONS": .options, "TRACE": .trace,
    ]

    init(_ line: UnsafeRawBufferPointer) throws(Rejection) {
        let parts = line.split(separator: Ascii.space, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Rejection(400, "the request line is malformed: \(quoted(line))") }
        let version = String(decoding: parts[2], as: UTF8.self)
        switch version {
        case "HTTP/1.1": isHTTP11 = true
        case "HTTP/1.0": isHTTP11 = false
        default:
            guard version.hasPrefix("HTTP/"), version.utf8.count == 8 else {
                throw Rejection(400, "the request line is malformed: \(quoted(line))")
            }
            throw Rejection(505, "the version \(version) is not spoken here; HTTP/1.1 is")
        }
        let word = String(decoding: parts[0], as: UTF8.self)
        guard let method = RequestLine.methods[word] else {
            guard HTTPRequest.Method(word) != nil else {
                throw Rejection(400, "the method is malformed: \(quoted(line))")
            }
            throw Rejection(501, "the method \(word) is not implemented")
        }
        self.method = method
        guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else {
            throw Rejection(400, "the request target holds characters that must be percent-encoded: \(quoted(line))")
        }
        var target = String(decoding: parts[1], as: UTF8.self)[...]
        if parts[1].first != UInt8(ascii: "/"), let scheme = target.range(of: "://", before: "/") {
            // The absolute form that proxies are sent (RFC 9112, 3.2.2).
            let rest = target[scheme...]
            target = rest.firstIndex(where: { $0 == "/" || $0 == "?" }).map { rest[$0...] } ?? "/"
            if target.hasPrefix("?") { target = "/" + target }
        }
        guard target.hasPrefix("/") || (target == "*" && word == "OPTIONS") else {
            throw Rejection(400, "the request target is not a path: \(quoted(line))")
        }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(target[..<(mark ?? target.endIndex)])
        query = mark.map { String(target[target.index(after: $0)...]) }
    }
}

extension Substring {
    /// Where the text behind `separator` begins, if what stands before it holds no `stop`.
    fileprivate func range(of separator: String, before stop: Character) -> Index? {
        guard let colon = firstIndex(of: ":"), self[colon...].hasPrefix(separator), !self[..<colon].contains(stop)
        else { return nil }
        return index(colon, offsetBy: separator.count)
    }
}

/// A piece of what came, fit to be shown in an error.
private func quoted(_ bytes: UnsafeRawBufferPointer) -> String {
    let text = String(decoding: bytes.prefix(100), as: UTF8.self)
    return text.debugDescription + (bytes.count > 100 ? "…" : "")
}

enum Ascii {
    static let tab: UInt8 = 0x09
    /// How a TLS record of a handshake begins (RFC 8446, 5.1); no request line can.
    static let tlsHandshake: UInt8 = 0x16
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A
}
