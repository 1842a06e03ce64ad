/// Friendly names by provider: those that come with the profiles, and the operator's.
///
/// An alias applies only within its own provider. In the flat shape (`fast: llama3.2:1b`) that is, in this order:
/// the provider before a colon in either name; the one whose built-in alias it overrides, and the file's own
/// provider; the one that the model's name speaks of; else whichever is asked. An alias is resolved once: what it
/// stands for is sent as it is.
struct ModelAliases: Sendable {
    private var byProvider: [String: [String: String]]

    /// `fileProvider` is the provider that the file names, if any.
    init(
        known: KnownProviders,
        tables: [AliasTable],
        fileProvider: String?
    ) throws(ConfigurationError) {
        byProvider = [:]
        for profile in known.all { byProvider[profile.name] = profile.aliases }
        for table in tables {
            for entry in table.entries where entry.provider == nil {
                add(entry, known: known, fileProvider: fileProvider)
            }
            // After the flat ones: whoever names the provider means it more exactly.
            for entry in table.entries {
                guard let name = entry.provider else { continue }
                guard let profile = known[name] else {
                    throw ConfigurationError(
                        .invalidArgument,
                        setting: ConfigurationFile.aliasKey,
                        value: name,
                        origin: entry.origin,
                        "no such provider; known are \(known.list)"
                    )
                }
                let model = ModelName(entry.model, known: known)
                set(entry.alias, model.provider == profile.name ? model.name : entry.model, for: [profile.name])
            }
        }
    }

    /// What `provider` calls the model of that name; nil if the name is no alias there.
    func model(for name: String, at provider: String) -> String? {
        guard let model = byProvider[provider]?[name], model != name else { return nil }
        return model
    }

    private mutating func add(_ entry: AliasTable.Entry, known: KnownProviders, fileProvider: String?) {
        let alias = ModelName(entry.alias, known: known)
        let model = ModelName(entry.model, known: known)
        let owners: [String]
        if let provider = alias.provider ?? model.provider {
            owners = [provider]
        } else {
            let overridden = known.all.filter { $0.aliases[alias.name] != nil }.map(\.name)
            if let fileProvider {
                owners = overridden + [fileProvider]
            } else if !overridden.isEmpty {
                owners = overridden
            } else {
                owners = known.speaking(model.name).map { [$0.name] } ?? known.all.map(\.name)
            }
        }
        set(alias.name, model.name, for: owners)
    }

    private mutating func set(_ alias: String, _ model: String, for providers: [String]) {
        guard !alias.isEmpty, !model.isEmpty else { return }
        for provider in providers { byProvider[provider, default: [:]][alias] = model }
    }
}
