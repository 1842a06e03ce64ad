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
        to out: inout [UInt8], name: String, id: String?, _ message: (inout [UInt8]) -> Void
    ) {
        switch self {
        case .lines:
            message(&out)
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
            message(&out)
            out.append(contentsOf: "\n\n".utf8)
        case .connect:
            Framing.envelope(flags: 0, to: &out, message)
        }
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
