import Configuration
import Foundation

/// The runner's own settings, which are not the model's: a flag, then the environment, then the default.
struct Settings {
    private let environment: ConfigReader

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
            .scoped(to: "stigmer")
    }

    /// Reads a setting; a blank one counts as not set.
    ///
    /// - Parameters:
    ///   - name: the flag's name without dashes; the variable is `STIGMER_` and the same in capitals.
    ///   - expected: what a value is, for the error of one that is none.
    ///   - read: makes the value of its text; nil if it is none.
    func value<Value>(
        _ name: String,
        _ flag: String?,
        default standard: Value,
        expected: String,
        _ read: (String) -> Value?
    ) throws(StartError) -> Value {
        let candidates = [(flag, "--\(name)"), (environment.string(forKey: key(name)), variable(name))]
        for case (let text?, let origin) in candidates {
            let text = text.trimmingCharacters(in: .whitespaces)
            if text.isEmpty { continue }
            guard let value = read(text) else {
                throw StartError("\(origin) \(text.debugDescription): give \(expected)")
            }
            return value
        }
        return standard
    }

    /// Reads the path of a file; nil if none is set.
    func path(_ name: String, _ flag: String?) throws(StartError) -> String? {
        try value(name, flag, default: nil, expected: "a path") { $0 as String? }
    }

    /// Reads a list: each flag is an entry, the variable holds entries between commas.
    ///
    /// - Parameters:
    ///   - expected: what an entry must be, for a person.
    ///   - read: makes an entry's value; nil if it is none.
    func list<Value>(
        _ name: String,
        _ flags: [String],
        expected: String,
        _ read: (String) -> Value?
    ) throws(StartError) -> [Value] {
        let inVariable = environment.string(forKey: key(name))?.split(separator: ",").map(String.init)
        let (entries, origin) = flags.isEmpty ? (inVariable ?? [], variable(name)) : (flags, "--\(name)")
        var values: [Value] = []
        for entry in entries.map({ $0.trimmingCharacters(in: .whitespaces) }) where !entry.isEmpty {
            guard let value = read(entry) else {
                throw StartError("\(origin) \(entry.debugDescription): give \(expected)")
            }
            values.append(value)
        }
        return values
    }

    /// Reads `90`, `90s`, `1500ms`, `5m` or `2h`; more than nothing, at most a year.
    func duration(_ name: String, _ flag: String?, default standard: Duration) throws(StartError) -> Duration {
        try value(
            name,
            flag,
            default: standard,
            expected: "a duration such as 1500ms, 90s, 5m or 2h, more than 0 and at most a year"
        ) { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let count = Int64(digits), count > 0, count <= 31_536_000_000 else { return nil }
            let duration: Duration? =
                switch text.dropFirst(digits.count) {
                case "ms": .milliseconds(count)
                case "", "s": .seconds(count)
                case "m": .seconds(count * 60)
                case "h": .seconds(count * 3600)
                default: nil
                }
            return duration.flatMap { $0 <= .seconds(31_536_000) ? $0 : nil }
        }
    }

    /// Reads a whole number from 1 to a million.
    func count(_ name: String, _ flag: String?, default standard: Int) throws(StartError) -> Int {
        try value(name, flag, default: standard, expected: "a whole number from 1 to 1000000") { text in
            Int(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
    }

    func flag(_ name: String, _ flag: Bool) throws(StartError) -> Bool {
        if flag { return true }
        return try value(name, nil, default: false, expected: "true or false") {
            ["true": true, "1": true, "false": false, "0": false][$0.lowercased()]
        }
    }

    private func key(_ name: String) -> ConfigKey { ConfigKey(name.split(separator: "-").map(String.init)) }

    /// The variable of a setting, for a person.
    private func variable(_ name: String) -> String {
        "STIGMER_" + name.replacing("-", with: "_").uppercased()
    }
}
