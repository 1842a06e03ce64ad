import Agents
import Executions
import StigmerProtos
import WireJSON

/// Writes log entries as `ExecutionEvent`s. Pieces of a message are written by hand: they are the token path.
public struct EventEncoder: Sendable {
    /// One JSON text a line.
    public static let lines = EventEncoder(framing: .lines)

    let framing: Framing

    /// Appends one entry.
    ///
    /// - Throws: what the encoding says of an event that it cannot carry; nothing of it is appended.
    public func append(_ entry: EventLog.Entry, to out: inout [UInt8]) throws {
        switch entry {
        case .event(let event):
            let bytes = try framing.encoding.encode(event)
            framing.append(to: &out, name: event.event?.name ?? "", id: event.cursor) { $0.append(contentsOf: bytes) }
        case .delta(let kind, let utf8, let cursor):
            let id = cursor.description
            switch framing.encoding {
            case .json:
                framing.append(to: &out, name: kind.eventName, id: id) { out in
                    EventEncoder.appendJSON(kind, utf8, cursor: id, to: &out)
                }
            case .proto:
                let bytes = try EventEncoder.proto(kind, utf8, cursor: id)
                framing.append(to: &out, name: kind.eventName, id: id) { $0.append(contentsOf: bytes) }
            }
        }
    }

    /// `{"cursor":"5.140","textDelta":{"text":" hello"}}`
    private static func appendJSON(
        _ kind: DeltaKind,
        _ utf8: UnsafeRawBufferPointer,
        cursor: String,
        to out: inout [UInt8]
    ) {
        var bytes: [UInt8] = []
        swap(&bytes, &out)
        var writer = JSONWriter(bytes)
        bytes = []
        writer.raw("{\"cursor\":\"")
        writer.bytes.append(contentsOf: cursor.utf8)
        writer.raw(kind == .text ? "\",\"textDelta\":{\"text\":" : "\",\"reasoningDelta\":{\"text\":")
        writer.string(utf8)
        writer.raw("}}")
        out = writer.bytes
    }

    private static func proto(
        _ kind: DeltaKind,
        _ utf8: UnsafeRawBufferPointer,
        cursor: String
    ) throws -> [UInt8] {
        let text = String(decoding: utf8, as: UTF8.self)
        let event = ExecutionEvent.with {
            $0.cursor = cursor
            $0.event = kind == .text ? .textDelta(.with { $0.text = text }) : .reasoningDelta(.with { $0.text = text })
        }
        return try event.serializedBytes()
    }
}

extension DeltaKind {
    fileprivate var eventName: String {
        switch self {
        case .text: "text_delta"
        case .reasoning: "reasoning_delta"
        }
    }
}

extension ExecutionEvent.Kind {
    /// The field's name, as `wire.md` lists the events.
    fileprivate var name: String {
        switch self {
        case .started: "started"
        case .textDelta: "text_delta"
        case .reasoningDelta: "reasoning_delta"
        case .messageCompleted: "message_completed"
        case .messageDiscarded: "message_discarded"
        case .toolCallStarted: "tool_call_started"
        case .toolCallCompleted: "tool_call_completed"
        case .todosUpdated: "todos_updated"
        case .subAgentStarted: "sub_agent_started"
        case .subAgentCompleted: "sub_agent_completed"
        case .progress: "progress"
        case .finished: "finished"
        }
    }
}
