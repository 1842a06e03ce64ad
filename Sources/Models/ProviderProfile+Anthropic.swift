public import LLMConfiguration

extension ProviderProfile {
    /// Anthropic's API.
    public static let anthropic = ProviderProfile(
        name: "anthropic",
        defaultModel: "claude-sonnet-4.5",
        defaultBaseURL: "https://api.anthropic.com",
        addressVariables: [AddressVariable("ANTHROPIC_BASE_URL")],
        apiKeyVariables: ["ANTHROPIC_API_KEY"],
        requiresKeyAtDefaultAddress: true,
        // The API requires a limit.
        defaultMaxTokens: 20_000,
        modelNamePrefixes: ["claude"],
        aliases: [
            "claude-sonnet-4.5": "claude-sonnet-4-5-20250929",
            "claude-opus-4": "claude-opus-4-20250514",
            "claude-haiku-4": "claude-haiku-4-20250313",
        ]
    )
}
