import Configuration

/// The worker's cascade: which model, at which address, with which key, and who said so.
///
/// Resolved and checked once, at start; every request is then resolved against it. The steps, each in its folder:
///
/// 1. **Reading**: each source becomes a ``Layer`` of what was written and where.
/// 2. **Choosing**: the highest layer that names a provider chooses it; lower layers that name another are left out.
/// 3. **Resolving**: the highest layer that is left wins, setting by setting; friendly names are replaced.
/// 4. **Checking**: numbers, URLs and keys; only values that win.
/// 5. **Showing**: the result, with origins and without keys.
///
/// Where the rules leave room, this was decided:
/// - All layers of one worker are its operator's: a key and an address may come from different layers as long as both
///   speak for the same provider (`ANTHROPIC_API_KEY` with a gateway in `STIGMER_LLM_BASE_URL`).
/// - A key is required at any address whose host is the provider's own.
/// - `num_ctx` set for a provider that takes none is not sent, and shown so.
public struct WorkerConfiguration: Sendable {
    /// The worker's own: what a request that names nothing gets.
    public let effective: EffectiveConfiguration

    private let known: KnownProviders
    private let choice: ProviderChoice
    /// What speaks for the worker's own provider, the strongest first.
    private let layers: [Layer]
    /// Each provider's own variables.
    private let ownVariables: [String: Layer]
    private let aliases: ModelAliases

    /// Reads every layer, resolves and checks; reads files, so it is called at start and never on an event loop.
    ///
    /// - Parameters:
    ///   - flags: What was typed.
    ///   - environment: The process's variables.
    ///   - homeDirectory: Where `~/.stigmer/config.yaml` is looked for; empty: nowhere.
    ///   - profiles: The providers that the runner knows.
    /// - Throws: What ends the start, in one line.
    public static func load(
        flags: LLMFlags,
        environment: [String: String],
        homeDirectory: String,
        profiles: [ProviderProfile]
    ) throws(ConfigurationError) -> WorkerConfiguration {
        try WorkerConfiguration(
            flags: flags,
            environment: ConfigReader.environment(environment, profiles: profiles),
            homeDirectory: homeDirectory,
            known: KnownProviders(profiles)
        )
    }

    private init(
        flags: LLMFlags,
        environment: ConfigReader,
        homeDirectory: String,
        known: KnownProviders
    ) throws(ConfigurationError) {
        let mode = try Setting<RunMode>(flags: flags, environment: environment)
        let file = try ConfigurationFile.find(flags: flags, environment: environment, homeDirectory: homeDirectory)
        let flagLayer = try Layer(flags: flags, homeDirectory: homeDirectory)
        let environmentLayer = Layer(environment: environment)

        let choice = try ProviderChoice(layers: [flagLayer, environmentLayer, file.layer], mode: mode, known: known)

        var ownVariables: [String: Layer] = [:]
        for profile in known.all {
            ownVariables[profile.name] = Layer(ownVariablesOf: profile, environment: environment)
        }
        var speaking: [Layer] = []
        for layer in [flagLayer, environmentLayer, ownVariables[choice.profile.name] ?? Layer(), file.layer]
        where try layer.speaks(for: choice.profile, known: known) {
            speaking.append(layer)
        }

        self.known = known
        self.choice = choice
        self.layers = speaking
        self.ownVariables = ownVariables
        self.aliases = try ModelAliases(
            known: known,
            tables: file.aliasTables,
            fileProvider: try file.layer.namedProvider(known)?.text.lowercased()
        )
        self.effective = try Resolution(
            mode: mode,
            choice: choice,
            layers: speaking,
            aliases: aliases,
            known: known,
            keyVariables: [SettingName.apiKey.variable] + choice.profile.apiKeyVariables
        ).effective()
    }

    /// What a request would use.
    ///
    /// A request that crosses to another provider gets that provider's own variables and defaults alone.
    ///
    /// - Throws: `invalid_argument` for what the request got wrong; `failed_precondition` for what the worker lacks,
    ///   such as the other provider's key.
    public func resolve(_ request: RequestSettings) throws(ConfigurationError) -> EffectiveConfiguration {
        let layer = Layer(request: request)
        guard let model = layer[.model] else { return try effective(choice, request: layer) }
        let choice = try ProviderChoice(model: model, worker: choice, mode: effective.mode, known: known)
        return try effective(choice, request: layer)
    }

    /// The providers that can be asked right now: the worker's own first, then every other whose key or address its
    /// own variables give and that lacks nothing. Each with its default model, as a request that crosses would get it.
    public var configuredProviders: [EffectiveConfiguration] {
        [effective] + others.compactMap { try? $0.result.get() }
    }

    /// The providers whose own variables are set but cannot be used, with what is wrong.
    public var unusableProviders: [(name: String, problem: ConfigurationError)] {
        others.compactMap { other in
            guard case .failure(let problem) = other.result else { return nil }
            return (other.name, problem)
        }
    }

    /// The providers besides the worker's own whose key or address their own variables give.
    private var others: [(name: String, result: Result<EffectiveConfiguration, ConfigurationError>)] {
        known.all.filter { $0.name != choice.profile.name }.compactMap { profile in
            guard let own = ownVariables[profile.name], let configured = own[.apiKey] ?? own[.baseURL] else {
                return nil
            }
            let choice = ProviderChoice(profile: profile, origin: configured.origin, isChosen: true)
            do throws(ConfigurationError) {
                return (profile.name, .success(try effective(choice, request: Layer())))
            } catch {
                return (profile.name, .failure(error))
            }
        }
    }

    private func effective(
        _ choice: ProviderChoice,
        request: Layer
    ) throws(ConfigurationError) -> EffectiveConfiguration {
        let crosses = choice.profile.name != self.choice.profile.name
        let own = ownVariables[choice.profile.name] ?? Layer()
        let resolution = Resolution(
            mode: effective.mode,
            choice: choice,
            layers: [request] + (crosses ? [own] : layers),
            aliases: aliases,
            known: known,
            keyVariables: (crosses ? [] : [SettingName.apiKey.variable]) + choice.profile.apiKeyVariables
        )
        do {
            return try resolution.effective()
        } catch {
            // What the worker's own variables got wrong is not the caller's to mend.
            throw error.origin.hasPrefix(Layer.requestOrigin) ? error : error.with(code: .failedPrecondition)
        }
    }
}

extension Setting<RunMode> {
    /// `--mode`, then `MODE`, then local.
    fileprivate init(flags: LLMFlags, environment: ConfigReader) throws(ConfigurationError) {
        let written =
            Written(flags.mode, origin: "flag \(SettingName.mode.flag)")
            ?? Written(
                environment.string(forKey: ConfigKey([SettingName.mode.variable])),
                origin: "env \(SettingName.mode.variable)"
            )
        guard let written else {
            self.init(.local, origin: "default")
            return
        }
        guard let mode = RunMode(rawValue: written.text.lowercased()) else {
            let modes = RunMode.allCases.map(\.rawValue).joined(separator: " or ")
            throw ConfigurationError(.mode, written, "no such mode; it is \(modes)")
        }
        self.init(mode, origin: written.origin)
    }
}
