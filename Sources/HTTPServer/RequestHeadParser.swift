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
        // Whoever checks whom the request is for must see the host that counts (RFC 9112, 3.2.2).
        if let authority = requestLine.authority { headers[.host] = authority }
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
        for host in [hosts.first, line.authority].compactMap({ $0 }) where !host.utf8.allSatisfy(Ascii.isOfHost) {
            throw Rejection(400, "the host is malformed: \(host.debugDescription)")
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
            try checkCodings(encodings)
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

    /// Takes `chunked` alone. With another coding before it the body's end is still known, which the status tells
    /// (RFC 9112, 6.1 and 6.3); anything else is 400.
    private func checkCodings(_ values: [String]) throws(Rejection) {
        let codings = values.flatMap { value in
            value.utf8.split(separator: Ascii.comma, omittingEmptySubsequences: false).map { coding in
                let start = coding.drop { $0 == Ascii.space || $0 == Ascii.tab }
                return Array(start.reversed().drop { $0 == Ascii.space || $0 == Ascii.tab }.reversed())
            }
        }
        let chunked = codings.indices.filter { Ascii.isEqual(codings[$0], "chunked") }
        if codings.count == 1, chunked == [0] { return }
        let shown = values.joined(separator: ", ").debugDescription
        guard chunked == [codings.count - 1], !codings.contains(where: \.isEmpty) else {
            throw Rejection(400, "the transfer encoding does not end in chunked: \(shown)")
        }
        throw Rejection(501, "a transfer encoding other than chunked is not taken: \(shown)")
    }
}

/// The first line of a request (RFC 9112, 3).
private struct RequestLine {
    let method: HTTPRequest.Method
    let path: String
    let query: String?
    let isHTTP11: Bool
    /// The host and port that the target names itself, where it does.
    let authority: String?

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
        if let scheme = ["http://", "https://"].first(where: { Ascii.isEqual(target.utf8.prefix($0.utf8.count), $0) }) {
            // The absolute form that proxies are sent (RFC 9112, 3.2.2).
            let rest = target.dropFirst(scheme.count)
            let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) ?? rest.endIndex
            authority = String(rest[..<end])
            guard end != rest.startIndex else {
                throw Rejection(400, "the request target has no host: \(quoted(line))")
            }
            target = rest[end...]
            if !target.hasPrefix("/") { target = "/" + target }
        } else {
            authority = nil
        }
        guard target.hasPrefix("/") || (target == "*" && word == "OPTIONS") else {
            throw Rejection(400, "the request target is not a path: \(quoted(line))")
        }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = String(target[..<(mark ?? target.endIndex)])
        query = mark.map { String(target[target.index(after: $0)...]) }
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
    static let comma: UInt8 = 0x2C

    /// Whether `text` is `lowercase` in any case. Letters beyond ASCII that become ASCII ones in lower case, as the
    /// Kelvin sign does, are no letters of ours: the next reader would not take them for ours either.
    static func isEqual(_ text: some Sequence<UInt8>, _ lowercase: String) -> Bool {
        text.lazy.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }.elementsEqual(lowercase.utf8)
    }

    /// Whether a host with its port may hold this byte (RFC 3986, 3.2.2). The comma may stand there too, but not here:
    /// it joins the values of two headers.
    static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! $ % & ' ( ) * + - . : ; = [ ] _ ~
        case 0x21, 0x24...0x2B, 0x2D, 0x2E, 0x3A, 0x3B, 0x3D, 0x5B, 0x5D, 0x5F, 0x7E: true
        default: false
        }
    }
}
