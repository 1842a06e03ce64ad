public import EventLoop
import Failures
public import HTTPClient
import HTTPTypes
import LLMConfiguration

/// Asks models: clocks, retries and the network around what the providers encode and decode.
public struct ModelClient: LanguageModel {
    let http: HTTPClient
    let providers: ModelProviders
    let clocks: ModelClocks
    let retries: RetryPolicy
    let pullsMissingModels: Bool

    /// Creates a client.
    ///
    /// - Parameter pullMissingModels: whether a model that Ollama does not have is downloaded.
    public init(
        http: HTTPClient,
        providers: ModelProviders = ModelProviders(),
        clocks: ModelClocks = ModelClocks(),
        pullMissingModels: Bool = false,
        retries: RetryPolicy = RetryPolicy()
    ) {
        self.http = http
        self.providers = providers
        self.clocks = clocks
        self.retries = retries
        pullsMissingModels = pullMissingModels
    }

    /// What the calls to providers have come to, and the connections that they hold.
    public var figures: HTTPClientFigures { http.figures }

    /// Asks a model and hands everything that comes to `handle`, until the provider says that the answer is complete.
    ///
    /// Call it from a task that runs on `loop`. Cancelling the task closes the socket. A call that fails before the
    /// first piece of its answer is repeated where that may help.
    ///
    /// - Throws: ``ModelFailure``, or whatever `handle` throws. What came before the failure has been handed over.
    public func run(
        _ request: ModelRequest,
        on loop: EventLoop,
        _ handle: (ModelEvent) throws -> Void
    ) async throws {
        let provider = try provider(of: request.configuration)
        try await run(request, provider, exchange(provider, request.configuration, loop), handle)
    }

    func provider(of configuration: EffectiveConfiguration) throws(ModelFailure) -> any ModelProvider {
        if let provider = providers[name: configuration.provider.value] { return provider }
        let known = providers.all.map(\.profile.name).joined(separator: ", ")
        throw ModelFailure(
            .invalidArgument,
            "there is no provider \"\(configuration.provider.value)\"; known are \(known)"
        )
    }

    func exchange(
        _ provider: some ModelProvider,
        _ configuration: EffectiveConfiguration,
        _ loop: EventLoop
    ) -> ModelExchange {
        ModelExchange(
            http: http,
            loop: loop,
            clocks: clocks,
            endpoint: ModelEndpoint(provider, configuration),
            configuration: configuration
        )
    }

    private func run(
        _ request: ModelRequest,
        _ provider: some ModelProvider,
        _ exchange: ModelExchange,
        _ handle: (ModelEvent) throws -> Void
    ) async throws {
        var attempt = 1
        var hasPulled = false
        while true {
            var hasDelta = false
            do {
                let prepared = try await provider.prepare(request, exchange)
                let began = ContinuousClock.now
                let response = try await exchange.head(provider.makeRequest(prepared))
                try await read(response, began, provider, exchange) { event in
                    if event.isDelta { hasDelta = true }
                    try handle(event)
                }
                return
            } catch let failure as ModelFailure {
                if Task.isCancelled { throw exchange.cancelled }
                if hasDelta { throw failure }
                if failure.code == .notFound, pullsMissingModels, !hasPulled {
                    hasPulled = try await provider.pull(request.configuration, exchange, handle)
                    if hasPulled { continue }
                }
                try await waitToRepeat(failure, attempt, exchange, handle)
                attempt += 1
            }
        }
    }

    /// Waits for the next attempt, or throws the failure because there is none.
    private func waitToRepeat(
        _ failure: ModelFailure,
        _ attempt: Int,
        _ exchange: ModelExchange,
        _ handle: (ModelEvent) throws -> Void
    ) async throws {
        guard failure.isRetryable else { throw failure }
        guard attempt < retries.attempts else {
            throw failure.withMessage("\(failure.message) (after \(attempt) attempts)")
        }
        if let asked = failure.retryAfter, asked > retries.longestDelay {
            let words = "it asks to wait \(asked.inWords), longer than the \(retries.longestDelay.inWords) allowed"
            var failure = failure.withMessage("\(failure.message): \(words)")
            failure.code = .resourceExhausted
            throw failure
        }
        let delay = failure.retryAfter ?? retries.delay(after: attempt)
        let detail = "attempt \(attempt + 1) of \(retries.attempts) in \(delay.inWords): \(failure.message)"
        try handle(.progress(ModelProgress(.retrying, detail)))
        do {
            try await retries.sleep(delay, exchange.loop)
        } catch {
            throw exchange.cancelled
        }
    }

    /// Reads a response to its end.
    private func read(
        _ response: HTTPClientResponse,
        _ began: ContinuousClock.Instant,
        _ provider: some ModelProvider,
        _ exchange: ModelExchange,
        _ handle: (ModelEvent) throws -> Void
    ) async throws {
        guard response.status == 200, exchange.isStream(response, of: provider) else {
            var failure = await exchange.failure(of: response, provider)
            if response.status == 200 { failure = exchange.notAStream(response, failure) }
            failure.retryAfter = retries.retryAfter(response.headers)
            throw failure
        }
        let decoder = provider.makeDecoder(for: exchange.configuration)
        try await response.reading {
            try await ModelStreamReader(response: response, exchange: exchange, began: began).read(decoder, handle)
        }
    }
}

extension ModelFailure {
    func withMessage(_ message: String) -> ModelFailure {
        var failure = self
        failure.message = message
        return failure
    }
}
