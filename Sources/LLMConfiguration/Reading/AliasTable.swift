import Yams

/// One `model_aliases` table of a config file, as it stands there.
///
/// Two shapes may be mixed: `fast: llama3.2:1b`, and `anthropic: {fast: claude-haiku-4}` under a provider's name.
struct AliasTable: Sendable {
    /// One friendly name.
    struct Entry: Sendable {
        /// The provider that it stands under, as written; nil in the flat shape.
        let provider: String?
        let alias: String
        let model: String
        let origin: String
    }

    let entries: [Entry]

    /// Reads the table; no table and a null are both empty.
    init(_ node: Node?, origin: String) throws(ConfigurationError) {
        guard let node, !node.isNull else {
            self.entries = []
            return
        }
        guard let table = node.mapping else {
            throw Self.wrongType(node, origin: origin, "a mapping of friendly names")
        }
        var entries: [Entry] = []
        for (key, value) in table {
            guard let name = key.scalar?.string.trimmed else {
                throw Self.wrongType(key, origin: origin, "a friendly name")
            }
            if let nested = value.mapping {
                for (alias, model) in nested {
                    guard let alias = alias.scalar?.string.trimmed, let model = model.scalar?.string.trimmed else {
                        throw Self.wrongType(model, origin: "\(origin).\(name)", "a model's name")
                    }
                    entries.append(Entry(provider: name, alias: alias, model: model, origin: "\(origin).\(name)"))
                }
            } else if let model = value.scalar?.string.trimmed {
                entries.append(
                    Entry(provider: nil, alias: name, model: value.isNull ? "" : model, origin: "\(origin).\(name)")
                )
            } else {
                throw Self.wrongType(value, origin: "\(origin).\(name)", "a model's name")
            }
        }
        self.entries = entries
    }

    private static func wrongType(_ node: Node, origin: String, _ wanted: String) -> ConfigurationError {
        ConfigurationFile.wrongType(node, setting: ConfigurationFile.aliasKey, origin: origin, wanted)
    }
}
