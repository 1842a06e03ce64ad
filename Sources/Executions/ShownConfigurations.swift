import LLMConfiguration
import StigmerProtos
import Synchronization

/// Remembers the last configurations in the form that is shown: executions in a row mostly have the same.
final class ShownConfigurations: Sendable {
    private static let capacity = 8

    private let known = Mutex<[(EffectiveConfiguration, EffectiveConfig)]>([])

    func message(of configuration: EffectiveConfiguration) -> EffectiveConfig {
        if let message = known.withLock({ $0.first { $0.0 == configuration }?.1 }) { return message }
        let message = configuration.message
        known.withLock { known in
            if known.count >= Self.capacity { known.removeFirst() }
            known.append((configuration, message))
        }
        return message
    }
}
