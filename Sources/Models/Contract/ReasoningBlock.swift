/// A piece of a model's reasoning, with what proves to its provider that nobody changed it.
public struct ReasoningBlock: Sendable, Equatable {
    /// The reasoning in words; empty if it is redacted.
    public var text: String
    /// The provider's signature under it.
    public var signature: String?
    /// The provider's encrypted form, where it gives no words.
    public var redacted: String?

    /// Creates a block.
    public init(text: String, signature: String? = nil, redacted: String? = nil) {
        self.text = text
        self.signature = signature
        self.redacted = redacted
    }
}
