import StigmerProtos
import Testing

extension FieldNumberTests {
    static func agents() throws -> [Row] {
        [
            try Row(AgentExecutionSpec.with { $0.agent = .init() }, [.empty(100)]),
            try Row(
                AgentSpec.with {
                    $0.description_p = "d"
                    $0.iconURL = "u"
                    $0.instructions = "i"
                    $0.mcpServers = [.init()]
                    $0.subAgents = [.init()]
                    $0.skills = ["s"]
                    $0.tools = ["t"]
                    $0.limits = .init()
                },
                [
                    .text(1, "d"), .text(2, "u"), .text(3, "i"), .empty(4), .empty(6), .text(100, "s"), .text(101, "t"),
                    .empty(102),
                ]
            ),
            try Row(
                McpServerDefinition.with {
                    $0.name = "n"
                    $0.stdio = .init()
                    $0.enabledTools = ["t"]
                },
                [.text(1, "n"), .empty(2), .text(5, "t")]
            ),
            try Row(McpServerDefinition.with { $0.http = .init() }, [.empty(3)]),
            try Row(
                StdioServer.with {
                    $0.command = "c"
                    $0.args = ["a"]
                    $0.envPlaceholders = ["": ""]
                    $0.workingDir = "w"
                },
                [.text(1, "c"), .text(2, "a"), Field(3, [0x0A, 0, 0x12, 0]), .text(4, "w")]
            ),
            try Row(
                HttpServer.with {
                    $0.url = "u"
                    $0.headers = ["": ""]
                    $0.queryParams = ["": ""]
                    $0.timeoutSeconds = 3
                },
                [.text(1, "u"), Field(2, [0x0A, 0, 0x12, 0]), Field(3, [0x0A, 0, 0x12, 0]), .small(4, 3)]
            ),
            try Row(
                SubAgentSpec.with {
                    $0.name = "n"
                    $0.description_p = "d"
                    $0.instructions = "i"
                    $0.mcpServers = ["m"]
                    $0.mcpToolSelections = ["": .init()]
                },
                [.text(1, "n"), .text(2, "d"), .text(3, "i"), .text(4, "m"), Field(5, [0x0A, 0, 0x12, 0])]
            ),
            try Row(McpToolSelection.with { $0.enabledTools = ["t"] }, [.text(1, "t")]),
            try Row(
                AgentSpecLimits.with {
                    $0.maxSteps = 4
                    $0.maxTokens = 5
                    $0.allowNetwork = true
                },
                [.small(1, 4), .small(2, 5), .small(3, 1)]
            ),
        ]
    }
}
