/// The command line's part of the cascade, as it was typed; nil and blank both mean "not given".
public struct LLMFlags: Sendable, Equatable {
    /// `--mode`
    public var mode: String?
    /// `--config`: a path
    public var configPath: String?
    /// `--llm-provider`
    public var provider: String?
    /// `--llm-model`
    public var model: String?
    /// `--llm-base-url`
    public var baseURL: String?
    /// `--llm-api-key-file`: a path, never the key
    public var apiKeyFile: String?
    /// `--llm-temperature`
    public var temperature: String?
    /// `--llm-max-tokens`
    public var maxTokens: String?
    /// `--llm-num-ctx`
    public var numCtx: String?

    /// Flags; what is left out was not given.
    public init(
        mode: String? = nil,
        configPath: String? = nil,
        provider: String? = nil,
        model: String? = nil,
        baseURL: String? = nil,
        apiKeyFile: String? = nil,
        temperature: String? = nil,
        maxTokens: String? = nil,
        numCtx: String? = nil
    ) {
        self.mode = mode
        self.configPath = configPath
        self.provider = provider
        self.model = model
        self.baseURL = baseURL
        self.apiKeyFile = apiKeyFile
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.numCtx = numCtx
    }
}
