import StigmerProtos
import Testing

@testable import ExecutionService

/// Reads streams back as strictly as the strictest client.
enum Frames {
    static func lines(_ body: [UInt8]) throws -> [ExecutionEvent] {
        if body.isEmpty { return [] }
        #expect(body.last == UInt8(ascii: "\n"), "the last line is whole")
        return try body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            // Any character that some client takes for the end of a line; looking is slow, and long lines are plain.
            let isOneLine = line.count > 50_000 || !String(decoding: line, as: UTF8.self).contains { $0.isNewline }
            #expect(isOneLine)
            return try ExecutionEvent(jsonUTF8Bytes: Array(line))
        }
    }

    struct Event {
        var id = ""
        var name = ""
        var event = ExecutionEvent()
    }

    /// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    static func serverSentEvents(_ body: [UInt8]) throws -> (events: [Event], comments: [String]) {
        var events: [Event] = []
        var comments: [String] = []
        var event = Event()
        var data = ""
        for line in String(decoding: body, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        ) {
            if line.isEmpty {
                if !data.isEmpty {
                    event.event = try ExecutionEvent(jsonUTF8Bytes: Array(data.utf8))
                    events.append(event)
                }
                (event, data) = (Event(), "")
            } else if line.hasPrefix(":") {
                comments.append(String(line))
            } else if line.hasPrefix("id: ") {
                event.id = String(line.dropFirst(4))
            } else if line.hasPrefix("event: ") {
                event.name = String(line.dropFirst(7))
            } else if line.hasPrefix("data: ") {
                data += line.dropFirst(6)
            } else {
                throw Unexpected(description: "the line \(line.debugDescription)")
            }
        }
        return (events, comments)
    }

    /// https://connectrpc.com/docs/protocol#streaming-rpcs: the messages, and the end frame.
    static func connect(_ body: [UInt8]) throws -> (messages: [[UInt8]], end: String?) {
        var messages: [[UInt8]] = []
        var rest = body[...]
        while rest.count >= 5 {
            let flags = rest[rest.startIndex]
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 5 + length else { throw Unexpected(description: "a cut envelope") }
            let message = Array(rest.dropFirst(5).prefix(length))
            rest = rest.dropFirst(5 + length)
            if flags == 2 {
                guard rest.isEmpty else { throw Unexpected(description: "bytes behind the end frame") }
                return (messages, String(decoding: message, as: UTF8.self))
            }
            guard flags == 0 else { throw Unexpected(description: "flags \(flags)") }
            messages.append(message)
        }
        return (messages, nil)
    }

    static func envelope(_ message: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        var out: [UInt8] = []
        Framing.envelope(flags: flags, to: &out) { $0 += message }
        return out
    }
}

extension [ExecutionEvent] {
    /// All words of the answer, as the pieces told them.
    var text: String { reduce("") { $0 + $1.textDelta.text } }

    /// How the stream ended; nil if it was cut.
    var finished: ExecutionEvent.Finished? {
        guard case .finished(let finished) = last?.event else { return nil }
        return finished
    }
}
