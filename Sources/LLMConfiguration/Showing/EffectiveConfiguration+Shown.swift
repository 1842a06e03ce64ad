extension EffectiveConfiguration {
    /// One line of the table.
    public typealias Row = (name: String, value: ConfigurationValue, origin: String)

    /// Every setting in the order of the cascade's table, keys redacted: the one source of all that is shown.
    public var rows: [Row] {
        [
            row(.mode, mode) { .string($0.rawValue) },
            row(.provider, provider) { .string($0) },
            row(.model, model) { .string($0) },
            row(.baseURL, baseURL) { .string($0) },
            row(.apiKey, apiKey) { $0.map { .string($0.redacted) } ?? .null },
            row(.temperature, temperature) { $0.map { .number($0) } ?? .null },
            row(.maxTokens, maxTokens) { $0.map { .number(Double($0)) } ?? .null },
            row(.numCtx, numCtx) { $0.map { .number(Double($0)) } ?? .null },
        ]
    }

    /// `{"settings": {"provider": {"value": "ollama", "origin": "default for local mode"}, …}}`
    ///
    /// - Parameter pretty: One setting a line, for people.
    public func json(pretty: Bool = false) -> String {
        let settings = rows.map { row in
            "\(row.name.jsonQuoted): {\"value\": \(row.value.json), \"origin\": \(row.origin.jsonQuoted)}"
        }
        guard pretty else {
            return "{\"settings\": {" + settings.joined(separator: ", ") + "}}"
        }
        return "{\n  \"settings\": {\n    " + settings.joined(separator: ",\n    ") + "\n  }\n}"
    }

    private func row<Value>(
        _ name: SettingName,
        _ setting: Setting<Value>,
        _ shown: (Value) -> ConfigurationValue
    ) -> Row {
        (name.rawValue, shown(setting.value), setting.origin)
    }
}
