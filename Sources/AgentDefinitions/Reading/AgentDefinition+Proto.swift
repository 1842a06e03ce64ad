public import StigmerProtos

extension AgentDefinition {
    /// Takes the definition that a request carries.
    ///
    /// - Throws: ``AgentError`` with the code `invalid_argument` and what is wrong with it, field by field.
    public init(_ spec: AgentSpec) throws(AgentError) {
        self.init()
        description = spec.description_p
        iconURL = spec.iconURL
        instructions = spec.instructions
        servers = spec.mcpServers.map(Server.init)
        subAgents = spec.subAgents.map(SubAgent.init)
        skills = spec.skills
        tools = spec.tools
        if spec.limits.hasMaxSteps { limits.maxSteps = Int(spec.limits.maxSteps) }
        if spec.limits.hasMaxTokens { limits.maxTokens = Int(spec.limits.maxTokens) }
        limits.allowsNetwork = spec.limits.allowNetwork
        let problems = problems(isTrusted: false).map { problem in
            AgentProblem(field: problem.field.isEmpty ? "agent" : "agent.\(problem.field)", message: problem.message)
        }
        if !problems.isEmpty { throw AgentError(.invalidArgument, problems) }
    }
}

extension AgentDefinition.Server {
    fileprivate init(_ server: McpServerDefinition) {
        self.init()
        name = server.name
        enabledTools = server.enabledTools
        switch server.serverType {
        case .stdio(let server):
            var stdio = Stdio()
            stdio.command = server.command
            stdio.arguments = server.args
            stdio.environment = server.envPlaceholders
            stdio.workingFolder = server.workingDir
            self.stdio = stdio
        case .http(let server):
            var http = HTTP()
            http.url = server.url
            http.headers = server.headers
            http.query = server.queryParams
            http.timeoutSeconds = Int(server.timeoutSeconds)
            self.http = http
        case nil: break
        }
    }
}

extension AgentDefinition.SubAgent {
    fileprivate init(_ agent: SubAgentSpec) {
        self.init()
        name = agent.name
        description = agent.description_p
        instructions = agent.instructions
        servers = agent.mcpServers
        enabledTools = agent.mcpToolSelections.mapValues(\.enabledTools)
    }
}
