import LLMConfiguration

/// Who is asked, where and for what: the words that every failure begins with.
final class ModelEndpoint: Sendable {
    let name: String
    let baseURL: String
    let model: String
    let startHint: String
    let keyVariables: [String]
    private let key: APIKey?
    private let keyOrigin: String

    init(_ provider: some ModelProvider, _ configuration: EffectiveConfiguration) {
        name = provider.displayName
        startHint = provider.startHint
        keyVariables = provider.profile.apiKeyVariables
        baseURL = configuration.baseURL.value
        model = configuration.model.value
        key = configuration.apiKey.value
        keyOrigin = configuration.apiKey.origin
    }

    /// As `Anthropic at https://api.anthropic.com`.
    var place: String { "\(name) at \(baseURL)" }

    /// What to do about a refused key.
    var keyHint: String {
        if key != nil { return "check the key from \(keyOrigin)" }
        return keyVariables.isEmpty
            ? "set STIGMER_LLM_API_KEY" : "set \(keyVariables.joined(separator: " or ")) (none is configured)"
    }

    /// What a provider says, fit to be shown: one line, not too long, and without the key, which some servers repeat.
    func quote(_ said: String) -> String {
        let line = said.split(whereSeparator: { $0.isWhitespace || $0.isNewline }).joined(separator: " ")
        var scalars = String.UnicodeScalarView(
            line.unicodeScalars.filter { $0.properties.generalCategory != .control }
        )
        // By scalars, and of what is left: a combining mark behind the key or a control character in it must not
        // keep it from being found.
        if let key = key?.reveal(), !key.isEmpty { scalars.replace(key.unicodeScalars, with: "…".unicodeScalars) }
        let printable = String(scalars)
        return printable.count > 400 ? printable.prefix(400) + "…" : printable
    }
}
