import Configuration
import Yams

/// The existing CLI's file, of which only `backend.local.llm` and `model_aliases` are ours; the rest is left alone.
///
/// The YAML is composed with Yams and only our scalars are handed to swift-configuration: its own YAML provider
/// refuses a whole file for a list of mappings under somebody else's key, and cannot list the aliases.
struct ConfigurationFile {
    /// What the file says about the settings.
    let layer: Layer
    /// The aliases, the weaker table first.
    let aliasTables: [AliasTable]

    /// Where our settings stand.
    static let path = ["backend", "local", "llm"]
    /// Where the operator's friendly names stand: under ``path``, or at the top of the file.
    static let aliasKey = "model_aliases"

    /// No file.
    static let none = ConfigurationFile(layer: Layer(), aliasTables: [])

    /// Finds and reads it: `--config`, then `STIGMER_CONFIG`, then `~/.stigmer/config.yaml`, which may be missing.
    static func find(
        flags: LLMFlags,
        environment: ConfigReader,
        homeDirectory: String
    ) throws(ConfigurationError) -> ConfigurationFile {
        let named =
            Written(flags.configPath, origin: "flag --config")
            ?? Written(environment.string(forKey: ConfigKey(["STIGMER_CONFIG"])), origin: "env STIGMER_CONFIG")
        guard let place = named?.text ?? (homeDirectory.isEmpty ? nil : "~/.stigmer/config.yaml") else { return .none }
        let path = place.expandingTilde(homeDirectory)
        let shownPath = path.abbreviatingHome(homeDirectory)
        let text: String
        do {
            text = try TextFile.read(path, limit: 1 << 20)
        } catch {
            if named == nil, error.isMissing { return .none }
            throw ConfigurationError(
                .failedPrecondition,
                setting: "config",
                value: shownPath,
                origin: named?.origin ?? "the config file's usual place",
                "\(error.why); name a YAML file that can be read, or none"
            )
        }
        return try ConfigurationFile(yaml: text, shownPath: shownPath)
    }

    private init(layer: Layer, aliasTables: [AliasTable]) {
        self.layer = layer
        self.aliasTables = aliasTables
    }

    /// Reads the text of a file; `shownPath` is how origins and errors call it.
    init(yaml: String, shownPath: String) throws(ConfigurationError) {
        let origin = "file \(shownPath)"
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw Self.malformed(error, origin: origin)
        }
        guard let root, !root.isNull else {
            self = .none
            return
        }
        guard let top = root.mapping else {
            throw ConfigurationError(
                .invalidArgument,
                setting: "config",
                value: nil,
                origin: origin,
                "line \(root.mark?.line ?? 1): not a YAML mapping; write keys such as \"backend:\""
            )
        }
        let llm = try Self.llmSection(of: top, origin: origin)
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for setting in SettingName.layered {
            guard let node = llm?[setting.rawValue], !node.isNull else { continue }
            let keyPath = (Self.path + [setting.rawValue]).joined(separator: ".")
            guard let scalar = node.scalar else {
                throw Self.wrongType(node, setting: setting.rawValue, origin: "\(origin) \(keyPath)", "a single value")
            }
            values[AbsoluteConfigKey(Self.path + [setting.rawValue])] =
                ConfigValue(.string(scalar.string), isSecret: setting.isSecret)
        }
        let reader = ConfigReader(provider: InMemoryProvider(name: "file", values: values))
        let section = reader.scoped(to: ConfigKey(Self.path))
        self.layer = Layer(section) { setting in
            (ConfigKey([setting.rawValue]), "\(origin) \((Self.path + [setting.rawValue]).joined(separator: "."))")
        }
        self.aliasTables = [
            try AliasTable(top[Self.aliasKey], origin: "\(origin) \(Self.aliasKey)"),
            try AliasTable(
                llm?[Self.aliasKey],
                origin: "\(origin) \((Self.path + [Self.aliasKey]).joined(separator: "."))"
            ),
        ]
    }

    private static func llmSection(
        of top: Node.Mapping,
        origin: String
    ) throws(ConfigurationError) -> Node.Mapping? {
        guard let node = top["backend"]?.mapping?["local"]?.mapping?["llm"], !node.isNull else { return nil }
        guard let mapping = node.mapping else {
            let keyPath = path.joined(separator: ".")
            throw wrongType(node, setting: keyPath, origin: "\(origin) \(keyPath)", "a mapping of settings")
        }
        // Settings that are merged in would be passed over without a word.
        if let merge = mapping["<<"] {
            let keyPath = (path + ["<<"]).joined(separator: ".")
            throw wrongType(merge, setting: keyPath, origin: "\(origin) \(keyPath)", "no YAML merge but settings")
        }
        return mapping
    }

    /// A key of ours that holds something else than it should.
    static func wrongType(_ node: Node, setting: String, origin: String, _ wanted: String) -> ConfigurationError {
        let found =
            switch node {
            case .mapping: "a mapping"
            case .sequence: "a list"
            case .scalar, .alias: "a single value"
            }
        let line = node.mark.map { "line \($0.line): " } ?? ""
        return ConfigurationError(
            .invalidArgument,
            setting: setting,
            value: nil,
            origin: origin,
            "\(line)\(found) where \(wanted) is expected"
        )
    }

    /// One line of what Yams reports over many, without the snippet of the file: it may show a key.
    private static func malformed(_ error: any Error, origin: String) -> ConfigurationError {
        let problem: String
        switch error as? YamlError {
        case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _), .composer(_, let text, let mark, _):
            problem = "line \(mark.line), column \(mark.column): \(text)"
        case .duplicatedKeysInMapping(let keys, let context):
            problem = "line \(context.mark.line): more than one key \(keys.sorted().joined(separator: ", "))"
        case .reader(let text, _, _, _): problem = text
        default: problem = "it cannot be parsed"
        }
        return ConfigurationError(
            .invalidArgument,
            setting: "config",
            value: nil,
            origin: origin,
            "malformed YAML: \(problem)"
        )
    }
}

extension Node {
    /// Whether nothing is written there: `key:`, `key: null` or `key: ~`, but not `key: "null"`.
    var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
