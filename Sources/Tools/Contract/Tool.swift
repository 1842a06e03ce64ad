import WireJSON

/// Something that a model can ask an agent to do.
public protocol Tool: Sendable {
    /// What the model is told of it.
    var specification: ToolSpecification { get }
    /// Whether calls of one turn may run beside each other: those that change nothing, or nothing that others see.
    var runsInParallel: Bool { get }

    /// Does it. Cancelling the task stops it within a second, with every process that it has started.
    ///
    /// - Parameters:
    ///   - arguments: an object, as the model wrote it: a tool checks what it uses.
    /// - Returns: what the model is told.
    /// - Throws: ``ToolFailure``, which the model is told too.
    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String
}

/// What a model is told of a tool.
public struct ToolSpecification: Sendable, Equatable {
    /// Letters, digits, `_` and `-`, at most 64 of them: what every provider takes.
    public var name: String
    /// What it does and when to use it.
    public var description: String
    /// The JSON schema of its arguments, an object's.
    public var parameters: JSONValue
    /// How clients show its calls.
    public var component: ToolComponent

    /// Describes a tool.
    public init(name: String, description: String, parameters: JSONValue, component: ToolComponent = .tool) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.component = component
    }
}

/// How Stigmer's clients show a tool's calls: `component_metadata.component_type`.
public enum ToolComponent: String, Sendable, CaseIterable {
    /// One of a kind that clients know, by the word on the wire.
    case terminal, preview, editor, search, browser, git, kubernetes, filesystem, tool
}

/// What a call may use besides its arguments.
public struct ToolContext: Sendable {
    /// The call's id.
    public let callID: String
    /// Tells whoever watches what goes on, in a few words or a few lines of output.
    public let report: @Sendable (String) -> Void

    /// Names a call.
    public init(callID: String, report: @escaping @Sendable (String) -> Void) {
        self.callID = callID
        self.report = report
    }
}

/// Why a call gave no result: a sentence for the model, which may try something else.
public struct ToolFailure: Error, Equatable, Sendable {
    /// What was wrong, with which value, and what to do about it.
    public let message: String

    /// Describes a failure.
    public init(_ message: String) { self.message = message }
}
