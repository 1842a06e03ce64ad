/// How the messages of a stream are told apart.
enum Framing: Sendable {
    /// One JSON text a line.
    case lines
    /// https://html.spec.whatwg.org/multipage/server-sent-events.html
    case serverSentEvents
    /// https://connectrpc.com/docs/protocol#streaming-rpcs
    case connect(MessageEncoding)

    var isConnect: Bool {
        if case .connect = self { return true }
        return false
    }

    var mediaType: String {
        switch self {
        case .lines: "application/x-ndjson"
        case .serverSentEvents: "text/event-stream"
        case .connect(.json): "application/connect+json"
        case .connect(.proto): "application/connect+proto"
        }
    }

    /// The form of each message.
    var encoding: MessageEncoding {
        if case .connect(let encoding) = self { return encoding }
        return .json
    }

    /// Appends one message.
    ///
    /// - Parameters:
    ///   - name: what kind of message it is, for those who choose by it.
    ///   - id: its place in the stream, for those who resume; nil if it has none.
    func append(
        to out: inout [UInt8],
        name: String,
        id: String?,
        _ message: (inout [UInt8]) -> Void
    ) {
        switch self {
        case .lines:
            Framing.appendOnOneLine(to: &out, message)
            out.append(UInt8(ascii: "\n"))
        case .serverSentEvents:
            if let id {
                out.append(contentsOf: "id: ".utf8)
                out.append(contentsOf: id.utf8)
                out.append(UInt8(ascii: "\n"))
            }
            out.append(contentsOf: "event: ".utf8)
            out.append(contentsOf: name.utf8)
            out.append(contentsOf: "\ndata: ".utf8)
            Framing.appendOnOneLine(to: &out, message)
            out.append(contentsOf: "\n\n".utf8)
        case .connect:
            Framing.envelope(flags: 0, to: &out, message)
        }
    }

    /// Appends JSON without U+0085, U+2028 and U+2029. JSON may hold them as they are, but many clients (Python's
    /// `splitlines`, and so httpx) end a line there. They stand in strings only, where an escape means the same.
    private static func appendOnOneLine(to out: inout [UInt8], _ message: (inout [UInt8]) -> Void) {
        let start = out.count
        message(&out)
        guard lineEnd(in: out, from: start) != nil else { return }
        let text = Array(out[start...])
        out.removeSubrange(start...)
        var plain = 0
        while let (place, escape) = lineEnd(in: text, from: plain) {
            out.append(contentsOf: text[plain..<place.lowerBound])
            out.append(contentsOf: escape.utf8)
            plain = place.upperBound
        }
        out.append(contentsOf: text[plain...])
    }

    /// Where the next of the three stands, and how it is escaped.
    private static func lineEnd(in bytes: [UInt8], from start: Int) -> (place: Range<Int>, escape: String)? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count {
                index = firstNonASCII(in: bytes, from: index)
                guard index < bytes.count else { return nil }
                switch bytes[index] {
                case 0xC2 where index + 1 < bytes.count && bytes[index + 1] == 0x85:
                    return (index..<index + 2, "\\u0085")
                case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xFE == 0xA8:
                    return (index..<index + 3, bytes[index + 2] == 0xA8 ? "\\u2028" : "\\u2029")
                default: index += 1
                }
            }
            return nil
        }
    }

    /// Eight bytes at a time: most of what is written is ASCII.
    private static func firstNonASCII(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = start
        while raw.count - index >= 8 {
            let tops = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080
            if tops != 0 { return index + UInt64(littleEndian: tops).trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < raw.count && raw[index] < 0x80 { index += 1 }
        return index
    }

    /// Connect's envelope: a flag byte, the length in four bytes, the message.
    static func envelope(flags: UInt8, to out: inout [UInt8], _ message: (inout [UInt8]) -> Void) {
        let start = out.count
        out.append(contentsOf: [flags, 0, 0, 0, 0])
        message(&out)
        let length = UInt32(clamping: out.count - start - 5)
        for place in 0..<4 { out[start + 1 + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place)) }
    }
}
