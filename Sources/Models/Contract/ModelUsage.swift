/// Tokens that a call to a model took.
public struct ModelUsage: Sendable, Equatable {
    /// Tokens of the prompt, those that came from the provider's cache included.
    public var inputTokens: Int
    /// Tokens of the answer, reasoning included.
    public var outputTokens: Int
    /// How many of ``inputTokens`` came from the provider's cache.
    public var cachedInputTokens: Int

    /// Creates a count.
    public init(inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedInputTokens = cachedInputTokens
    }
}
