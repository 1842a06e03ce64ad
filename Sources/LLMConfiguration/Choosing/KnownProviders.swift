/// The providers that the runner knows, by name; names are read without regard to case.
struct KnownProviders: Sendable {
    private let profiles: [ProviderProfile]

    init(_ profiles: [ProviderProfile]) {
        self.profiles = profiles
    }

    /// All of them, in the order in which they were registered.
    var all: [ProviderProfile] { profiles }

    subscript(name: String) -> ProviderProfile? {
        let name = name.lowercased()
        return profiles.first { $0.name == name }
    }

    /// The names for a message: `anthropic, ollama, openai`.
    var list: String { profiles.map(\.name).sorted().joined(separator: ", ") }

    /// The provider whose models are called like this; nil for a name that says nothing.
    func speaking(_ model: String) -> ProviderProfile? {
        let model = model.lowercased()
        return profiles.first { $0.modelNamePrefixes.contains { model.hasPrefix($0) } }
    }

    /// The profile of that name, or an error that lists the known ones.
    func require(_ written: Written) throws(ConfigurationError) -> ProviderProfile {
        if let profile = self[written.text] { return profile }
        throw ConfigurationError(.provider, written, "no such provider; known are \(list)")
    }
}
