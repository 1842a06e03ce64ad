import EventLoop
public import HTTPClient
public import HTTPTypes
import LLMConfiguration

/// The network, for what a provider has to ask besides the model: with the clocks and the limits of the house.
public struct ModelExchange: Sendable {
    /// The answer to a request.
    public struct Answer: Sendable {
        /// The status code.
        public let status: Int
        /// The header fields.
        public let headers: HTTPFields
        /// The body.
        public let body: [UInt8]
    }

    /// How long an answer may be that is no stream, in bytes. Ollama's `/api/show` lists every tensor.
    static let maximumBody = 16 << 20
    /// How long an error's body may be, in bytes.
    static let maximumErrorBody = 64 << 10

    let http: HTTPClient
    let loop: EventLoop
    let clocks: ModelClocks
    let endpoint: ModelEndpoint
    let configuration: EffectiveConfiguration

    /// Sends a request and reads the whole answer, whatever its status; by a clock of its own, as no model is asked.
    public func send(_ request: HTTPClientRequest) async throws(ModelFailure) -> Answer {
        let deadline = ContinuousClock.now + clocks.connect + clocks.question
        let response = try await head(request, within: clocks.connect + clocks.question, .question)
        do {
            let body = try await response.collect(upTo: Self.maximumBody, within: deadline - .now)
            return Answer(status: response.status, headers: response.headers, body: body)
        } catch {
            throw endpoint.failure(error, .question, clocks)
        }
    }

    /// Sends a request and hands the body to `read` as it comes.
    ///
    /// - Throws: ``ModelFailure`` for a status other than 200 and for a body that is cut; whatever `read` throws.
    public func stream(
        _ request: HTTPClientRequest,
        _ provider: some ModelProvider,
        _ read: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let response = try await head(request)
        guard response.status == 200 else { throw await failure(of: response, provider) }
        do {
            while try await response.next(within: clocks.firstToken, read) {}
        } catch let error as HTTPClientError {
            throw endpoint.failure(error, .firstToken, clocks)
        }
    }

    /// Sends a request to a model and waits for the head of its response.
    func head(_ request: HTTPClientRequest) async throws(ModelFailure) -> HTTPClientResponse {
        try await head(request, within: clocks.firstToken, .head)
    }

    private func head(
        _ request: HTTPClientRequest,
        within limit: Duration,
        _ phase: ModelEndpoint.Phase
    ) async throws(ModelFailure) -> HTTPClientResponse {
        var request = request
        request.connectTimeout = clocks.connect
        do {
            return try await http.send(request, on: loop, headTimeout: limit)
        } catch {
            throw endpoint.failure(error, phase, clocks)
        }
    }

    /// What a response means that is no answer.
    func failure(of response: HTTPClientResponse, _ provider: some ModelProvider) async -> ModelFailure {
        var body: [UInt8] = []
        do {
            // Cut at the limit: what matters stands at the beginning.
            while body.count < Self.maximumErrorBody,
                try await response.next(within: clocks.betweenTokens, { body.append(contentsOf: $0) })
            {}
        } catch {
            // The status says enough.
        }
        response.cancel()
        return provider.failure(
            status: response.status,
            headers: response.headers,
            body: Array(body.prefix(Self.maximumErrorBody)),
            configuration: configuration
        )
    }
}
