import HTTPClient
import LLMConfiguration
import WireJSON

/// Anthropic's API, `POST /v1/messages`, and servers that speak it.
struct AnthropicProvider: ModelProvider {
    var profile: ProviderProfile { .anthropic }
    var displayName: String { "Anthropic" }
    var streamType: String { "text/event-stream" }

    func makeRequest(_ request: ModelRequest) -> HTTPClientRequest {
        let configuration = request.configuration
        let system = request.messages.filter { $0.role == .system && !$0.text.isEmpty }.map(\.text)
        var body = JSONWriter()
        body.object { body in
            body.key("model")
            body.string(configuration.model.value)
            body.key("max_tokens")
            // The API requires one; the cascade has a default.
            body.int(configuration.maxTokens.value ?? profile.defaultMaxTokens ?? 20_000)
            if !system.isEmpty {
                body.key("system")
                body.string(system.joined(separator: "\n\n"))
            }
            body.key("messages")
            body.array { body in
                var messages = request.messages.filter { $0.role != .system }[...]
                while let message = messages.popFirst() {
                    var results = message.role == .tool ? [message] : []
                    while !results.isEmpty, messages.first?.role == .tool, let next = messages.popFirst() {
                        results.append(next)
                    }
                    if results.isEmpty { message.writeAnthropic(to: &body) } else { body.toolResults(results) }
                }
            }
            body.anthropicTools(request.tools)
            body.key("stream")
            body.bool(true)
            if let temperature = configuration.temperature.value {
                body.key("temperature")
                body.double(temperature)
            }
        }
        var post = ModelHTTP.post(url(configuration, "/messages"), accept: streamType, body: body)
        authorize(&post, configuration)
        return post
    }

    func makeDecoder(for configuration: EffectiveConfiguration) -> any ModelStreamDecoder {
        AnthropicDecoder(ModelEndpoint(self, configuration))
    }

    func makeListRequest(_ configuration: EffectiveConfiguration) -> HTTPClientRequest {
        var get = ModelHTTP.get(url(configuration, "/models?limit=1000"))
        authorize(&get, configuration)
        return get
    }

    func models(in body: [UInt8]) throws -> [String] {
        try modelNames(in: body, list: "data", name: "id")
    }

    /// The address with or without `/v1` at its end.
    private func url(_ configuration: EffectiveConfiguration, _ path: String) -> String {
        let base = configuration.baseURL.value.withoutTrailingSlashes
            .dropping(suffix: "/messages")
            .dropping(suffix: "/v1")
        return base + "/v1" + path
    }

    private func authorize(_ request: inout HTTPClientRequest, _ configuration: EffectiveConfiguration) {
        request.set("anthropic-version", "2023-06-01")
        if let key = configuration.apiKey.value { request.set("x-api-key", key.reveal()) }
    }
}

// MARK: - On the wire

extension ModelMessage {
    fileprivate func writeAnthropic(to body: inout JSONWriter) {
        body.object { body in
            body.key("role")
            body.string(role == .assistant ? "assistant" : "user")
            body.key("content")
            if role == .user { return body.string(text) }
            body.array { body in
                for block in reasoning { block.writeAnthropic(to: &body) }
                // The API refuses an empty text.
                if !text.isEmpty {
                    body.object {
                        $0.key("type")
                        $0.string("text")
                        $0.key("text")
                        $0.string(text)
                    }
                }
                for call in toolCalls { call.writeAnthropic(to: &body) }
            }
        }
    }

    fileprivate func writeToolResult(to body: inout JSONWriter) {
        body.object {
            $0.key("type")
            $0.string("tool_result")
            $0.key("tool_use_id")
            $0.string(toolCallID ?? "")
            $0.key("content")
            $0.string(text)
            guard isToolFailure else { return }
            $0.key("is_error")
            $0.bool(true)
        }
    }
}

extension JSONWriter {
    /// The results of one turn's calls are one message: the API wants them all behind the message that calls.
    fileprivate mutating func toolResults(_ results: [ModelMessage]) {
        object { body in
            body.key("role")
            body.string("user")
            body.key("content")
            body.array { body in
                for result in results { result.writeToolResult(to: &body) }
            }
        }
    }

    fileprivate mutating func anthropicTools(_ tools: [ModelTool]) {
        guard !tools.isEmpty else { return }
        key("tools")
        array { body in
            for tool in tools {
                body.object { body in
                    body.key("name")
                    body.string(tool.name)
                    body.key("description")
                    body.string(tool.description)
                    body.key("input_schema")
                    body.value(tool.parameters)
                }
            }
        }
    }
}

extension ReasoningBlock {
    /// Unchanged, as the API demands: with its signature, or encrypted. One that has neither is another provider's.
    fileprivate func writeAnthropic(to body: inout JSONWriter) {
        if let redacted {
            body.object {
                $0.key("type")
                $0.string("redacted_thinking")
                $0.key("data")
                $0.string(redacted)
            }
        } else if let signature {
            body.object {
                $0.key("type")
                $0.string("thinking")
                $0.key("thinking")
                $0.string(text)
                $0.key("signature")
                $0.string(signature)
            }
        }
    }
}

extension ModelToolCall {
    fileprivate func writeAnthropic(to body: inout JSONWriter) {
        body.object {
            $0.key("type")
            $0.string("tool_use")
            $0.key("id")
            $0.string(id)
            $0.key("name")
            $0.string(name)
            $0.key("input")
            $0.arguments(arguments)
        }
    }
}
