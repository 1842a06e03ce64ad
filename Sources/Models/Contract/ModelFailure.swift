public import Failures

/// Why a model did not answer, or not to the end.
public struct ModelFailure: CodedFailure, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    public var code: FailureCode
    /// One sentence: who, where, what, and what to do about it. It never holds a key.
    public var message: String
    /// How long the provider asks to wait before the next attempt.
    public var retryAfter: Duration?
    /// Whether the same call may succeed if it is repeated.
    public var isRetryable: Bool
    /// Whether the conversation is longer than the model's context: a shorter one may be answered.
    public var isPromptTooLong = false

    /// Creates a failure.
    public init(_ code: FailureCode, _ message: String, retryAfter: Duration? = nil, isRetryable: Bool = false) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.isRetryable = isRetryable
    }

    /// The code and the sentence.
    public var description: String { "\(code.rawValue): \(message)" }
}
