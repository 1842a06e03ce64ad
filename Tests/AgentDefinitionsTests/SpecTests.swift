import Failures
import StigmerProtos
import Testing

@testable import AgentDefinitions

/// The definition that a request carries.
struct SpecTests {
    private func failure(_ change: (inout AgentSpec) -> Void) -> AgentError? {
        var spec = AgentSpec()
        change(&spec)
        do throws(AgentError) {
            _ = try AgentDefinition(spec)
            return nil
        } catch {
            return error
        }
    }

    @Test func everyFieldIsTaken() throws {
        var spec = AgentSpec()
        spec.description_p = "d"
        spec.iconURL = "i"
        spec.instructions = "n"
        var stdio = McpServerDefinition()
        stdio.name = "time"
        stdio.stdio.command = "c"
        stdio.stdio.args = ["a"]
        stdio.stdio.envPlaceholders = ["K": "${K}"]
        stdio.stdio.workingDir = "/w"
        stdio.enabledTools = ["t"]
        var http = McpServerDefinition()
        http.name = "web"
        http.http.url = "http://h"
        http.http.headers = ["H": "v"]
        http.http.queryParams = ["q": "v"]
        http.http.timeoutSeconds = 9
        spec.mcpServers = [stdio, http]
        var agent = SubAgentSpec()
        agent.name = "s"
        agent.description_p = "sd"
        agent.instructions = "si"
        agent.mcpServers = ["time"]
        agent.mcpToolSelections["time", default: .init()].enabledTools = ["t"]
        spec.subAgents = [agent]
        spec.skills = ["k"]
        spec.tools = ["ls"]
        spec.limits.maxSteps = 7
        spec.limits.maxTokens = 8
        spec.limits.allowNetwork = true
        let definition = try AgentDefinition(spec)
        #expect(definition.description == "d" && definition.iconURL == "i" && definition.instructions == "n")
        #expect(
            definition.servers[0].stdio?.environment == ["K": "${K}"] && definition.servers[0].enabledTools == ["t"]
        )
        #expect(definition.servers[0].stdio?.arguments == ["a"] && definition.servers[0].stdio?.workingFolder == "/w")
        #expect(definition.servers[1].http?.query == ["q": "v"] && definition.servers[1].http?.timeoutSeconds == 9)
        #expect(definition.subAgents[0].enabledTools == ["time": ["t"]] && definition.subAgents[0].instructions == "si")
        #expect(definition.skills == ["k"] && definition.tools == ["ls"])
        #expect(definition.limits.maxSteps == 7 && definition.limits.maxTokens == 8 && definition.limits.allowsNetwork)
        #expect(try AgentDefinition(AgentSpec()) == AgentDefinition())
    }

    @Test func theSameIsCheckedAsOfAFile() {
        #expect(
            failure { $0.tools = ["grpe"] }?.message
                == "agent.tools[0]: \"grpe\" is no tool of the runner's; did you mean \"grep\"?"
        )
        #expect(failure { $0.limits.maxSteps = 0 }?.code == .invalidArgument)
        #expect(failure { $0.limits.maxTokens = 0 }?.message == "agent.limits.max_tokens: 0 is not at least 1")
        #expect(
            failure { $0.mcpServers = [McpServerDefinition()] }?.message.contains(
                "agent.mcp_servers[0]: a server has either stdio or http"
            ) == true
        )
    }

    /// Whoever may send a request must not have the runner read any folder of its machine.
    @Test(arguments: [("pdf", true), ("/etc", false), ("./x", false), ("a/b", false), ("..", false), ("", false)])
    func aRequestNamesSkillsAndNoFolders(skill: String, isTaken: Bool) {
        #expect((failure { $0.skills = [skill] } == nil) == isTaken)
    }
}
