/// A setting's value and who said so.
public struct Setting<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value in effect.
    public let value: Value
    /// Where it came from, as a person would say it: `flag --llm-model`, `env OLLAMA_HOST`, `default for ollama`.
    public let origin: String

    /// A value and its origin.
    public init(_ value: Value, origin: String) {
        self.value = value
        self.origin = origin
    }
}
