import HTTPTypes

@testable import HTTPServer

extension FuzzTarget {
    /// A request's head means the same however it comes, means the same when it is written anew, and holds nothing
    /// that another reader could take for a second request.
    static let requestHead = FuzzTarget(name: "request-head") { input throws(Finding) in
        let meaning = try Pieces.expectSameMeaning(of: input) { HeadMeaning(of: $0, limits: .small) }
        guard case .head(let head, let length) = meaning else { return }
        guard length <= input.count else { throw Finding("\(length) of \(input.count) bytes were taken") }
        try checkLines(of: input[..<length])
        let written = Array(head.written.utf8)
        let again = HeadMeaning(of: [written[...]], limits: HTTPServerConfiguration())
        guard again == .head(head, length: written.count) else {
            throw Finding("written anew \(head) is \(again)")
        }
    }

    /// The rules of RFC 9112 that keep two readers from seeing two requests, looked at without the parser.
    private static func checkLines(of head: ArraySlice<UInt8>) throws(Finding) {
        let text = String(decoding: head.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self).unicodeScalars
        guard text.suffix(4).elementsEqual("\r\n\r\n".unicodeScalars) else { throw Finding("no empty line at the end") }
        var lines: [String] = []
        var line = ""
        for scalar in text {
            if scalar == "\n" {
                guard line.unicodeScalars.last == "\r" else { throw Finding("a line ends in LF alone") }
                line.unicodeScalars.removeLast()
                lines.append(line)
                line = ""
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        let fields = lines.drop(while: \.isEmpty).dropFirst().dropLast()
        guard !lines.contains(where: { $0.unicodeScalars.contains { $0 == "\r" || $0 == "\0" } }) else {
            throw Finding("a line holds CR or NUL")
        }
        guard !fields.contains(where: { $0.isEmpty || $0.first == " " || $0.first == "\t" }) else {
            throw Finding("a header is empty or folded")
        }
        func count(_ name: String) -> Int {
            fields.count { $0.prefix { $0 != ":" }.lowercased().filter { $0 != " " && $0 != "\t" } == name }
        }
        guard count("content-length") + count("transfer-encoding") <= 1, count("host") <= 1 else {
            throw Finding("a header that must stand once stands twice")
        }
    }

    /// A chunked body is the same however it comes, and its content chunked anew gives the same content.
    static let chunkedBody = FuzzTarget(name: "chunked-body") { input throws(Finding) in
        let meaning = try Pieces.expectSameMeaning(of: input, ChunkedMeaning.init)
        guard meaning.refused == nil, meaning.isDone else { return }
        guard meaning.left < input.count, meaning.body.count <= input.count else {
            throw Finding("\(input.count) bytes gave \(meaning)")
        }
        var written: [UInt8] = []
        for start in stride(from: 0, to: meaning.body.count, by: 10) {
            let chunk = meaning.body[start..<min(start + 10, meaning.body.count)]
            written += Array("\(String(chunk.count, radix: 16));x=y\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        written += Array("0\r\nTrailer: x\r\n\r\n".utf8)
        // Extensions count against a limit, so a long body is not written so.
        guard meaning.body.count < 10_000 else { return }
        let again = ChunkedMeaning([written[...]])
        guard again.isDone, again.body == meaning.body, again.left == 0 else {
            throw Finding("chunked anew it is \(again)")
        }
    }

    /// The address that an address is shown as is the same address.
    static let listenAddress = FuzzTarget(name: "listen-address") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        guard let address = ListenAddress(text) else { return }
        _ = (address.isLoopback, address.isNumeric)
        guard ListenAddress(address.description) == address else {
            throw Finding("\(text.debugDescription) is shown as \(address.description.debugDescription), another one")
        }
    }
}

/// What the parser makes of a head that comes in pieces.
private enum HeadMeaning: Equatable {
    case head(Head, length: Int)
    case refused(Rejection)
    case unfinished

    /// The head, comparable.
    struct Head: Equatable {
        let line: String
        let fields: [String]
        let framing: RequestHead.Framing

        init(_ head: RequestHead) {
            let target = head.path + (head.query.map { "?\($0)" } ?? "")
            line = "\(head.method.rawValue) \(target) HTTP/1.\(head.isHTTP11 ? 1 : 0)"
            fields = head.headers.map { "\($0.name.rawName): \($0.value)" }
            framing = head.framing
            _ = (head.keepsAlive, head.expectsContinue)
        }

        var written: String { ([line] + fields + ["", ""]).joined(separator: "\r\n") }
    }

    init(of pieces: [ArraySlice<UInt8>], limits: HTTPServerConfiguration) {
        var parser = RequestHeadParser(configuration: limits)
        var received: [UInt8] = []
        do throws(Rejection) {
            for piece in pieces {
                received += piece
                // The server's buffer moves when it grows.
                let result = try Pieces.lend(received) { view throws(Rejection) in try parser.parse(view) }
                if let (head, length) = result {
                    self = .head(Head(head), length: length)
                    return
                }
            }
            self = .unfinished
        } catch {
            self = .refused(error)
        }
    }
}

extension HTTPServerConfiguration {
    /// Limits that a small input reaches.
    fileprivate static var small: HTTPServerConfiguration {
        var limits = HTTPServerConfiguration()
        limits.maxRequestLine = 100
        limits.maxHead = 1000
        limits.maxBody = 1000
        return limits
    }
}

/// What the decoder makes of a body that comes in pieces.
private struct ChunkedMeaning: Equatable {
    var body: [UInt8] = []
    var left = 0
    var isDone = false
    var refused: Rejection?

    init(_ pieces: [ArraySlice<UInt8>]) {
        var decoder = ChunkedDecoder()
        for piece in pieces {
            do throws(Rejection) {
                let used = try Pieces.lend(piece) { piece throws(Rejection) in
                    try decoder.decode(piece, into: &body)
                }
                left += piece.count - used
            } catch {
                refused = error
                return
            }
        }
        isDone = decoder.isDone
    }
}
