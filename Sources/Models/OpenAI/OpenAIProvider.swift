import HTTPClient
import LLMConfiguration
import WireJSON

/// OpenAI's chat API, `POST /v1/chat/completions`, and every server that speaks it.
struct OpenAIProvider: ModelProvider {
    var profile: ProviderProfile { .openai }
    var displayName: String { "OpenAI API" }
    var streamType: String { "text/event-stream" }

    func makeRequest(_ request: ModelRequest) -> HTTPClientRequest {
        let configuration = request.configuration
        let isReasoning = isReasoningModel(configuration)
        var body = JSONWriter()
        body.object { body in
            body.key("model")
            body.string(configuration.model.value)
            body.key("messages")
            body.array { body in
                for message in request.messages { message.writeOpenAI(to: &body) }
            }
            body.functions(request.tools)
            body.key("stream")
            body.bool(true)
            body.key("stream_options")
            body.object {
                $0.key("include_usage")
                $0.bool(true)
            }
            if let temperature = configuration.temperature.value, !isReasoning {
                body.key("temperature")
                body.double(temperature)
            }
            if let maxTokens = configuration.maxTokens.value {
                body.key(isReasoning ? "max_completion_tokens" : "max_tokens")
                body.int(maxTokens)
            }
        }
        var post = ModelHTTP.post(url(configuration, "/chat/completions"), accept: streamType, body: body)
        post.authorize(bearer: configuration.apiKey.value)
        return post
    }

    func makeDecoder(for configuration: EffectiveConfiguration) -> any ModelStreamDecoder {
        OpenAIDecoder(ModelEndpoint(self, configuration))
    }

    func makeListRequest(_ configuration: EffectiveConfiguration) -> HTTPClientRequest {
        var get = ModelHTTP.get(url(configuration, "/models"))
        get.authorize(bearer: configuration.apiKey.value)
        return get
    }

    func models(in body: [UInt8]) throws -> [String] {
        try modelNames(in: body, list: "data", name: "id")
    }

    /// An address without a path gets the `/v1` that people forget; one that ends in it, or in the whole path, is kept.
    private func url(_ configuration: EffectiveConfiguration, _ path: String) -> String {
        let base = configuration.baseURL.value.withoutTrailingSlashes.dropping(suffix: "/chat/completions")
        return base + (ModelHTTP.path(of: base).isEmpty ? "/v1" : "") + path
    }

    /// OpenAI's own reasoning models take `max_completion_tokens` and refuse a temperature; other servers know neither.
    private func isReasoningModel(_ configuration: EffectiveConfiguration) -> Bool {
        guard configuration.baseURL.value.lowercased().hasPrefix("https://api.openai.com") else { return false }
        let model = configuration.model.value.lowercased()
        if model.hasPrefix("gpt-5-chat") { return false }
        return ["o1", "o3", "o4", "gpt-5"].contains { model.hasPrefix($0) }
    }
}

// MARK: - On the wire

extension ModelMessage {
    fileprivate func writeOpenAI(to body: inout JSONWriter) {
        body.object { body in
            body.key("role")
            switch role {
            case .system: body.string("system")
            case .user: body.string("user")
            case .assistant: body.string("assistant")
            case .tool: body.string("tool")
            }
            body.key("content")
            if text.isEmpty && !toolCalls.isEmpty { body.null() } else { body.string(text) }
            if role == .tool, let toolCallID {
                body.key("tool_call_id")
                body.string(toolCallID)
            }
            guard !toolCalls.isEmpty else { return }
            body.key("tool_calls")
            body.array { body in
                for call in toolCalls { call.writeOpenAI(to: &body) }
            }
        }
    }
}

extension ModelToolCall {
    fileprivate func writeOpenAI(to body: inout JSONWriter) {
        body.object { body in
            body.key("id")
            body.string(id)
            body.key("type")
            body.string("function")
            body.key("function")
            body.object {
                $0.key("name")
                $0.string(name)
                $0.key("arguments")
                $0.string(arguments)
            }
        }
    }
}
