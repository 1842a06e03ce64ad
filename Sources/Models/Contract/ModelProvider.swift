public import HTTPClient
public import HTTPTypes
public import LLMConfiguration

/// An API that serves models: how it is asked, how its answers are read, what its errors mean.
///
/// A provider knows no sockets and no clocks: ``ModelClient`` sends what it encodes and feeds what comes to its decoder.
/// To add one, write one file and name it in ``ModelProviders``.
public protocol ModelProvider: Sendable {
    /// Its name and defaults, for the cascade.
    var profile: ProviderProfile { get }
    /// Its name for people, as `Anthropic`.
    var displayName: String { get }
    /// The media type of its streams.
    var streamType: String { get }

    /// Encodes a request for a streamed answer.
    func makeRequest(_ request: ModelRequest) -> HTTPClientRequest

    /// A decoder for the answer to a request with that configuration.
    func makeDecoder(for configuration: EffectiveConfiguration) -> any ModelStreamDecoder

    /// What a response means that is no answer.
    func failure(
        status: Int,
        headers: HTTPFields,
        body: [UInt8],
        configuration: EffectiveConfiguration
    ) -> ModelFailure

    /// What to do when nobody answers at the configured address: the end of a sentence.
    var startHint: String { get }

    /// Does what has to be done before the request is sent.
    ///
    /// - Returns: the request to send instead.
    func prepare(
        _ request: ModelRequest,
        _ exchange: ModelExchange
    ) async throws(ModelFailure) -> ModelRequest

    /// Makes a model that ``failure(status:headers:body:configuration:)`` called not found available, if it can.
    ///
    /// - Returns: false if this provider cannot.
    /// - Throws: ``ModelFailure``, or whatever `emit` throws.
    func pull(
        _ configuration: EffectiveConfiguration,
        _ exchange: ModelExchange,
        _ emit: (ModelEvent) throws -> Void
    ) async throws -> Bool

    /// The request for the list of its models.
    func makeListRequest(_ configuration: EffectiveConfiguration) -> HTTPClientRequest

    /// The models' names in the answer to ``makeListRequest(_:)``.
    func models(in body: [UInt8]) throws -> [String]

    /// Whether `listed`, a name from the list, is what `model` asks for.
    func isSame(_ listed: String, as model: String) -> Bool
}

extension ModelProvider {
    /// Nothing has to be done.
    public func prepare(
        _ request: ModelRequest,
        _ exchange: ModelExchange
    ) async throws(ModelFailure) -> ModelRequest {
        request
    }

    /// Models cannot be pulled.
    public func pull(
        _ configuration: EffectiveConfiguration,
        _ exchange: ModelExchange,
        _ emit: (ModelEvent) throws -> Void
    ) async throws -> Bool {
        false
    }

    /// What most APIs mean by a status.
    public func failure(
        status: Int,
        headers: HTTPFields,
        body: [UInt8],
        configuration: EffectiveConfiguration
    ) -> ModelFailure {
        ModelEndpoint(self, configuration).failure(status: status, error: ProviderError(body: body))
    }

    /// Names are compared as they are.
    public func isSame(_ listed: String, as model: String) -> Bool { listed == model }

    /// Look at the address.
    public var startHint: String { "check base_url and the network" }
}
