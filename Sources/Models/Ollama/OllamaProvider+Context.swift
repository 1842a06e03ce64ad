import Failures
import LLMConfiguration
import WireJSON

extension OllamaProvider {
    /// Fits `num_ctx` to the prompt, unless the configuration sets one: Ollama's own default cuts a prompt in silence.
    ///
    /// - Throws: ``ModelFailure``: `not_found` for a model that is not pulled, `invalid_argument` with both figures
    ///   for a prompt that is longer than the model's context, and for a history that is longer than `num_ctx`.
    func prepare(
        _ request: ModelRequest,
        _ exchange: ModelExchange
    ) async throws(ModelFailure) -> ModelRequest {
        let configuration = request.configuration
        if let context = configuration.numCtx.value {
            // Ollama would cut the beginning off in silence; one message alone is the caller's own choice.
            let prompt = OllamaContexts.estimate(request)
            guard prompt < context || request.messages.count(where: { $0.role == .user }) == 1 else {
                throw tooLong(prompt, configuration, context)
            }
            return request
        }
        let key = contextKey(configuration)
        // Asked here and not below: most calls find it known, and then nothing waits.
        let known = contexts.length(of: key)
        let length = if let known { known } else { try await contextLength(configuration, exchange) }
        let prompt = OllamaContexts.estimate(request)
        if let length, prompt >= length {
            throw tooLong(prompt, configuration, length)
        }
        var request = request
        request.fittedContext = contexts.fit(
            prompt + (configuration.maxTokens.value ?? OllamaContexts.answerReserve),
            for: key
        )
        return request
    }

    private func tooLong(_ prompt: Int, _ configuration: EffectiveConfiguration, _ context: Int) -> ModelFailure {
        var failure = ModelFailure(
            .invalidArgument,
            "the prompt has about \(prompt) tokens and \(configuration.model.value) takes \(context): "
                + "shorten it or choose a model with a longer context"
        )
        failure.isPromptTooLong = true
        return failure
    }

    func contextKey(_ configuration: EffectiveConfiguration) -> OllamaContexts.Key {
        OllamaContexts.Key(baseURL: configuration.baseURL.value, model: configuration.model.value)
    }

    /// The model's context length from `/api/show`, which is then remembered; nil if the server does not say.
    private func contextLength(
        _ configuration: EffectiveConfiguration,
        _ exchange: ModelExchange
    ) async throws(ModelFailure) -> Int? {
        let key = contextKey(configuration)
        var body = JSONWriter()
        body.object {
            $0.key("model")
            $0.string(configuration.model.value)
        }
        let answer = try await exchange.send(post(configuration, "/api/show", body))
        if answer.status == 404, ProviderError(body: answer.body).message.contains("model") {
            throw notPulled(configuration)
        }
        if answer.status == 401 || answer.status == 403 {
            throw failure(
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
                configuration: configuration
            )
        }
        // A server that cannot say now is no reason to fail, and may be able to say the next time.
        guard answer.status == 200 else { return nil }
        do {
            let length = try Self.contextLength(in: answer.body)
            contexts.remember(length, for: key)
            return length
        } catch {
            return nil
        }
    }

    /// `model_info["<architecture>.context_length"]`.
    static func contextLength(in body: [UInt8]) throws -> Int? {
        var architecture: String?
        var lengths: [String: Int] = [:]
        try body.withUnsafeBytes { bytes in
            try JSONReader.read(bytes) { reader in
                try reader.readObject { key, reader in
                    guard key == "model_info" else { return }
                    try reader.readOptionalObject { key, reader in
                        if key == "general.architecture" { architecture = try reader.readOptionalString() }
                        let name = key.string
                        if name.hasSuffix(".context_length"), try reader.peekKind() == .number {
                            lengths[name] = try reader.readInt()
                        }
                    }
                }
            }
        }
        // Parts of a model, its eyes for example, have lengths of their own.
        let length =
            if let architecture {
                lengths["\(architecture).context_length"]
            } else {
                lengths.count == 1 ? lengths.first?.value : nil
            }
        return length.flatMap { $0 > 0 ? $0 : nil }
    }
}
