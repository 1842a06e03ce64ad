import LineStreams
import Failures
import WireJSON

/// Reads the stream of `/api/chat`: one JSON object a line, the last one with `"done": true`.
final class OllamaDecoder: ModelStreamDecoder {
    private let endpoint: ModelEndpoint
    private var lines = LineDecoder()
    private var callCount = 0
    private(set) var isComplete = false
    private(set) var pieces = 0

    init(_ endpoint: ModelEndpoint) {
        self.endpoint = endpoint
    }

    func decode(_ bytes: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        do {
            try lines.decode(bytes) { try read($0, emit) }
        } catch let error as LineDecoder.TooLong {
            throw endpoint.tooLong(error)
        }
    }

    func finish(_ emit: (ModelEvent) throws -> Void) throws {
        try lines.finish { line in
            // A last line that is no whole JSON was cut, whatever HTTP says of the end.
            do { try JSONReader.read(line) { try $0.skipValue() } } catch { return }
            try read(line, emit)
        }
        guard isComplete else { throw endpoint.incomplete("\"done\"") }
    }

    private func read(_ bytes: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        if isComplete || bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return }
        do {
            try emitAll(of: JSONReader.read(bytes) { try Line(&$0) }, emit)
        } catch {
            throw endpoint.reading(bytes, error)
        }
    }

    private func emitAll(of line: Line, _ emit: (ModelEvent) throws -> Void) throws {
        if let error = line.error { throw endpoint.failure(inStream: error) }
        if let text = line.thinking, !text.isEmpty {
            pieces += 1
            try text.withBytes { try emit(.reasoning($0)) }
        }
        if let text = line.content, !text.isEmpty {
            pieces += 1
            try text.withBytes { try emit(.text($0)) }
        }
        for call in line.calls {
            pieces += 1
            guard callCount < ToolCallGatherer.maximumCalls else {
                throw ModelFailure(.internal, "\(endpoint.place) sent more tool calls than can be held")
            }
            var call = call
            if call.id.isEmpty { call.id = "call_\(callCount)" }
            callCount += 1
            try emit(.toolCall(call))
        }
        guard line.isDone else { return }
        let reason = line.doneReason?.string ?? "stop"
        if reason == "load" {
            throw ModelFailure(.internal, "\(endpoint.place) loaded the model and did not answer", isRetryable: true)
        }
        isComplete = true
        try emit(.usage(line.usage))
        try emit(.stop(reason == "stop" && callCount > 0 ? .toolCalls : StopReason(rawValue: reason)))
    }
}

// MARK: - On the wire

private struct Line {
    var content: JSONText?
    var thinking: JSONText?
    var calls: [ModelToolCall] = []
    var isDone = false
    var doneReason: JSONText?
    var usage = ModelUsage()
    var error: ProviderError?

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "message": try reader.readOptionalObject { key, reader in try readMessage(key, &reader) }
            case "done": isDone = try reader.readOptionalBool() ?? false
            case "done_reason": doneReason = try reader.readOptionalText()
            case "prompt_eval_count": usage.inputTokens = try reader.readOptionalInt() ?? 0
            case "eval_count": usage.outputTokens = try reader.readOptionalInt() ?? 0
            case "error": if try !reader.readNullIfPresent() { error = try ProviderError(&reader) }
            default: break
            }
        }
    }

    private mutating func readMessage(_ key: JSONText, _ reader: inout JSONReader) throws {
        switch key {
        case "content": content = try reader.readOptionalText()
        case "thinking": thinking = try reader.readOptionalText()
        case "tool_calls": try reader.readOptionalArray { calls.append(try Self.call(&$0)) }
        default: break
        }
    }

    private static func call(_ reader: inout JSONReader) throws -> ModelToolCall {
        var call = ModelToolCall(id: "", name: "", arguments: "{}")
        try reader.readObject { key, reader in
            switch key {
            case "id": call.id = try reader.readOptionalString() ?? ""
            case "function":
                try reader.readObject { key, reader in
                    switch key {
                    case "name": call.name = try reader.readString()
                    // An object by the book; a string of one from some models' templates.
                    case "arguments":
                        if try reader.peekKind() == .string {
                            call.arguments = try reader.readString()
                        } else if try !reader.readNullIfPresent() {
                            call.arguments = String(decoding: try reader.readRaw(), as: UTF8.self)
                        }
                    default: break
                    }
                }
            default: break
            }
        }
        return call
    }
}
