public import EventLoop
import Failures
public import LLMConfiguration

extension ModelClient {
    /// The names of the models that the configured provider offers right now.
    ///
    /// Call it from a task that runs on `loop`.
    public func listModels(
        _ configuration: EffectiveConfiguration,
        on loop: EventLoop
    ) async throws(ModelFailure) -> [String] {
        let provider = try provider(of: configuration)
        return try await listModels(provider, exchange(provider, configuration, loop))
    }

    private func listModels(
        _ provider: some ModelProvider,
        _ exchange: ModelExchange
    ) async throws(ModelFailure) -> [String] {
        let answer = try await exchange.send(provider.makeListRequest(exchange.configuration))
        guard answer.status == 200 else {
            throw provider.failure(
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
                configuration: exchange.configuration
            )
        }
        do {
            return try provider.models(in: answer.body)
        } catch {
            throw ModelFailure(
                .internal,
                "\(exchange.endpoint.place) answers with something that is no list of models (\(error)): check base_url"
            )
        }
    }

    /// Looks whether a call with that configuration can succeed: the key, the server, the model.
    ///
    /// Call it from a task that runs on `loop`.
    public func check(_ configuration: EffectiveConfiguration, on loop: EventLoop) async -> [ModelCheck] {
        let provider: any ModelProvider
        do {
            provider = try self.provider(of: configuration)
        } catch {
            return [ModelCheck(.server, error.message, error)]
        }
        let key = Self.checkKey(provider, configuration)
        do {
            let models = try await listModels(configuration, on: loop)
            let server = ModelCheck(.server, "\(provider.displayName) answers at \(configuration.baseURL.value)")
            return [key, server, Self.checkModel(provider, configuration, models)]
        } catch {
            return [key, ModelCheck(.server, error.message, error)]
        }
    }

    private static func checkKey(_ provider: any ModelProvider, _ configuration: EffectiveConfiguration) -> ModelCheck {
        if let key = configuration.apiKey.value {
            return ModelCheck(.key, "key \(key.redacted) from \(configuration.apiKey.origin)")
        }
        let profile = provider.profile
        guard profile.requiresKeyAtDefaultAddress, configuration.baseURL.value == profile.defaultBaseURL else {
            return ModelCheck(.key, "no key, and none is needed at \(configuration.baseURL.value)")
        }
        let names = (profile.apiKeyVariables.isEmpty ? ["STIGMER_LLM_API_KEY"] : profile.apiKeyVariables)
            .joined(separator: " or ")
        let message = "\(provider.displayName) needs a key: set \(names)"
        return ModelCheck(.key, message, ModelFailure(.failedPrecondition, message))
    }

    private static func checkModel(
        _ provider: any ModelProvider,
        _ configuration: EffectiveConfiguration,
        _ models: [String]
    ) -> ModelCheck {
        let model = configuration.model.value
        if models.contains(where: { provider.isSame($0, as: model) }) {
            return ModelCheck(.model, "model \"\(model)\" is there")
        }
        let error = #"{"error":"model is not in the list"}"#
        let failure = provider.failure(
            status: 404,
            headers: [:],
            body: Array(error.utf8),
            configuration: configuration
        )
        return ModelCheck(.model, failure.message, failure)
    }
}
