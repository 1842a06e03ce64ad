/// What one model call will use, each setting with its origin.
///
/// A class, since every step of a model call has it at hand: a copy is a reference.
public final class EffectiveConfiguration: Sendable {
    /// Where the worker runs.
    public let mode: Setting<RunMode>
    /// The provider's name: `ollama`.
    public let provider: Setting<String>
    /// The model as the provider gets it: aliases resolved, no `provider:` before it.
    public let model: Setting<String>
    /// The address as it was configured, without a slash at its end.
    ///
    /// For openai it may lack the `/v1` (people write `http://localhost:8080`): the adapter that joins paths to it
    /// must take both.
    public let baseURL: Setting<String>
    /// The key; nil: none is sent.
    public let apiKey: Setting<APIKey?>
    /// 0 to 2; nil: not sent.
    public let temperature: Setting<Double?>
    /// The output limit in tokens, at least 1; nil: not sent.
    public let maxTokens: Setting<Int?>
    /// The context in tokens, at least 1; nil: fitted to the prompt for Ollama, not used by others.
    public let numCtx: Setting<Int?>

    /// A configuration that somebody else resolved (tests of what uses one).
    public init(
        mode: Setting<RunMode>,
        provider: Setting<String>,
        model: Setting<String>,
        baseURL: Setting<String>,
        apiKey: Setting<APIKey?>,
        temperature: Setting<Double?>,
        maxTokens: Setting<Int?>,
        numCtx: Setting<Int?>
    ) {
        self.mode = mode
        self.provider = provider
        self.model = model
        self.baseURL = baseURL
        self.apiKey = apiKey
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.numCtx = numCtx
    }
}

extension EffectiveConfiguration: Equatable {
    /// Whether all settings and their origins are the same.
    public static func == (left: EffectiveConfiguration, right: EffectiveConfiguration) -> Bool {
        left === right
            || left.mode == right.mode && left.provider == right.provider && left.model == right.model
                && left.baseURL == right.baseURL && left.apiKey == right.apiKey
                && left.temperature == right.temperature && left.maxTokens == right.maxTokens
                && left.numCtx == right.numCtx
    }
}
