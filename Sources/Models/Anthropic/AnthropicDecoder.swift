import LineStreams
import Failures
import WireJSON

/// Reads the stream of `/v1/messages`: `message_start`, blocks with their deltas, `message_delta`, `message_stop`.
///
/// Events of other types, `ping` among them, are passed over, as the API's reference asks.
final class AnthropicDecoder: ModelStreamDecoder {
    private let endpoint: ModelEndpoint
    private var events = SSEDecoder()
    private var calls = ToolCallGatherer()
    private var usage = UsageCount()
    private(set) var isComplete = false
    private(set) var pieces = 0

    init(_ endpoint: ModelEndpoint) {
        self.endpoint = endpoint
    }

    func decode(_ bytes: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        do {
            try events.decode(bytes) { data in
                if isComplete { return }
                do {
                    try read(data, emit)
                } catch {
                    throw endpoint.reading(data, error)
                }
            }
        } catch let error as LineDecoder.TooLong {
            throw endpoint.tooLong(error)
        }
    }

    func finish(_ emit: (ModelEvent) throws -> Void) throws {
        guard isComplete else { throw endpoint.incomplete("message_stop") }
    }

    private func read(_ data: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        let event = try JSONReader.read(data) { try Event(&$0) }
        if let error = event.error { throw endpoint.failure(inStream: error) }
        guard let type = event.type else { return }
        switch type {
        case "content_block_delta":
            pieces += 1
            try read(event.delta, of: event.index, emit)
        case "content_block_start":
            pieces += 1
            try start(event.block, event.index, emit)
        case "content_block_stop":
            if let call = calls.take(index: event.index) { try emit(.toolCall(call)) }
        case "message_start":
            usage.update(event.usage)
            try emit(.usage(usage.total))
        case "message_delta":
            pieces += 1
            usage.update(event.usage)
            try emit(.usage(usage.total))
            if let reason = event.delta.stopReason { try emit(.stop(Self.stopReason(reason.string))) }
        case "message_stop":
            isComplete = true
        default:
            break
        }
    }

    private func start(_ block: Block, _ index: Int, _ emit: (ModelEvent) throws -> Void) throws {
        guard let type = block.type else { return }
        switch type {
        case "text":
            if let text = block.text, !text.isEmpty { try text.withBytes { try emit(.text($0)) } }
        case "thinking":
            if let text = block.thinking, !text.isEmpty { try text.withBytes { try emit(.reasoning($0)) } }
        case "redacted_thinking":
            if let data = block.data { try emit(.redactedReasoning(data.string)) }
        case "tool_use":
            // The input follows in pieces; a whole one may stand here already, an empty one is only its place.
            let input = block.input.map { String(decoding: $0, as: UTF8.self) } ?? ""
            let piece = ToolCallGatherer.Piece(
                index: index,
                id: block.id?.string,
                name: block.name?.string,
                arguments: input == "{}" || input == "null" ? "" : input
            )
            try add(piece)
        default:
            break
        }
    }

    private func read(_ delta: Delta, of index: Int, _ emit: (ModelEvent) throws -> Void) throws {
        guard let type = delta.type else { return }
        switch type {
        case "text_delta":
            guard let text = delta.text else { throw missing("text") }
            if !text.isEmpty { try text.withBytes { try emit(.text($0)) } }
        case "thinking_delta":
            guard let text = delta.thinking else { throw missing("thinking") }
            if !text.isEmpty { try text.withBytes { try emit(.reasoning($0)) } }
        case "signature_delta":
            if let signature = delta.signature { try emit(.reasoningSignature(signature.string)) }
        case "input_json_delta":
            if let json = delta.partialJSON {
                try add(ToolCallGatherer.Piece(index: index, arguments: json.string))
            }
        default:
            break
        }
    }

    /// An answer that lacks a piece must not pass for whole.
    private func missing(_ name: String) -> ModelFailure {
        ModelFailure(
            .internal,
            "\(endpoint.place) sent something that is not its API's: a \(name)_delta without \(name)"
        )
    }

    private func add(_ piece: ToolCallGatherer.Piece) throws {
        guard calls.add(piece) else {
            throw ModelFailure(.internal, "\(endpoint.place) sent more tool calls than can be held")
        }
    }

    private static func stopReason(_ word: String) -> StopReason {
        switch word {
        case "end_turn", "stop_sequence": .stop
        case "max_tokens", "model_context_window_exceeded": .length
        case "tool_use": .toolCalls
        case "refusal": .contentFilter
        default: StopReason(rawValue: word)
        }
    }
}

// MARK: - On the wire

/// Types of events that nobody knows yet may use these names for values of other kinds.
private struct Event {
    var type: JSONText?
    var index = 0
    var delta = Delta()
    var block = Block()
    var usage = UsageCount()
    var error: ProviderError?

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "type": type = try reader.readTextIfString()
            case "index": index = try reader.readOptionalInt() ?? 0
            case "delta": try reader.readObjectIfPresent { key, reader in try delta.read(key, &reader) }
            case "content_block": try reader.readObjectIfPresent { key, reader in try block.read(key, &reader) }
            case "usage": try usage.read(&reader)
            case "message":
                // An error of another shape may have a sentence here.
                try reader.readObjectIfPresent { key, reader in
                    if key == "usage" { try usage.read(&reader) }
                }
            case "error": if try !reader.readNullIfPresent() { error = try ProviderError(&reader) }
            default: break
            }
        }
    }
}

private struct Delta {
    var type: JSONText?
    var text: JSONText?
    var thinking: JSONText?
    var signature: JSONText?
    var partialJSON: JSONText?
    var stopReason: JSONText?

    mutating func read(_ key: JSONText, _ reader: inout JSONReader) throws {
        switch key {
        case "type": type = try reader.readTextIfString()
        case "text": text = try reader.readTextIfString()
        case "thinking": thinking = try reader.readTextIfString()
        case "signature": signature = try reader.readTextIfString()
        case "partial_json": partialJSON = try reader.readTextIfString()
        case "stop_reason": stopReason = try reader.readTextIfString()
        default: break
        }
    }
}

private struct Block {
    var type: JSONText?
    var text: JSONText?
    var thinking: JSONText?
    var data: JSONText?
    var id: JSONText?
    var name: JSONText?
    var input: UnsafeRawBufferPointer?

    mutating func read(_ key: JSONText, _ reader: inout JSONReader) throws {
        switch key {
        case "type": type = try reader.readTextIfString()
        case "text": text = try reader.readTextIfString()
        case "thinking": thinking = try reader.readTextIfString()
        case "data": data = try reader.readTextIfString()
        case "id": id = try reader.readTextIfString()
        case "name": name = try reader.readTextIfString()
        case "input": input = try reader.readRaw()
        default: break
        }
    }
}

/// Anthropic counts apart what it took from its cache and what it put there, and its counts are totals so far.
private struct UsageCount {
    var input: Int?
    var cacheRead: Int?
    var cacheCreation: Int?
    var output: Int?

    mutating func read(_ reader: inout JSONReader) throws {
        try reader.readOptionalObject { key, reader in
            switch key {
            case "input_tokens": input = try reader.readOptionalInt()
            case "cache_read_input_tokens": cacheRead = try reader.readOptionalInt()
            case "cache_creation_input_tokens": cacheCreation = try reader.readOptionalInt()
            case "output_tokens": output = try reader.readOptionalInt()
            default: break
            }
        }
    }

    mutating func update(_ later: UsageCount) {
        input = later.input ?? input
        cacheRead = later.cacheRead ?? cacheRead
        cacheCreation = later.cacheCreation ?? cacheCreation
        output = later.output ?? output
    }

    var total: ModelUsage {
        ModelUsage(
            inputTokens: Self.sane(input) + Self.sane(cacheRead) + Self.sane(cacheCreation),
            outputTokens: Self.sane(output),
            cachedInputTokens: Self.sane(cacheRead)
        )
    }

    /// A count within bounds that no answer reaches, so that a sum cannot overflow.
    private static func sane(_ count: Int?) -> Int { min(max(count ?? 0, 0), 1 << 40) }
}
