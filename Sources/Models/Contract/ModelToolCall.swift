/// A tool that a model wants to be called.
public struct ModelToolCall: Sendable, Equatable {
    /// The call's name within the conversation. Ollama may give none; then it is `call_0`, `call_1` … within a message.
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments: the text of a JSON object, as the model wrote it. It may be malformed.
    public var arguments: String

    /// Creates a call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
