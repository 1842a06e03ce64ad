/// A tool that a model is offered.
public struct ModelTool: Sendable, Equatable {
    /// Letters, digits, `_` and `-`, at most 64 of them: what every provider takes.
    public var name: String
    /// What it does and when to use it.
    public var description: String
    /// The JSON schema of its arguments, an object's, as JSON text.
    public var parameters: [UInt8]

    /// Describes a tool.
    public init(name: String, description: String, parameters: [UInt8]) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}
