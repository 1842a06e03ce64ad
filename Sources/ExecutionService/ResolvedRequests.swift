import LLMConfiguration
import Synchronization

/// Remembers what requests were resolved to: the worker's configuration never changes, and most requests are alike.
final class ResolvedRequests: Sendable {
    /// More kinds of requests than this are not remembered together.
    private static let capacity = 256
    /// A model's name that is longer than this, in bytes, is not remembered.
    private static let longestName = 256

    private let worker: WorkerConfiguration
    private let known = Mutex<[RequestSettings: EffectiveConfiguration]>([:])

    init(worker: WorkerConfiguration) {
        self.worker = worker
    }

    func resolve(_ request: RequestSettings) throws(ConfigurationError) -> EffectiveConfiguration {
        if let configuration = known.withLock({ $0[request] }) { return configuration }
        let configuration = try worker.resolve(request)
        guard (request.modelName?.utf8.count ?? 0) <= Self.longestName else { return configuration }
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[request] = configuration
        }
        return configuration
    }
}
