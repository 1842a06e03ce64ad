/// One message of a conversation, in no provider's words.
public struct ModelMessage: Sendable, Equatable {
    /// Who speaks.
    public enum Role: Sendable, Equatable {
        /// Whoever runs the agent: instructions.
        case system
        /// The person, or the program, that asks.
        case user
        /// The model.
        case assistant
        /// A tool, answering the call ``ModelMessage/toolCallID``.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// What is said.
    public var text: String
    /// What the model thought before it spoke. Anthropic wants it back, unchanged, in the next turn.
    public var reasoning: [ReasoningBlock]
    /// The tools that the model called.
    public var toolCalls: [ModelToolCall]
    /// The call that a tool's message answers.
    public var toolCallID: String?
    /// The name of the tool that answers.
    public var toolName: String?
    /// Whether the tool says why it gave no result.
    public var isToolFailure: Bool

    /// Creates a message.
    public init(
        _ role: Role,
        _ text: String,
        reasoning: [ReasoningBlock] = [],
        toolCalls: [ModelToolCall] = [],
        toolCallID: String? = nil,
        toolName: String? = nil,
        isToolFailure: Bool = false
    ) {
        self.role = role
        self.text = text
        self.reasoning = reasoning
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.toolName = toolName
        self.isToolFailure = isToolFailure
    }
}
