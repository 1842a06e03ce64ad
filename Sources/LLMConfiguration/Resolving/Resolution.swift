/// Resolves every setting for one provider: the highest layer that says something wins, setting by setting.
///
/// Only the winning value is checked; what a higher layer overrides may be anything.
struct Resolution {
    let mode: Setting<RunMode>
    let choice: ProviderChoice
    /// The layers that speak for the chosen provider, the strongest first.
    let layers: [Layer]
    let aliases: ModelAliases
    let known: KnownProviders
    /// What to set if a key is missing: the variables that would have been read.
    let keyVariables: [String]

    private var profile: ProviderProfile { choice.profile }
    private var defaultOrigin: String { "default for \(profile.name)" }

    /// The effective configuration, checked.
    func effective() throws(ConfigurationError) -> EffectiveConfiguration {
        let baseURL = try baseURL()
        return EffectiveConfiguration(
            mode: mode,
            provider: Setting(profile.name, origin: choice.origin),
            model: try model(),
            baseURL: Setting(baseURL.value.text, origin: baseURL.origin),
            apiKey: try apiKey(at: baseURL),
            temperature: try setting(.temperature, default: profile.defaultTemperature, Numbers.temperature),
            maxTokens: try setting(.maxTokens, default: profile.defaultMaxTokens, Numbers.tokens),
            numCtx: try numCtx()
        )
    }

    private func winner(_ setting: SettingName) -> Written? {
        layers.lazy.compactMap { $0[setting] }.first
    }

    private func setting<Value>(
        _ name: SettingName,
        default value: Value,
        _ read: (Written) throws(Unusable) -> Value
    ) throws(ConfigurationError) -> Setting<Value> {
        guard let written = winner(name) else { return Setting(value, origin: defaultOrigin) }
        do {
            return Setting(try read(written), origin: written.origin)
        } catch {
            throw ConfigurationError(name, written, error.why)
        }
    }

    private func model() throws(ConfigurationError) -> Setting<String> {
        let written = winner(.model)
        let name = try written.map { written throws(ConfigurationError) in
            try ModelName(written, known: known).name
        }
        let asked = name ?? profile.defaultModel
        let origin = written?.origin ?? defaultOrigin
        let alias = aliases.model(for: asked, at: profile.name)
        let model = alias ?? asked
        guard !model.contains(where: \.isControl) else {
            throw ConfigurationError(
                .invalidArgument,
                setting: SettingName.model.rawValue,
                value: model,
                origin: origin,
                "there are control characters in it"
            )
        }
        return Setting(model, origin: alias == nil ? origin : "\(origin), alias of \(asked)")
    }

    private func baseURL() throws(ConfigurationError) -> Setting<BaseURL> {
        try setting(.baseURL, default: BaseURL(ownAddressOf: profile)) { written throws(Unusable) in
            try BaseURL(written.text, form: written.form)
        }
    }

    private func apiKey(at address: Setting<BaseURL>) throws(ConfigurationError) -> Setting<APIKey?> {
        let key = try setting(.apiKey, default: nil) { written throws(Unusable) in
            try APIKey(checking: written.text)
        }
        let isOwnAddress = address.value.host == BaseURL(ownAddressOf: profile).host
        guard key.value == nil, profile.requiresKeyAtDefaultAddress, isOwnAddress else { return key }
        throw ConfigurationError(
            .failedPrecondition,
            setting: SettingName.apiKey.rawValue,
            value: nil,
            origin: choice.origin,
            "provider \(profile.name) needs a key at \(address.value.text) and none is set; "
                + "set \(keyVariables.joined(separator: " or ")) in the worker's environment"
        )
    }

    private func numCtx() throws(ConfigurationError) -> Setting<Int?> {
        guard profile.supportsNumCtx else { return Setting(nil, origin: "not used by \(profile.name)") }
        let numCtx = try setting(.numCtx, default: nil, Numbers.tokens)
        return numCtx.value == nil ? Setting(nil, origin: "\(defaultOrigin), fitted to the prompt") : numCtx
    }
}
