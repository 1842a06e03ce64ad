public import Failures

/// Why there is no agent to answer.
public struct AgentError: CodedFailure, Equatable, CustomStringConvertible {
    /// `not_found` for an agent that is not defined, `failed_precondition` for a file that is wrong, `invalid_argument`
    /// for what is wrong with a request.
    public let code: FailureCode
    /// One line for the person who reads it.
    public let message: String

    /// The same as ``message``.
    public var description: String { message }

    init(_ code: FailureCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Tells the first of several problems.
    public init(_ code: FailureCode, _ problems: [AgentProblem]) {
        let more = problems.count > 3 ? " (and \(problems.count - 3) more)" : ""
        self.init(code, problems.prefix(3).map(\.description).joined(separator: "; ") + more)
    }
}
