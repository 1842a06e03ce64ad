public import Failures

/// A configuration that cannot be used, in one line: which setting, which value, who said so, what to do.
///
/// It never holds a key, nor the password of a URL.
public struct ConfigurationError: CodedFailure, Equatable, CustomStringConvertible {
    /// `invalid_argument` for a value that is wrong, `failed_precondition` for what is missing from the worker.
    public let code: FailureCode
    /// One line for the person who reads it.
    public let message: String
    /// The setting's name as in the config file: `base_url`, `config` for the file itself.
    public let setting: String
    /// The value that was refused; nil for keys and where nothing was set.
    public let value: String?
    /// Where the value came from, in the words of ``Setting/origin``.
    public let origin: String

    /// The same as ``message``.
    public var description: String { message }

    init(_ code: FailureCode, setting: String, value: String?, origin: String, _ problem: String) {
        let shown = value.map { Shown.value($0, of: setting) }
        self.code = code
        self.setting = setting
        self.value = shown
        self.origin = origin
        self.message = "\(setting)\(shown.map { " \"\($0)\"" } ?? "") (\(origin)): \(Shown.line(problem))"
    }

    /// A value that somebody wrote and that is wrong.
    init(_ setting: SettingName, _ written: Written, _ problem: String) {
        self.init(
            .invalidArgument,
            setting: setting.rawValue,
            value: written.isSecret ? nil : written.text,
            origin: written.origin,
            problem
        )
    }

    /// The same failure under another code.
    func with(code: FailureCode) -> ConfigurationError {
        ConfigurationError(code: code, message: message, setting: setting, value: value, origin: origin)
    }

    private init(code: FailureCode, message: String, setting: String, value: String?, origin: String) {
        self.code = code
        self.message = message
        self.setting = setting
        self.value = value
        self.origin = origin
    }
}
