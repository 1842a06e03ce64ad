public import LLMConfiguration

/// The providers that the runner knows: the one place where each is named.
public struct ModelProviders: Sendable {
    /// All of them.
    public let all: [any ModelProvider]

    /// Every provider there is.
    public init() {
        self.init([OllamaProvider(), AnthropicProvider(), OpenAIProvider()])
    }

    /// Some providers, for tests.
    public init(_ all: [any ModelProvider]) {
        self.all = all
    }

    /// What the cascade must know of them.
    public var profiles: [ProviderProfile] { all.map(\.profile) }

    /// The provider of that name.
    public subscript(name name: String) -> (any ModelProvider)? {
        all.first { $0.profile.name == name }
    }
}
