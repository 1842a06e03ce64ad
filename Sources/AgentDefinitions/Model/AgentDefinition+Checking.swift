extension AgentDefinition {
    /// The runner's own tools, in the order that they are shown in.
    public static let knownTools = [
        "write_todos", "ls", "read_file", "write_file", "edit_file", "glob", "grep", "execute", "task",
    ]

    /// What is wrong with it, field by field.
    ///
    /// - Parameter isTrusted: whether who wrote it owns the machine, as of a file: a request names skills only, and no
    ///   folders.
    func problems(isTrusted: Bool) -> [AgentProblem] {
        var check = Check()
        check.text(description, "description")
        check.text(iconURL, "icon_url")
        check.text(instructions, "instructions", limit: AgentDefinitionLimits.instructionBytes)
        check.list(servers.map(\.name), "mcp_servers") { "\($0).name" }
        for (index, server) in servers.enumerated() { check.server(server, "mcp_servers[\(index)]") }
        check.list(subAgents.map(\.name), "sub_agents") { "\($0).name" }
        for (index, agent) in subAgents.enumerated() {
            check.subAgent(agent, "sub_agents[\(index)]", servers: servers.map(\.name))
        }
        check.skills(skills, isTrusted: isTrusted)
        check.tools(tools)
        if !(1...AgentDefinitionLimits.steps).contains(limits.maxSteps) {
            check.add("limits.max_steps", "\(limits.maxSteps) is not from 1 to \(AgentDefinitionLimits.steps)")
        }
        if let most = limits.maxTokens, most < 1 { check.add("limits.max_tokens", "\(most) is not at least 1") }
        return check.problems
    }
}

/// Collects what is wrong.
private struct Check {
    private(set) var problems: [AgentProblem] = []

    mutating func add(_ field: String, _ message: String) {
        problems.append(AgentProblem(field: field, message: message))
    }

    mutating func text(_ text: String, _ field: String, limit: Int = AgentDefinitionLimits.textBytes) {
        if text.utf8.count > limit { add(field, "\(text.utf8.count) bytes long; at most \(limit) are allowed") }
        if text.utf8.contains(0) { add(field, "it holds a NUL character") }
    }

    mutating func count(_ count: Int, _ field: String) {
        guard count > AgentDefinitionLimits.listCount else { return }
        add(field, "\(count) entries; at most \(AgentDefinitionLimits.listCount) are allowed")
    }

    /// Names that must be names, and each once.
    mutating func list(_ names: [String], _ field: String, _ place: (String) -> String = { $0 }) {
        count(names.count, field)
        var seen = Set<String>()
        for (index, name) in names.enumerated() {
            let here = place("\(field)[\(index)]")
            if !isName(name) { add(here, Names.rule(name)) }
            if !seen.insert(name).inserted { add(here, "\(Names.quoted(name)) stands there twice") }
        }
    }

    mutating func texts(_ texts: [String], _ field: String, mayBeEmpty: Bool = false) {
        count(texts.count, field)
        for (index, text) in texts.enumerated() {
            self.text(text, "\(field)[\(index)]")
            if text.isEmpty, !mayBeEmpty { add("\(field)[\(index)]", "it is empty") }
        }
    }

    mutating func map(_ map: [String: String], _ field: String, isKey: (UInt8) -> Bool) {
        count(map.count, field)
        for (name, value) in map.sorted(by: { $0.key < $1.key }) {
            if name.isEmpty || name.utf8.count > 256 || !name.utf8.allSatisfy(isKey) {
                add(field, "\(Names.quoted(name)) is not a name that can stand there")
            }
            text(value, "\(field).\(Names.plain(name))")
        }
    }

    mutating func server(_ server: AgentDefinition.Server, _ field: String) {
        texts(server.enabledTools, "\(field).enabled_tools")
        if (server.stdio == nil) == (server.http == nil) {
            add(field, "a server has either stdio or http")
        }
        if let stdio = server.stdio {
            if stdio.command.isEmpty { add("\(field).stdio.command", "it is missing: the program to start") }
            text(stdio.command, "\(field).stdio.command")
            texts(stdio.arguments, "\(field).stdio.args", mayBeEmpty: true)
            text(stdio.workingFolder, "\(field).stdio.working_dir")
            map(stdio.environment, "\(field).stdio.env_placeholders") { $0 > 0x20 && $0 < 0x7f && $0 != 0x3d }
        }
        if let http = server.http {
            text(http.url, "\(field).http.url")
            let url = http.url.lowercased()
            let host = url.hasPrefix("http://") ? url.dropFirst(7) : url.hasPrefix("https://") ? url.dropFirst(8) : ""
            if host.isEmpty || host.hasPrefix("/") || http.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) {
                add("\(field).http.url", "\(Names.quoted(http.url)) is no address such as https://host/mcp")
            }
            map(http.headers, "\(field).http.headers", isKey: isToken)
            map(http.query, "\(field).http.query_params") { $0 > 0x20 }
            if http.headers.values.contains(where: { $0.utf8.contains { $0 == 0x0a || $0 == 0x0d } }) {
                add("\(field).http.headers", "a header's value cannot hold a line end")
            }
            if !(0...AgentDefinitionLimits.timeoutSeconds).contains(http.timeoutSeconds) {
                add(
                    "\(field).http.timeout_seconds",
                    "\(http.timeoutSeconds) is not from 1 to \(AgentDefinitionLimits.timeoutSeconds), or 0 for as configured"
                )
            }
        }
    }

    mutating func subAgent(_ agent: AgentDefinition.SubAgent, _ field: String, servers: [String]) {
        text(agent.description, "\(field).description")
        text(agent.instructions, "\(field).instructions", limit: AgentDefinitionLimits.instructionBytes)
        if agent.description.isEmpty { add("\(field).description", "it is missing: the model chooses by it") }
        list(agent.servers, "\(field).mcp_servers")
        for (index, name) in agent.servers.enumerated() where isName(name) && !servers.contains(name) {
            add("\(field).mcp_servers[\(index)]", Names.unknown(name, among: servers, "server of this agent"))
        }
        count(agent.enabledTools.count, "\(field).mcp_tool_selections")
        for (name, tools) in agent.enabledTools.sorted(by: { $0.key < $1.key }) {
            let here = "\(field).mcp_tool_selections.\(Names.plain(name))"
            if !agent.servers.contains(name) {
                add(here, Names.unknown(name, among: agent.servers, "server of this sub-agent"))
            }
            texts(tools, here + ".enabled_tools")
        }
    }

    mutating func skills(_ skills: [String], isTrusted: Bool) {
        texts(skills, "skills")
        for (index, skill) in skills.enumerated() where !isName(skill) {
            if !isTrusted {
                add("skills[\(index)]", "a request names a skill of the runner's; \(Names.rule(skill))")
            } else if !skill.contains("/") {
                add("skills[\(index)]", Names.rule(skill) + ", or a folder's path, as ./skills/name")
            }
        }
        if Set(skills).count < skills.count { add("skills", "one stands there twice") }
    }

    mutating func tools(_ tools: [String]) {
        count(tools.count, "tools")
        var seen = Set<String>()
        for (index, tool) in tools.enumerated() {
            if !AgentDefinition.knownTools.contains(tool) {
                add("tools[\(index)]", Names.unknown(tool, among: AgentDefinition.knownTools, "tool of the runner's"))
            }
            if !seen.insert(tool).inserted { add("tools[\(index)]", "\(Names.quoted(tool)) stands there twice") }
        }
    }

    private func isName(_ text: String) -> Bool { Names.isName(text) }

    /// RFC 9110's token.
    private func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
