import LLMConfiguration
import Testing

@Suite("The providers that can be asked right now")
struct ConfiguredProvidersTests {
    /// Each: what is written, and which providers are listed, the worker's own first.
    static let cases: [([String], [String])] = [
        ([], ["ollama"]),
        (["ANTHROPIC_API_KEY=SECRET-own-key-bbbb"], ["ollama", "anthropic"]),
        (["OPENAI_BASE_URL=http://localhost:8080"], ["ollama", "openai"]),
        (
            ["ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["ollama", "anthropic", "openai"]
        ),
        (["MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"], ["anthropic"]),
        (["MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "OLLAMA_HOST=gpu-box"], ["anthropic", "ollama"]),
        // What cannot be asked is not listed: no key for its own address, an address that is none.
        (["OPENAI_BASE_URL=https://api.openai.com/v1"], ["ollama"]),
        (["OPENAI_BASE_URL=nonsense", "OPENAI_API_KEY=SECRET-own-key-bbbb"], ["ollama"]),
        // The worker's key is not another's.
        (["STIGMER_LLM_API_KEY=SECRET-env-key-aaaa"], ["ollama"]),
    ]

    @Test(arguments: cases)
    func areListed(given: [String], names: [String]) throws {
        let providers = try World(given).load().configuredProviders
        #expect(providers.map(\.provider.value) == names)
    }

    @Test("one that is configured but cannot be used is named with the reason")
    func unusable() throws {
        let given = ["OPENAI_BASE_URL=nonsense", "ANTHROPIC_BASE_URL=https://api.anthropic.com"]
        let unusable = try World(given).load().unusableProviders
        #expect(unusable.map(\.name).sorted() == ["anthropic", "openai"])
        #expect(unusable.first { $0.name == "openai" }?.problem.message.contains("OPENAI_BASE_URL") == true)
        #expect(unusable.first { $0.name == "anthropic" }?.problem.message.contains("ANTHROPIC_API_KEY") == true)
        #expect(try World([]).load().unusableProviders.isEmpty)
    }

    @Test func eachHasItsOwnSettings() throws {
        let world = try World(["STIGMER_LLM_BASE_URL=http://gpu-box:1", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"])
        let providers = try world.load().configuredProviders
        #expect(providers.map(\.baseURL.value) == ["http://gpu-box:1", "https://api.anthropic.com"])
        #expect(providers.map(\.model.value) == ["qwen2.5-coder:7b", "claude-sonnet-4-5-20250929"])
        #expect(providers.last?.provider.origin == "env ANTHROPIC_API_KEY")
    }
}
