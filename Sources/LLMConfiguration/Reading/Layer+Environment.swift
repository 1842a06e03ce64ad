import Configuration

extension Layer {
    /// The runner's own variables, `STIGMER_LLM_*`.
    init(environment reader: ConfigReader) {
        self.init(reader) { setting in
            (ConfigKey([setting.variable]), "env \(setting.variable)")
        }
    }

    /// A provider's own variables (`ANTHROPIC_API_KEY`, `OLLAMA_HOST`): they speak for that provider alone.
    init(ownVariablesOf profile: ProviderProfile, environment reader: ConfigReader) {
        self.init()
        self[.baseURL] =
            profile.addressVariables.lazy.compactMap { variable in
                Written(
                    reader.string(forKey: ConfigKey([variable.name])),
                    origin: "env \(variable.name)",
                    form: variable.form
                )
            }.first
        self[.apiKey] =
            profile.apiKeyVariables.lazy.compactMap { name in
                Written(
                    reader.string(forKey: ConfigKey([name]), isSecret: true),
                    origin: "env \(name)",
                    isSecret: true
                )
            }.first
    }
}

extension ConfigReader {
    /// A reader of this environment, in which keys are marked as secrets.
    static func environment(_ variables: [String: String], profiles: [ProviderProfile]) -> ConfigReader {
        let secrets = Set([SettingName.apiKey.variable] + profiles.flatMap(\.apiKeyVariables))
        return ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: variables,
                secretsSpecifier: .specific(secrets)
            )
        )
    }
}
