import WireJSON

/// What a provider says about its own failure, in any of the shapes that are about.
///
/// - `{"error": {"type": …, "message": …, "code": …}}`: OpenAI, Anthropic (with `"type": "error"` beside it), llama.cpp
/// - `{"error": "…"}`: Ollama
/// - `{"message": …}`, `{"detail": "…"}`: gateways
struct ProviderError {
    /// The provider's sentence.
    var message = ""
    /// Its word for the kind, as `overloaded_error` or `insufficient_quota`.
    var kinds: [String] = []
    /// An HTTP status given inside the body.
    var status: Int?

    /// Reads a response's body. One that is not JSON says nothing, unless it is a short line of plain text.
    init(body: [UInt8]) {
        do {
            try body.withUnsafeBytes { try JSONReader.read($0) { try readBody(&$0) } }
        } catch {
            let text = String(decoding: body.prefix(300), as: UTF8.self)
            if !text.contains("<") { message = text }
        }
    }

    /// Reads the value of an `error` member.
    init(_ reader: inout JSONReader) throws {
        try readError(&reader)
    }

    private mutating func readBody(_ reader: inout JSONReader) throws {
        var spare = ""
        try reader.readObject { key, reader in
            switch key {
            case "error": try readError(&reader)
            case "message", "detail": if try reader.peekKind() == .string { spare = try reader.readString() }
            default: break
            }
        }
        if message.isEmpty { message = spare }
    }

    private mutating func readError(_ reader: inout JSONReader) throws {
        switch try reader.peekKind() {
        case .string: message = try reader.readString()
        case .object: try reader.readObject { key, reader in try readMember(key, &reader) }
        default: try reader.skipValue()
        }
    }

    private mutating func readMember(_ key: JSONText, _ reader: inout JSONReader) throws {
        let kind = try reader.peekKind()
        switch key {
        case "message": if kind == .string { message = try reader.readString() }
        case "type": if kind == .string { kinds.append(try reader.readString()) }
        case "code":
            if kind == .string {
                let code = try reader.readString()
                if let number = Int(code) { status = number } else { kinds.append(code) }
            } else if kind == .number {
                status = try? reader.readInt()
            }
        default: break
        }
    }

    /// The HTTP status that the words stand for, for errors inside a stream.
    var impliedStatus: Int? {
        if let status, (400..<600).contains(status) { return status }
        return kinds.lazy.compactMap { Self.statuses[$0] }.first
    }

    /// Whether waiting does not help, although the status says so.
    var isQuota: Bool { kinds.contains("insufficient_quota") || kinds.contains("billing_error") }

    /// Whether it says that the conversation does not fit into the model's context.
    ///
    /// By code: OpenAI's and llama.cpp's; by words: Anthropic's `prompt is too long: 208310 tokens > 200000 maximum` and
    /// OpenAI's `This model's maximum context length is 8192 tokens`, which vLLM and others repeat.
    var isPromptTooLong: Bool {
        kinds.contains("context_length_exceeded") || kinds.contains("exceed_context_size_error")
            || message.hasPrefix("prompt is too long") || message.contains("maximum context length")
            || message.contains("exceeds the available context size")
    }

    // Anthropic's error types and OpenAI's types and codes, from their API references.
    private static let statuses = [
        "invalid_request_error": 400, "context_length_exceeded": 400, "exceed_context_size_error": 400,
        "authentication_error": 401, "invalid_api_key": 401, "billing_error": 402, "permission_error": 403,
        "not_found_error": 404, "model_not_found": 404, "request_too_large": 413, "rate_limit_error": 429,
        "rate_limit_exceeded": 429, "insufficient_quota": 429, "api_error": 500, "server_error": 500,
        "internal_server_error": 500, "unavailable_error": 503, "timeout_error": 504, "overloaded_error": 529,
    ]
}
