import Configuration

extension Layer {
    /// What was typed on the command line. The key is read from its file here, once.
    init(flags: LLMFlags, homeDirectory: String) throws(ConfigurationError) {
        let typed: [(SettingName, String?)] = [
            (.provider, flags.provider), (.model, flags.model), (.baseURL, flags.baseURL),
            (.apiKey, try Self.key(inFile: flags.apiKeyFile, homeDirectory: homeDirectory)),
            (.temperature, flags.temperature), (.maxTokens, flags.maxTokens), (.numCtx, flags.numCtx),
        ]
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for case (let setting, let text?) in typed {
            values[[setting.rawValue]] = ConfigValue(.string(text), isSecret: setting.isSecret)
        }
        self.init(ConfigReader(provider: InMemoryProvider(name: "flags", values: values))) { setting in
            (ConfigKey([setting.rawValue]), "flag \(setting.flag)")
        }
    }

    private static func key(
        inFile path: String?,
        homeDirectory: String
    ) throws(ConfigurationError) -> String? {
        let origin = "flag \(SettingName.apiKey.flag)"
        guard let path = path?.trimmed, !path.isEmpty else { return nil }
        // Who types the key where its file is asked for must not find the key in a log.
        let shown = Shown.looksLikeKey(path) ? APIKey(path).redacted : path
        func refused(_ problem: String) -> ConfigurationError {
            ConfigurationError(
                .failedPrecondition,
                setting: SettingName.apiKey.rawValue,
                value: nil,
                origin: origin,
                "\(problem) \"\(shown)\"; give the path of a file that holds the key and nothing else"
            )
        }
        let text: String
        do {
            text = try TextFile.read(path.expandingTilde(homeDirectory), limit: 16 * 1024)
        } catch {
            throw refused("\(error.why):")
        }
        guard !text.trimmed.isEmpty else { throw refused("there is no key in") }
        return text
    }
}
