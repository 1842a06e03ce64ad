public import LLMConfiguration

/// What a model is asked: a conversation, and the configuration that says which model, where and how.
public struct ModelRequest: Sendable {
    /// The conversation so far, oldest first.
    public var messages: [ModelMessage]
    /// What the model may ask for.
    public var tools: [ModelTool]
    /// Where it goes, and with which settings.
    public var configuration: EffectiveConfiguration
    /// Ollama's `num_ctx` as it was fitted to the prompt; used where the configuration sets none.
    var fittedContext: Int?

    /// Creates a request.
    public init(messages: [ModelMessage], tools: [ModelTool] = [], configuration: EffectiveConfiguration) {
        self.messages = messages
        self.tools = tools
        self.configuration = configuration
    }
}
