import LineStreams
import Failures
import WireJSON

/// Reads the stream of `/v1/chat/completions`: chunks, then one with `finish_reason`, then perhaps one with the usage,
/// then `[DONE]`.
///
/// `finish_reason` is the model's own end; `[DONE]` only says that nothing follows, and some servers leave it out, or
/// even the end of the body.
final class OpenAIDecoder: ModelStreamDecoder {
    private let endpoint: ModelEndpoint
    private var events = SSEDecoder()
    private var calls = ToolCallGatherer()
    private var hasFinished = false
    var mayEnd: Bool { hasFinished }
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
        guard isComplete || hasFinished else { throw endpoint.incomplete("a finish_reason") }
    }

    private func read(_ data: UnsafeRawBufferPointer, _ emit: (ModelEvent) throws -> Void) throws {
        if data.elementsEqual("[DONE]".utf8) {
            // Without a finish_reason nobody knows whether the model was done.
            guard hasFinished else { throw endpoint.incomplete("a finish_reason") }
            isComplete = true
            return
        }
        let chunk = try JSONReader.read(data) { try Chunk(&$0) }
        if let error = chunk.error { throw endpoint.failure(inStream: error) }
        if let text = chunk.choice.reasoning, !text.isEmpty {
            pieces += 1
            try text.withBytes { try emit(.reasoning($0)) }
        }
        if let text = chunk.choice.text, !text.isEmpty {
            pieces += 1
            try text.withBytes { try emit(.text($0)) }
        }
        for piece in chunk.choice.calls {
            pieces += 1
            guard calls.add(piece) else {
                throw ModelFailure(.internal, "\(endpoint.place) sent more tool calls than can be held")
            }
        }
        if let reason = chunk.choice.finishReason {
            pieces += 1
            hasFinished = true
            for call in calls.take() { try emit(.toolCall(call)) }
            try emit(.stop(Self.stopReason(reason.string)))
        }
        if let usage = chunk.usage { try emit(.usage(usage)) }
    }

    private static func stopReason(_ word: String) -> StopReason {
        word == "function_call" ? .toolCalls : StopReason(rawValue: word)
    }
}

// MARK: - On the wire

private struct Chunk {
    var choice = Choice()
    var usage: ModelUsage?
    var error: ProviderError?

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "choices":
                var isFirst = true
                try reader.readOptionalArray { reader in
                    if isFirst { try choice.read(&reader) } else { try reader.skipValue() }
                    isFirst = false
                }
            case "usage": try readUsage(&reader)
            case "error": if try !reader.readNullIfPresent() { error = try ProviderError(&reader) }
            default: break
            }
        }
    }

    private mutating func readUsage(_ reader: inout JSONReader) throws {
        if try reader.readNullIfPresent() { return }
        var usage = ModelUsage()
        try reader.readObject { key, reader in
            switch key {
            case "prompt_tokens": usage.inputTokens = try reader.readOptionalInt() ?? 0
            case "completion_tokens": usage.outputTokens = try reader.readOptionalInt() ?? 0
            case "prompt_tokens_details":
                try reader.readOptionalObject { key, reader in
                    if key == "cached_tokens" { usage.cachedInputTokens = try reader.readOptionalInt() ?? 0 }
                }
            default: break
            }
        }
        self.usage = usage
    }
}

private struct Choice {
    var text: JSONText?
    var reasoning: JSONText?
    var calls: [ToolCallGatherer.Piece] = []
    var finishReason: JSONText?

    mutating func read(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "delta": try reader.readOptionalObject { key, reader in try readDelta(key, &reader) }
            case "finish_reason": finishReason = try reader.readOptionalText()
            default: break
            }
        }
    }

    private mutating func readDelta(_ key: JSONText, _ reader: inout JSONReader) throws {
        switch key {
        case "content": text = try reader.readOptionalText() ?? text
        // A refusal is what the model says instead of an answer.
        case "refusal": text = try reader.readOptionalText() ?? text
        // DeepSeek, vLLM and llama.cpp write the first, OpenRouter and newer vLLM the second, some write both.
        case "reasoning_content": reasoning = try reader.readOptionalText() ?? reasoning
        case "reasoning":
            if try reader.peekKind() == .string, reasoning == nil { reasoning = try reader.readText() }
        case "tool_calls":
            try reader.readOptionalArray { calls.append(try Self.call(&$0, default: calls.count)) }
        default: break
        }
    }

    private static func call(_ reader: inout JSONReader, default index: Int) throws -> ToolCallGatherer.Piece {
        var piece = ToolCallGatherer.Piece(index: index)
        try reader.readObject { key, reader in
            switch key {
            case "index": piece.index = try reader.readOptionalInt() ?? index
            case "id": piece.id = try reader.readOptionalString()
            case "function":
                try reader.readOptionalObject { key, reader in
                    switch key {
                    case "name": piece.name = try reader.readOptionalString()
                    case "arguments":
                        // A string by the book; some servers send the object itself.
                        if try reader.peekKind() == .object {
                            piece.arguments = String(decoding: try reader.readRaw(), as: UTF8.self)
                        } else {
                            piece.arguments = try reader.readOptionalString() ?? ""
                        }
                    default: break
                    }
                }
            default: break
            }
        }
        return piece
    }
}
