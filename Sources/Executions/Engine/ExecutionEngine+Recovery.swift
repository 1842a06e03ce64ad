import EventLoop
import Failures
import LLMConfiguration
import StigmerProtos

extension ExecutionEngine {
    /// Takes up every execution that the store says is unfinished; call it once, before the first caller comes.
    ///
    /// - Parameters:
    ///   - next: the loop for the next one.
    ///   - resolve: what a request is resolved to now, with the configuration that it began with, if it did.
    public func recover(
        on next: () -> EventLoop,
        resolve: (AgentExecution, EffectiveConfig?) throws(ConfigurationError) -> EffectiveConfiguration
    ) async throws(StoreError) {
        var begun: [StoredExecution] = []
        var waiting: [StoredExecution] = []
        for id in try await store.unfinished() {
            guard let stored = try await load(id) else { continue }
            if stored.events.isEmpty { waiting.append(stored) } else { begun.append(stored) }
        }
        // The one that was at work in its session goes on before those that waited for it.
        for stored in begun + waiting {
            do throws(ConfigurationError) {
                let configuration = try resolve(stored.request, stored.startedWith)
                resume(stored, configuration: configuration, on: next())
            } catch {
                fail(stored, error)
            }
        }
        try await writer.flush()
    }

    /// One that is damaged is no reason to leave the others.
    private func load(_ id: String) async throws(StoreError) -> StoredExecution? {
        do throws(StoreError) {
            return try await store.execution(id)
        } catch {
            guard error.code == .dataLoss else { throw error }
            logger.error("an unfinished execution cannot go on: \(error.message)")
            return nil
        }
    }

    /// Ends an execution that cannot be taken up.
    private func fail(_ stored: StoredExecution, _ failure: some CodedFailure) {
        let log = EventLog(stored, writer: writer, surroundings: surroundings)
        if stored.events.isEmpty { log.record(.started(.with { $0.executionID = stored.id })) }
        if stored.mayHaveMessageUnderWay {
            log.record(.messageDiscarded(.with { $0.reason = "the runner was restarted" }))
        }
        log.record(
            .finished(
                .with {
                    $0.phase = .executionFailed
                    $0.error.code = failure.code.rawValue
                    $0.error.message = "it cannot go on after the restart: \(failure.message)"
                    if let usage = log.usage { $0.usage = usage }
                }
            )
        )
        logger.error("execution cannot go on", metadata: ["execution": "\(stored.id)", "error": "\(failure.message)"])
    }
}

extension StoredExecution {
    /// The configuration that the first event shows.
    fileprivate var startedWith: EffectiveConfig? {
        guard case .started(let started) = events.first?.event else { return nil }
        return started.config
    }
}
