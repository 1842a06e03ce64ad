/// One finding about whether a model can be asked.
public struct ModelCheck: Sendable, Equatable {
    /// What was looked at.
    public enum Subject: String, Sendable {
        /// The API key.
        case key
        /// The server at the configured address.
        case server
        /// The model at that server.
        case model
    }

    /// What was looked at.
    public let subject: Subject
    /// What was found; if it is wrong, with what to do about it.
    public let message: String
    /// What is wrong; nil if it is fine.
    public let failure: ModelFailure?

    init(_ subject: Subject, _ message: String, _ failure: ModelFailure? = nil) {
        self.subject = subject
        self.message = message
        self.failure = failure
    }
}
