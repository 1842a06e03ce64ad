public import LLMConfiguration

extension ProviderProfile {
    /// Ollama, on this machine unless said otherwise.
    public static let ollama = ProviderProfile(
        name: "ollama",
        defaultModel: "qwen2.5-coder",
        defaultBaseURL: "http://localhost:11434",
        addressVariables: [
            AddressVariable("OLLAMA_BASE_URL"),
            AddressVariable("OLLAMA_HOST", form: .ollamaHost),
        ],
        defaultTemperature: 0,
        supportsNumCtx: true,
        aliases: [
            "qwen2.5-coder": "qwen2.5-coder:7b",
            "llama3.2": "llama3.2:3b",
            "deepseek-coder": "deepseek-coder-v2:16b",
            "codellama": "codellama:13b",
        ]
    )
}
