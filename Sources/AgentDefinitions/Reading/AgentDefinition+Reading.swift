import Yams

extension AgentDefinition {
    /// How a file is written.
    enum Form {
        case yaml
        /// YAML between two lines of `---`, and the instructions after them.
        case markdown
    }

    /// Reads a file's text.
    ///
    /// - Returns: what could be read, and what is wrong with it.
    static func read(_ text: String, _ form: Form, file: String) -> (AgentDefinition, [AgentProblem]) {
        let document = form == .markdown ? FrontMatter(text) : nil
        let reader = FieldReader(file: file, linesBefore: document?.linesBefore ?? 0)
        var definition = AgentDefinition()
        do {
            let root = try YAMLText.compose(document.map(\.yaml) ?? text)
            definition = reader.definition(root)
        } catch {
            let line = error.line.map { $0 + (document?.linesBefore ?? 0) }
            return (definition, [AgentProblem(file: file, line: line, field: "", message: error.message)])
        }
        if let document {
            if document.isOpen { reader.add("", "the front matter is not closed by a line of ---", line: 1) }
            if !document.body.isEmpty {
                if !definition.instructions.isEmpty {
                    reader.add(
                        "instructions",
                        "they stand in the front matter and after it; leave one of them out",
                        line: reader.line(of: "instructions")
                    )
                }
                definition.instructions = document.body
            }
        }
        let wrong = definition.problems(isTrusted: true).map { problem in
            AgentProblem(
                file: file,
                line: reader.line(of: problem.field),
                field: problem.field,
                message: problem.message
            )
        }
        return (definition, (reader.problems + wrong).sorted { ($0.line ?? 0) < ($1.line ?? 0) })
    }
}

extension FieldReader {
    fileprivate func definition(_ root: Node?) -> AgentDefinition {
        let known = [
            "description", "icon_url", "instructions", "mcp_servers", "sub_agents", "skills", "tools", "limits",
        ]
        let fields = fields(root, "", known: known)
        var definition = AgentDefinition()
        definition.description = text(fields["description"], "description")
        definition.iconURL = text(fields["icon_url"], "icon_url")
        definition.instructions = text(fields["instructions"], "instructions")
        definition.servers = list(fields["mcp_servers"], "mcp_servers", server)
        definition.subAgents = list(fields["sub_agents"], "sub_agents", subAgent)
        definition.skills = texts(fields["skills"], "skills")
        definition.tools = texts(fields["tools"], "tools")
        let limits = self.fields(fields["limits"], "limits", known: ["max_steps", "max_tokens", "allow_network"])
        definition.limits.maxSteps = integer(limits["max_steps"], "limits.max_steps") ?? definition.limits.maxSteps
        definition.limits.maxTokens = integer(limits["max_tokens"], "limits.max_tokens")
        definition.limits.allowsNetwork = flag(limits["allow_network"], "limits.allow_network") ?? false
        return definition
    }

    private func server(_ node: Node, _ path: String) -> AgentDefinition.Server {
        let fields = fields(node, path, known: ["name", "stdio", "http", "enabled_tools"])
        var server = AgentDefinition.Server()
        server.name = text(fields["name"], path + ".name")
        server.enabledTools = texts(fields["enabled_tools"], path + ".enabled_tools")
        if let node = fields["stdio"] {
            let path = path + ".stdio"
            let fields = self.fields(node, path, known: ["command", "args", "env_placeholders", "working_dir"])
            var stdio = AgentDefinition.Server.Stdio()
            stdio.command = text(fields["command"], path + ".command")
            stdio.arguments = texts(fields["args"], path + ".args")
            stdio.environment = map(fields["env_placeholders"], path + ".env_placeholders", text)
            stdio.workingFolder = text(fields["working_dir"], path + ".working_dir")
            server.stdio = stdio
        }
        if let node = fields["http"] {
            let path = path + ".http"
            let fields = self.fields(node, path, known: ["url", "headers", "query_params", "timeout_seconds"])
            var http = AgentDefinition.Server.HTTP()
            http.url = text(fields["url"], path + ".url")
            http.headers = map(fields["headers"], path + ".headers", text)
            http.query = map(fields["query_params"], path + ".query_params", text)
            http.timeoutSeconds = integer(fields["timeout_seconds"], path + ".timeout_seconds") ?? 0
            server.http = http
        }
        return server
    }

    private func subAgent(_ node: Node, _ path: String) -> AgentDefinition.SubAgent {
        let known = ["name", "description", "instructions", "mcp_servers", "mcp_tool_selections"]
        let fields = fields(node, path, known: known)
        var agent = AgentDefinition.SubAgent()
        agent.name = text(fields["name"], path + ".name")
        agent.description = text(fields["description"], path + ".description")
        agent.instructions = text(fields["instructions"], path + ".instructions")
        agent.servers = texts(fields["mcp_servers"], path + ".mcp_servers")
        agent.enabledTools = map(fields["mcp_tool_selections"], path + ".mcp_tool_selections") { node, path in
            texts(self.fields(node, path, known: ["enabled_tools"])["enabled_tools"], path + ".enabled_tools")
        }
        return agent
    }
}
