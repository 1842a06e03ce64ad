/// Something that is wrong with an agent's definition: where, what, and what to do about it.
public struct AgentProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, as it is shown to people; nil for a definition that came with a request.
    public var file: String?
    /// The line, counted from 1; nil where it concerns no line.
    public var line: Int?
    /// The field, as `mcp_servers[0].stdio.command`; empty for the definition as a whole.
    public var field: String
    /// What is wrong with it, in a sentence's end.
    public var message: String

    /// On one line, as compilers write it.
    public var description: String {
        let place = [file, line.map(String.init)].compactMap { $0 }.joined(separator: ":")
        return [place, field, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
