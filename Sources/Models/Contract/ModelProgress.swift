/// Something that takes time before a model answers.
public struct ModelProgress: Sendable, Equatable {
    /// What is going on.
    public enum What: String, Sendable {
        /// The model is being downloaded.
        case pulling
        /// The model is being loaded into memory.
        case loading
        /// A call failed and is about to be repeated.
        case retrying
        /// Nothing has come yet.
        case waiting
    }

    /// What is going on.
    public var what: What
    /// It in a few words.
    public var detail: String
    /// How much is done, in bytes for a download; nil if unknown.
    public var completed: Int?
    /// How much there is; nil if unknown.
    public var total: Int?

    /// Creates a report.
    public init(_ what: What, _ detail: String, completed: Int? = nil, total: Int? = nil) {
        self.what = what
        self.detail = detail
        self.completed = completed
        self.total = total
    }
}
