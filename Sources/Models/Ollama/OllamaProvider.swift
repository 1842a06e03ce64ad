import HTTPClient
import HTTPTypes
import LLMConfiguration
import WireJSON

/// Ollama's own API, `POST /api/chat`; its OpenAI-like one ignores `num_ctx`.
struct OllamaProvider: ModelProvider {
    var profile: ProviderProfile { .ollama }
    var displayName: String { "Ollama" }
    var streamType: String { "application/x-ndjson" }
    var startHint: String { "start it with \"ollama serve\"" }

    /// What this provider was told of models, and must remember.
    let contexts = OllamaContexts()

    func makeRequest(_ request: ModelRequest) -> HTTPClientRequest {
        let configuration = request.configuration
        var body = JSONWriter()
        body.bytes.reserveCapacity(512)
        body.object { body in
            body.key("model")
            body.string(configuration.model.value)
            body.key("messages")
            body.array { body in
                for message in request.messages { message.writeOllama(to: &body) }
            }
            body.functions(request.tools)
            body.key("stream")
            body.bool(true)
            body.key("options")
            body.object { options in
                if let numCtx = configuration.numCtx.value ?? request.fittedContext {
                    options.key("num_ctx")
                    options.int(numCtx)
                }
                if let temperature = configuration.temperature.value {
                    options.key("temperature")
                    options.double(temperature)
                }
                if let maxTokens = configuration.maxTokens.value {
                    options.key("num_predict")
                    options.int(maxTokens)
                }
            }
        }
        return post(configuration, "/api/chat", body)
    }

    func makeDecoder(for configuration: EffectiveConfiguration) -> any ModelStreamDecoder {
        OllamaDecoder(ModelEndpoint(self, configuration))
    }

    func failure(
        status: Int,
        headers: HTTPFields,
        body: [UInt8],
        configuration: EffectiveConfiguration
    ) -> ModelFailure {
        let endpoint = ModelEndpoint(self, configuration)
        let error = ProviderError(body: body)
        // Ollama answers 404 in JSON for a model; a 404 without is another server's.
        if status == 404, error.message.contains("model") {
            contexts.forget(contextKey(configuration))
            return notPulled(configuration)
        }
        return endpoint.failure(status: status, error: error)
    }

    func makeListRequest(_ configuration: EffectiveConfiguration) -> HTTPClientRequest {
        var get = ModelHTTP.get(url(configuration, "/api/tags"))
        get.authorize(bearer: configuration.apiKey.value)
        return get
    }

    func models(in body: [UInt8]) throws -> [String] {
        try modelNames(in: body, list: "models", name: "name")
    }

    /// A name without a tag means the tag `latest`.
    func isSame(_ listed: String, as model: String) -> Bool {
        listed == model || listed == model + ":latest"
    }

    func notPulled(_ configuration: EffectiveConfiguration) -> ModelFailure {
        let model = configuration.model.value
        let place = ModelEndpoint(self, configuration).place
        return ModelFailure(.notFound, "\(place) has no model \"\(model)\": pull it with \"ollama pull \(model)\"")
    }

    func post(_ configuration: EffectiveConfiguration, _ path: String, _ body: JSONWriter) -> HTTPClientRequest {
        var post = ModelHTTP.post(url(configuration, path), accept: streamType, body: body)
        post.authorize(bearer: configuration.apiKey.value)
        return post
    }

    /// The address, less the `/v1` or `/api` that people write out of habit.
    private func url(_ configuration: EffectiveConfiguration, _ path: String) -> String {
        let base = configuration.baseURL.value.withoutTrailingSlashes
        return base.dropping(suffix: "/v1").dropping(suffix: "/api") + path
    }
}

// MARK: - On the wire

extension ModelMessage {
    fileprivate func writeOllama(to body: inout JSONWriter) {
        body.object { body in
            body.key("role")
            switch role {
            case .system: body.string("system")
            case .user: body.string("user")
            case .assistant: body.string("assistant")
            case .tool: body.string("tool")
            }
            body.key("content")
            body.string(text)
            let thinking = reasoning.map(\.text).joined()
            if !thinking.isEmpty {
                body.key("thinking")
                body.string(thinking)
            }
            if role == .tool, let toolName {
                body.key("tool_name")
                body.string(toolName)
            }
            guard !toolCalls.isEmpty else { return }
            body.key("tool_calls")
            body.array { body in
                for call in toolCalls { call.writeOllama(to: &body) }
            }
        }
    }
}

extension ModelToolCall {
    fileprivate func writeOllama(to body: inout JSONWriter) {
        body.object { body in
            body.key("function")
            body.object {
                $0.key("name")
                $0.string(name)
                $0.key("arguments")
                $0.arguments(arguments)
            }
        }
    }
}
