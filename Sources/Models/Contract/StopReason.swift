/// Why a model stopped: one word for what the providers call differently, or the provider's own word.
public struct StopReason: RawRepresentable, Sendable, Hashable {
    /// The word.
    public let rawValue: String

    /// Creates a reason from its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The model had said what it wanted.
    public static let stop = StopReason(rawValue: "stop")
    /// It ran into max_tokens, or into the end of its context.
    public static let length = StopReason(rawValue: "length")
    /// It waits for the results of the tools that it called.
    public static let toolCalls = StopReason(rawValue: "tool_calls")
    /// The call failed before the model had said all.
    public static let error = StopReason(rawValue: "error")
    /// The call was cancelled before the model had said all.
    public static let cancelled = StopReason(rawValue: "cancelled")
    /// The provider kept it from answering.
    public static let contentFilter = StopReason(rawValue: "content_filter")
}
