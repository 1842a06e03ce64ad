/// Which provider is asked, who said so, and whether it was said or only follows.
struct ProviderChoice: Sendable {
    let profile: ProviderProfile
    let origin: String
    /// Whether somebody chose it. A choice is never overridden by a guess from a model's name; the mode's default is.
    let isChosen: Bool
}

extension ProviderChoice {
    /// The worker's own: whom the highest layer that names one names, else whom the model's name speaks of, else the
    /// mode's default.
    init(layers: [Layer], mode: Setting<RunMode>, known: KnownProviders) throws(ConfigurationError) {
        var named: Written?
        for layer in layers {
            let naming = try layer.namedProvider(known)
            named = named ?? naming
        }
        if let named {
            self.init(profile: try known.require(named), origin: named.origin, isChosen: true)
        } else {
            let model = layers.lazy.compactMap { $0[.model] }.first
            try self.init(unchosen: model, mode: mode, known: known)
        }
    }

    /// A request's, whose model is named by `model`: its prefix, else what somebody chose for the worker, else what
    /// the name speaks of, else the mode's default.
    init(
        model: Written,
        worker: ProviderChoice,
        mode: Setting<RunMode>,
        known: KnownProviders
    ) throws(ConfigurationError) {
        if let prefix = try ModelName(model, known: known).provider, let profile = known[prefix] {
            self.init(profile: profile, origin: model.origin, isChosen: true)
        } else if worker.isChosen {
            self = worker
        } else {
            try self.init(unchosen: model, mode: mode, known: known)
        }
    }

    private init(unchosen model: Written?, mode: Setting<RunMode>, known: KnownProviders) throws(ConfigurationError) {
        if let model, let profile = known.speaking(model.text) {
            self.init(profile: profile, origin: model.origin, isChosen: false)
            return
        }
        let origin = "default for \(mode.value.rawValue) mode"
        let name = mode.value.defaultProvider
        guard let profile = known[name] else {
            throw ConfigurationError(
                .failedPrecondition,
                setting: SettingName.provider.rawValue,
                value: name,
                origin: origin,
                "no such provider; known are \(known.list)"
            )
        }
        self.init(profile: profile, origin: origin, isChosen: false)
    }
}

extension Layer {
    /// The provider that this layer speaks for alone, if it names one: by `provider`, or by its model's prefix.
    ///
    /// The two contradicting each other is an error whether or not the layer is used in the end: nobody can tell for
    /// whom it speaks. A name that nobody knows is one too, once it is chosen; a layer that loses may hold any.
    func namedProvider(_ known: KnownProviders) throws(ConfigurationError) -> Written? {
        guard let model = self[.model], let prefix = try ModelName(model, known: known).provider else {
            return self[.provider]
        }
        guard let provider = self[.provider] else {
            return Written(prefix, origin: model.origin)
        }
        guard provider.text.lowercased() == prefix else {
            throw ConfigurationError(
                .model,
                model,
                "contradicts provider \"\(provider.text)\" (\(provider.origin)); drop one of the two"
            )
        }
        return provider
    }

    /// Whether its settings count when `profile` is chosen: a layer that names another provider is left out whole.
    func speaks(for profile: ProviderProfile, known: KnownProviders) throws(ConfigurationError) -> Bool {
        guard let named = try namedProvider(known) else { return true }
        return named.text.lowercased() == profile.name
    }
}
