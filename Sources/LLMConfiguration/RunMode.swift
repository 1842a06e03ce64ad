/// Where the worker runs; it decides which provider is asked when nobody chose one.
public enum RunMode: String, Sendable, CaseIterable {
    /// On somebody's own machine: Ollama.
    case local
    /// On a server: Anthropic.
    case cloud

    /// The provider that is asked when neither a person nor a model's name says otherwise.
    public var defaultProvider: String {
        switch self {
        case .local: "ollama"
        case .cloud: "anthropic"
        }
    }
}
