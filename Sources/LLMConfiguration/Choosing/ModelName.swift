/// A model's name, split where a known provider stands before the first colon.
///
/// `anthropic:claude-opus-4` names both; in `qwen2.5-coder:7b` the colon is part of the model's name.
struct ModelName: Equatable {
    /// The provider that the name itself says; nil without a prefix.
    let provider: String?
    /// What is left, an alias perhaps. Blank if there is nothing behind the prefix.
    let name: String

    init(_ text: String, known: KnownProviders) {
        // By scalars: with an accent behind it, a colon is no character of its own.
        if let colon = text.unicodeScalars.firstIndex(of: ":"), let profile = known[text[..<colon].trimmed] {
            self.provider = profile.name
            self.name = text[text.unicodeScalars.index(after: colon)...].trimmed
        } else {
            self.provider = nil
            self.name = text
        }
    }

    /// The same, refusing a prefix without a model.
    init(_ written: Written, known: KnownProviders) throws(ConfigurationError) {
        self.init(written.text, known: known)
        guard name.isEmpty, let provider else { return }
        throw ConfigurationError(.model, written, "there is no model behind \(provider):; write \(provider):MODEL")
    }
}
