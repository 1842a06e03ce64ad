import LLMConfiguration
import Testing

/// A key and an address carry the name of whom they were written for; whatever the layers say, they may only meet
/// that provider.
@Suite("Keys and addresses stay with whom they were written for")
struct KeysStayTests {
    private static let providers = ["ollama", "anthropic", "openai"]

    @Test(arguments: 0..<400)
    func inEveryMixtureOfLayers(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let env = Self.providers.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : nil }
        let file = Self.providers.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : nil }
        let flag = Self.providers.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : nil }
        let target = Self.providers.randomElement(using: &random) ?? "ollama"

        var given = [
            "ANTHROPIC_API_KEY=own-anthropic", "OPENAI_API_KEY=own-openai", "OLLAMA_HOST=own-ollama",
            "ANTHROPIC_BASE_URL=http://own-anthropic", "OPENAI_BASE_URL=http://own-openai",
        ]
        .filter { _ in Bool.random(using: &random) }
        given += ["STIGMER_LLM_API_KEY=env-key", "STIGMER_LLM_BASE_URL=http://env"]
            .filter { _ in Bool.random(using: &random) }
        given += ["file api_key: file-key", "file base_url: http://file"].filter { _ in Bool.random(using: &random) }
        if let env {
            let prefixed = "STIGMER_LLM_MODEL=\(env):m"
            given.append(Bool.random(using: &random) ? prefixed : "STIGMER_LLM_PROVIDER=\(env)")
        }
        if let file { given.append("file provider: \(file)") }
        if let flag { given.append("--llm-provider=\(flag)") }
        given.append("request model_name=\(target):m")

        let world = try World(given)
        let own = flag ?? env ?? file ?? "ollama"
        let worker: WorkerConfiguration
        do {
            worker = try world.load()
        } catch {
            #expect(error.code == .failedPrecondition, "\(given): \(error)")
            return
        }
        #expect(worker.effective.provider.value == own)
        check(worker.effective, isOwn: true, env: env, file: file, given)
        guard let crossed = try? worker.resolve(world.request) else { return }
        #expect(crossed.provider.value == target)
        check(crossed, isOwn: target == own, env: env, file: file, given)
    }

    private func check(
        _ configuration: EffectiveConfiguration,
        isOwn: Bool,
        env: String?,
        file: String?,
        _ given: [String]
    ) {
        let provider = configuration.provider.value
        let key = configuration.apiKey.value?.reveal()
        var keys: Set<String?> = [nil, "own-\(provider)"]
        var hosts: Set<String> = ["localhost", "api.anthropic.com", "api.openai.com", "own-\(provider)"]
        if isOwn, env == nil || env == provider {
            keys.insert("env-key")
            hosts.insert("env")
        }
        if isOwn, file == nil || file == provider {
            keys.insert("file-key")
            hosts.insert("file")
        }
        #expect(keys.contains(key), "\(given)")
        #expect(hosts.contains { configuration.baseURL.value.contains("//\($0)") }, "\(given)")
    }
}
