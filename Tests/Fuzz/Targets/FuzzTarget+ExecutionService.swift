import LineStreams
import Agents
import Executions
import StigmerProtos
import SwiftProtobuf
import WireJSON

@testable import ExecutionService
@testable import Models

extension FuzzTarget {
    /// A request is what SwiftProtobuf reads in it; one that cannot be read is refused with a sentence.
    ///
    /// The first byte chooses message, form and envelope.
    static let request = FuzzTarget(name: "request") { input throws(Finding) in
        let choice = Int(input.first ?? 0)
        let body = Array(input.dropFirst())
        let form = [
            Negotiation(message: .json, framing: .lines, compression: nil),
            Negotiation(message: .proto, framing: .lines, compression: nil),
            Negotiation(message: .json, framing: .connect(.json), compression: nil),
            Negotiation(message: .proto, framing: .connect(.proto), compression: "gzip"),
            Negotiation(message: .json, framing: .serverSentEvents, compression: "gzip"),
        ][choice % 5]
        switch choice / 5 % 3 {
        case 0: try decode(AgentExecution.self, body, form)
        case 1: try decode(StreamEventsRequest.self, body, form)
        default: try decode(ListAgentExecutionsRequest.self, body, form)
        }
    }

    private static func decode<Request: Message & Equatable>(
        _ type: Request.Type,
        _ body: [UInt8],
        _ form: Negotiation
    ) throws(Finding) {
        let result = Result { () throws(ServiceError) -> Request in try RequestDecoder.decode(body, form) }
        switch result {
        case .failure(let error):
            guard !error.message.isEmpty, error.message.utf8.count < 10_000 else {
                throw Finding("a sentence of \(error.message.utf8.count) bytes: \(error.message.prefix(200))")
            }
            if !form.framing.isConnect, form.compression == nil, form.message == .json,
                let theirs = try? Request(jsonUTF8Bytes: body)
            {
                throw Finding("SwiftProtobuf reads \(theirs), here it is refused: \(error.message)")
            }
        case .success(let request):
            guard let binary: [UInt8] = try? request.serializedBytes(),
                let again = try? Request(serializedBytes: binary)
            else { throw Finding("\(request) has no binary form") }
            // Read through the binary form, since NaN is not equal to itself.
            guard (try? again.serializedBytes() as [UInt8])?.count == binary.count else {
                throw Finding("\(request) is \(again) in its binary form")
            }
            if !form.framing.isConnect, form.compression == nil, form.message == .json {
                let theirs = try? Request(jsonUTF8Bytes: body)
                guard let theirs, same(request, theirs) else {
                    throw Finding("here it is \(request), for SwiftProtobuf \(theirs.map { "\($0)" } ?? "none")")
                }
            }
            guard form.framing.isConnect || form.compression != nil else { return }
            let bare = Negotiation(message: form.message, framing: .lines, compression: nil)
            // What stands in an envelope means what it means outside.
            guard form.compression == nil, case .connect = form.framing else { return }
            let plain = Result { () throws(ServiceError) -> Request in
                try RequestDecoder.decode(Array(body.dropFirst(5)), bare)
            }
            guard case .success = plain else { throw Finding("without its envelope it is refused") }
        }
    }

    /// An event written by hand is what SwiftProtobuf writes, and every framing gives it back.
    ///
    /// The input is an event's JSON or its binary form; text of any kind is tried as a delta too.
    static let event = FuzzTarget(name: "event") { input throws(Finding) in
        try checkDeltas(Array(String(decoding: input, as: UTF8.self).utf8))
        let event =
            input.first == UInt8(ascii: "{")
            ? try? ExecutionEvent(jsonUTF8Bytes: input) : try? ExecutionEvent(serializedBytes: input)
        guard let event else { return }
        let theirs: [UInt8]? = try? event.jsonUTF8Bytes()
        let ours = try? MessageEncoding.json.encode(event)
        guard let theirs, let ours else {
            guard ours == nil, theirs == nil else {
                throw Finding("\(event): SwiftProtobuf writes \(shown(theirs)), the hand \(shown(ours))")
            }
            return
        }
        // What SwiftProtobuf writes it does not always read (a name in unknown case, an escape of its own).
        let expected = try? ExecutionEvent(jsonUTF8Bytes: theirs)
        guard let expected else { return }
        guard let read = try? ExecutionEvent(jsonUTF8Bytes: ours), same(read, expected) else {
            throw Finding("SwiftProtobuf writes \(shown(theirs)), the hand \(shown(ours))")
        }
        // The binary form keeps fields that nobody knows, JSON does not.
        try checkFramings(.event(event)) { same($0, expected) || same($0, event) }
    }

    private static func checkDeltas(_ utf8: [UInt8]) throws(Finding) {
        for kind in [DeltaKind.text, .reasoning] {
            let text = String(decoding: utf8, as: UTF8.self)
            try checkFramings(kind, utf8) { event in
                switch event.event {
                case .textDelta(let delta): kind == .text && delta.text.utf8.elementsEqual(text.utf8)
                case .reasoningDelta(let delta): kind == .reasoning && delta.text.utf8.elementsEqual(text.utf8)
                default: false
                }
            }
        }
    }

    private static func checkFramings(
        _ kind: DeltaKind,
        _ utf8: [UInt8],
        _ isRight: (ExecutionEvent) -> Bool
    ) throws(Finding) {
        let cursor = Cursor(events: 5, bytes: utf8.count)
        let written = [Framing.lines, .serverSentEvents, .connect(.json), .connect(.proto)].map { framing in
            var out: [UInt8] = []
            utf8.withUnsafeBytes { try? EventEncoder(framing: framing).append(.delta(kind, $0, cursor), to: &out) }
            return (framing, out)
        }
        for (framing, bytes) in written { try check(bytes, framing, isRight) }
    }

    private static func checkFramings(
        _ entry: EventLog.Entry,
        _ isRight: (ExecutionEvent) -> Bool
    ) throws(Finding) {
        for framing in [Framing.lines, .serverSentEvents, .connect(.json), .connect(.proto)] {
            var out: [UInt8] = []
            try? EventEncoder(framing: framing).append(entry, to: &out)
            try check(out, framing, isRight)
        }
    }

    /// Takes the frame off and reads what was in it.
    private static func check(
        _ frame: [UInt8],
        _ framing: Framing,
        _ isRight: (ExecutionEvent) -> Bool
    ) throws(Finding) {
        let event: ExecutionEvent?
        switch framing {
        case .lines:
            try checkLines(frame, count: 1)
            event = try? ExecutionEvent(jsonUTF8Bytes: Array(frame.dropLast()))
        case .serverSentEvents:
            var events: [[UInt8]] = []
            var decoder = SSEDecoder()
            _ = try? frame.withUnsafeBytes { try decoder.decode($0) { events.append(Array($0)) } }
            guard events.count == 1 else { throw Finding("\(events.count) events: \(shown(frame))") }
            event = try? ExecutionEvent(jsonUTF8Bytes: events[0])
        case .connect(let encoding):
            guard frame.count >= 5, frame[0] == 0,
                frame[1..<5].reduce(0, { $0 << 8 | Int($1) }) == frame.count - 5
            else { throw Finding("no envelope: \(shown(frame))") }
            let message = Array(frame.dropFirst(5))
            event =
                encoding == .json
                ? try? ExecutionEvent(jsonUTF8Bytes: message) : try? ExecutionEvent(serializedBytes: message)
        }
        guard let event, isRight(event) else {
            throw Finding("\(framing) gives back \(event.map { "\($0)" } ?? "nothing") from \(shown(frame))")
        }
    }

    /// As the strictest client counts lines.
    private static func checkLines(_ frame: [UInt8], count: Int) throws(Finding) {
        let text = String(decoding: frame, as: UTF8.self)
        let ends: Set<Unicode.Scalar> = [
            "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
        ]
        guard text.unicodeScalars.count(where: { ends.contains($0) }) == count, frame.last == UInt8(ascii: "\n") else {
            throw Finding("not \(count) lines: \(shown(frame))")
        }
    }

    /// By their binary forms in one order of the maps, since NaN is not equal to itself.
    private static func same<M: Message>(_ one: M, _ other: M) -> Bool {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8]? = try? one.serializedBytes(partial: false, options: options)
        return bytes == (try? other.serializedBytes(partial: false, options: options))
    }

    private static func shown(_ bytes: [UInt8]?) -> String {
        bytes.map { String(decoding: $0, as: UTF8.self).debugDescription } ?? "nothing"
    }

    /// A query that is read means the same when it is written anew.
    static let queryString = FuzzTarget(name: "query-string") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        let known: Set<String> = ["page_size", "page_token", "phase", "after"]
        guard let values = try? QueryString.parse(text, known: known) else { return }
        guard Set(values.keys).isSubset(of: known) else { throw Finding("unknown names: \(values)") }
        let written = values.map { name, value in
            name + "=" + value.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        let again = try? QueryString.parse(written.joined(separator: "&"), known: known)
        guard again == values else { throw Finding("\(values) is \(again ?? [:]) when it is written anew") }
    }
}
