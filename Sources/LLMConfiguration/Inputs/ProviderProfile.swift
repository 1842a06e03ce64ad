/// What the cascade must know about a model provider.
///
/// Profiles are handed in, so that a new provider is one file and one registration elsewhere and nothing here.
public struct ProviderProfile: Sendable, Equatable {
    /// How an address is written in a variable.
    public enum AddressForm: Sendable, Equatable {
        /// An http or https URL.
        case url
        /// As Ollama reads `OLLAMA_HOST`: `host`, `host:port` or a URL, where an unspecified address means loopback.
        case ollamaHost
    }

    /// A provider's own variable for its address.
    public struct AddressVariable: Sendable, Equatable {
        /// The variable's name.
        public let name: String
        /// How the address is written in it.
        public let form: AddressForm

        /// A variable and the form of its value.
        public init(_ name: String, form: AddressForm = .url) {
            self.name = name
            self.form = form
        }
    }

    /// The name that people write, in lower case: `ollama`.
    public let name: String
    /// The model when nobody names one; it may be an alias.
    public let defaultModel: String
    /// The provider's own address, without a slash at its end.
    public let defaultBaseURL: String
    /// Its own variables for the address, the stronger first; all weaker than `STIGMER_LLM_BASE_URL`.
    public let addressVariables: [AddressVariable]
    /// Its own variables for the key, the stronger first; all weaker than `STIGMER_LLM_API_KEY`.
    public let apiKeyVariables: [String]
    /// Whether its own address answers nobody without a key.
    public let requiresKeyAtDefaultAddress: Bool
    /// The temperature when nobody sets one; nil: not sent.
    public let defaultTemperature: Double?
    /// The output limit in tokens when nobody sets one; nil: not sent.
    public let defaultMaxTokens: Int?
    /// Whether it takes the size of the context with each request.
    public let supportsNumCtx: Bool
    /// What its models' names begin with, in lower case, for a name that comes without a provider.
    public let modelNamePrefixes: [String]
    /// Friendly names and what the provider calls those models.
    public let aliases: [String: String]

    /// A provider as the cascade sees it.
    public init(
        name: String,
        defaultModel: String,
        defaultBaseURL: String,
        addressVariables: [AddressVariable],
        apiKeyVariables: [String] = [],
        requiresKeyAtDefaultAddress: Bool = false,
        defaultTemperature: Double? = nil,
        defaultMaxTokens: Int? = nil,
        supportsNumCtx: Bool = false,
        modelNamePrefixes: [String] = [],
        aliases: [String: String] = [:]
    ) {
        self.name = name
        self.defaultModel = defaultModel
        self.defaultBaseURL = defaultBaseURL
        self.addressVariables = addressVariables
        self.apiKeyVariables = apiKeyVariables
        self.requiresKeyAtDefaultAddress = requiresKeyAtDefaultAddress
        self.defaultTemperature = defaultTemperature
        self.defaultMaxTokens = defaultMaxTokens
        self.supportsNumCtx = supportsNumCtx
        self.modelNamePrefixes = modelNamePrefixes
        self.aliases = aliases
    }
}
