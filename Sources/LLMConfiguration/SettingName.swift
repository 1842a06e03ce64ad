/// The settings of the cascade, in the order in which they are shown.
///
/// A raw value is the setting's key in the config file and in everything that is shown; the flag and the variable
/// follow from it by one rule.
enum SettingName: String, CaseIterable {
    case mode
    case provider
    case model
    case baseURL = "base_url"
    case apiKey = "api_key"
    case temperature
    case maxTokens = "max_tokens"
    case numCtx = "num_ctx"

    /// What a layer can hold: everything but the mode, which no file may set.
    static let layered: [SettingName] = allCases.filter { $0 != .mode }

    /// The flag that sets it. A key is never an argument (every user of the machine sees those), only a key's file is.
    var flag: String {
        switch self {
        case .mode: "--mode"
        case .apiKey: "--llm-api-key-file"
        default: "--llm-" + String(rawValue.map { $0 == "_" ? "-" : $0 })
        }
    }

    /// The environment variable that sets it.
    var variable: String {
        self == .mode ? "MODE" : "STIGMER_LLM_" + rawValue.uppercased()
    }

    /// Whether its value must be kept out of logs.
    var isSecret: Bool { self == .apiKey }
}
