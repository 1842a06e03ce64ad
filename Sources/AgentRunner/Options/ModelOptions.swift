import ArgumentParser
import Foundation
import LLMConfiguration
import Models

/// The flags of the cascade, the same for every command.
struct ModelOptions: ParsableArguments {
    @Option(help: "local or cloud: which defaults apply. MODE. (default: local)")
    var mode: String?

    @Option(help: "The config file. STIGMER_CONFIG. (default: ~/.stigmer/config.yaml)", completion: .file())
    var config: String?

    @Option(help: "ollama, anthropic or openai. STIGMER_LLM_PROVIDER.")
    var llmProvider: String?

    @Option(help: "The model, or provider:model. STIGMER_LLM_MODEL.")
    var llmModel: String?

    @Option(help: "The provider's address. STIGMER_LLM_BASE_URL.")
    var llmBaseUrl: String?

    @Option(help: "A file that holds the API key. The key itself: STIGMER_LLM_API_KEY.", completion: .file())
    var llmApiKeyFile: String?

    @Option(
        help: "Roots, in PEM, that the provider's certificate may lead to. STIGMER_LLM_CA_FILE.",
        completion: .file()
    )
    var llmCaFile: String?

    @Flag(
        help: """
            Share connections to the provider by HTTP/2 even where this libcurl does not tell it that a caller has \
            left. STIGMER_LLM_HTTP2=true.
            """
    )
    var llmHttp2 = false

    @Option(help: "0 to 2. STIGMER_LLM_TEMPERATURE.")
    var llmTemperature: String?

    @Option(help: "The longest answer, in tokens. STIGMER_LLM_MAX_TOKENS.")
    var llmMaxTokens: String?

    @Option(help: "Ollama's context length, in tokens. STIGMER_LLM_NUM_CTX. (default: fitted to the prompt)")
    var llmNumCtx: String?

    @Flag(help: "Download a model that Ollama does not have. STIGMER_OLLAMA_PULL=true.")
    var pull = false

    /// The file of roots for the provider's certificate; nil for the system's.
    func caFile(_ settings: Settings) throws(StartError) -> String? {
        guard let path = try settings.path("llm-ca-file", llmCaFile) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw StartError("the file of --llm-ca-file cannot be read: \(path)")
        }
        guard text.contains("-----BEGIN") else {
            throw StartError("the file of --llm-ca-file holds no certificate in PEM: \(path)")
        }
        return path
    }

    /// Reads every layer of the cascade.
    func worker() throws(ConfigurationError) -> WorkerConfiguration {
        try WorkerConfiguration.load(
            flags: LLMFlags(
                mode: mode,
                configPath: config,
                provider: llmProvider,
                model: llmModel,
                baseURL: llmBaseUrl,
                apiKeyFile: llmApiKeyFile,
                temperature: llmTemperature,
                maxTokens: llmMaxTokens,
                numCtx: llmNumCtx
            ),
            environment: ProcessInfo.processInfo.environment,
            homeDirectory: ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory(),
            profiles: ModelProviders().profiles
        )
    }
}
