import Foundation
import LLMConfiguration
import Models

/// A home directory, an environment and a command line, as a row's `given` describes them.
final class World {
    private(set) var flags = LLMFlags()
    private(set) var environment: [String: String] = [:]
    private(set) var request = RequestSettings()
    let home: String

    init(_ given: [String]) throws {
        home = FileManager.default.temporaryDirectory.appendingPathComponent("cascade-\(UUID())").path
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        var section: [String] = []
        for entry in given {
            if entry.hasPrefix("--") {
                try set(flag: entry)
            } else if entry.hasPrefix("request ") {
                try set(request: String(entry.dropFirst("request ".count)))
            } else if entry.hasPrefix("file ") {
                section.append("      " + entry.dropFirst("file ".count))
            } else if entry.hasPrefix("yaml ") {
                try write(String(entry.dropFirst("yaml ".count)), to: ".stigmer/config.yaml")
            } else if entry.hasPrefix("disk ") {
                let (name, text) = try Self.pair(String(entry.dropFirst("disk ".count)))
                try write(text, to: name)
            } else {
                let (name, value) = try Self.pair(entry)
                environment[name] = value
            }
        }
        if !section.isEmpty {
            let text = ["backend:", "  local:", "    llm:"] + section
            try write(text.joined(separator: "\n") + "\n", to: ".stigmer/config.yaml")
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: home)
    }

    func load() throws(ConfigurationError) -> WorkerConfiguration {
        try WorkerConfiguration.load(
            flags: flags,
            environment: environment,
            homeDirectory: home,
            profiles: [.ollama, .anthropic, .openai]
        )
    }

    struct Misspelt: Error { let entry: String }

    private func set(flag entry: String) throws {
        let fields: [String: WritableKeyPath<LLMFlags, String?>] = [
            "--mode": \.mode, "--config": \.configPath, "--llm-provider": \.provider, "--llm-model": \.model,
            "--llm-base-url": \.baseURL, "--llm-api-key-file": \.apiKeyFile, "--llm-temperature": \.temperature,
            "--llm-max-tokens": \.maxTokens, "--llm-num-ctx": \.numCtx,
        ]
        let (name, value) = try Self.pair(entry)
        guard let field = fields[name] else { throw Misspelt(entry: entry) }
        flags[keyPath: field] = value
    }

    private func set(request entry: String) throws {
        let (name, value) = try Self.pair(entry)
        switch name {
        case "model_name": request.modelName = value
        case "temperature": request.temperature = Double(value)
        case "max_tokens": request.maxTokens = Int(value)
        default: throw Misspelt(entry: entry)
        }
    }

    private func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: home).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private static func pair(_ entry: String) throws -> (String, String) {
        guard let equals = entry.firstIndex(of: "=") else { throw Misspelt(entry: entry) }
        return (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
    }
}
