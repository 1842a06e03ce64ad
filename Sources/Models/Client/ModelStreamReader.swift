import HTTPClient

/// Feeds a decoder with a response's body, by the clocks.
struct ModelStreamReader {
    /// How long to wait for the end of a body whose answer is complete, so that the connection can be used again.
    static let patienceForEnd = Duration.milliseconds(250)

    let response: HTTPClientResponse
    let exchange: ModelExchange
    /// When the request was sent: the clock of the first token runs from there.
    let began: ContinuousClock.Instant

    /// Reads until the decoder says that the answer is complete.
    ///
    /// - Throws: ``ModelFailure``, or whatever `handle` throws.
    func read(_ decoder: any ModelStreamDecoder, _ handle: (ModelEvent) throws -> Void) async throws {
        var decoder = decoder
        var pieces = 0
        var deadline = began + exchange.clocks.firstToken
        do {
            while !decoder.isComplete {
                let limit = deadline - .now
                guard limit > .zero else {
                    response.cancel()
                    if decoder.mayEnd { return try decoder.finish(handle) }
                    throw exchange.endpoint.timedOut(phase(pieces), exchange.clocks)
                }
                let goesOn = try await response.next(within: limit) { try decoder.decode($0, handle) }
                guard goesOn else { return try decoder.finish(handle) }
                if decoder.pieces != pieces {
                    pieces = decoder.pieces
                    let clocks = exchange.clocks
                    deadline = .now + (decoder.mayEnd ? clocks.afterEnd : clocks.betweenTokens)
                }
            }
        } catch let error as HTTPClientError {
            // A clock that runs out in the middle of the wait, not at its turn.
            if error.kind == .timedOut, decoder.mayEnd { return try decoder.finish(handle) }
            throw exchange.endpoint.failure(error, phase(pieces), exchange.clocks)
        } catch {
            response.cancel()
            throw error
        }
        await awaitEnd()
    }

    private func phase(_ pieces: Int) -> ModelEndpoint.Phase {
        pieces == 0 ? .firstToken : .betweenTokens
    }

    private func awaitEnd() async {
        let deadline = ContinuousClock.now + Self.patienceForEnd
        do {
            while try await response.next(within: deadline - .now, { _ in }) {
                if deadline < .now { break }
            }
        } catch {
            // The answer is complete; only the connection is lost.
        }
        response.cancel()
    }
}
