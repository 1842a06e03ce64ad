import Executions
import LLMConfiguration
import StigmerProtos

/// Remembers what requests were resolved to: the worker's configuration never changes, and most requests are alike.
final class ResolvedRequests: Sendable {
    /// More kinds of requests than this are not remembered together.
    private static let capacity = 256
    /// A model's name that is longer than this, in bytes, is not remembered.
    private static let longestName = 256

    private let worker: WorkerConfiguration
    private let known = Memo<RequestSettings, Resolved>(capacity: capacity)

    init(worker: WorkerConfiguration) {
        self.worker = worker
    }

    /// What a request means, and how that is shown.
    struct Resolved: Sendable {
        let configuration: EffectiveConfiguration
        let shown: EffectiveConfig
    }

    func resolve(_ request: RequestSettings) throws(ConfigurationError) -> Resolved {
        if let resolved = known[request] { return resolved }
        let configuration = try worker.resolve(request)
        let resolved = Resolved(configuration: configuration, shown: configuration.message)
        if (request.modelName?.utf8.count ?? 0) <= Self.longestName { known[request] = resolved }
        return resolved
    }
}
