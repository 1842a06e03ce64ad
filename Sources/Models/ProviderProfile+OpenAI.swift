public import LLMConfiguration

extension ProviderProfile {
    /// OpenAI's API, and every server that speaks its chat API (llama.cpp, vLLM, LM Studio, LiteLLM).
    public static let openai = ProviderProfile(
        name: "openai",
        defaultModel: "gpt-4o",
        defaultBaseURL: "https://api.openai.com/v1",
        addressVariables: [AddressVariable("OPENAI_BASE_URL")],
        apiKeyVariables: ["OPENAI_API_KEY"],
        requiresKeyAtDefaultAddress: true,
        modelNamePrefixes: ["gpt", "chatgpt", "o1", "o3", "o4"]
    )
}
