import LLMConfiguration
import StigmerProtos

extension EffectiveConfiguration {
    /// The settings and origins as the wire carries them; the key shows its last four characters at most.
    public var message: EffectiveConfig {
        .with { config in
            for row in rows {
                config.settings[row.name] = .with {
                    $0.origin = row.origin
                    switch row.value {
                    case .string(let text): $0.value = .init(stringValue: text)
                    case .number(let number): $0.value = .init(numberValue: number)
                    case .null: $0.value = .null
                    }
                }
            }
        }
    }
}
