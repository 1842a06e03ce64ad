import Tools
import WireJSON

/// A tool of a server, as an agent uses it.
struct MCPTool: Tool {
    let specification: ToolSpecification
    let runsInParallel: Bool
    private let server: MCPServer
    private let name: String

    init(_ tool: ListedTool, of server: MCPServer) {
        let serverName = server.configuration.name
        let description = tool.description.isEmpty ? "\(tool.name) of the MCP server \(serverName)" : tool.description
        specification = ToolSpecification(
            name: ToolName.of(tool.name, server: serverName),
            description: server.redactor.redact(description),
            parameters: server.redactor.redact(tool.parameters),
            component: Self.component(tool.name, of: serverName)
        )
        runsInParallel = tool.isReadOnly
        self.server = server
        name = tool.name
    }

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        guard arguments.members != nil else {
            throw ToolFailure("the arguments of \(specification.name) must be an object")
        }
        return try await server.call(name, arguments, context)
    }

    /// The kind that a word of the server's or the tool's name tells, the server's first.
    private static func component(_ tool: String, of server: String) -> ToolComponent {
        for name in [server, tool] {
            for word in name.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                if let component = components[String(word)] { return component }
            }
        }
        return .tool
    }

    private static let components: [String: ToolComponent] = [
        "git": .git, "github": .git, "gitlab": .git,
        "kubernetes": .kubernetes, "k8s": .kubernetes, "kubectl": .kubernetes, "helm": .kubernetes,
        "browser": .browser, "playwright": .browser, "puppeteer": .browser, "fetch": .browser,
        "search": .search, "grep": .search,
        "filesystem": .filesystem, "file": .filesystem, "files": .filesystem, "directory": .filesystem,
        "shell": .terminal, "bash": .terminal, "terminal": .terminal, "command": .terminal,
    ]
}
