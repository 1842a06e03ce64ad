import Foundation
import Testing

@testable import AgentDefinitions

/// What stands in a file, and what is said of what should not.
struct ReadingTests {
    private static let snake = """
        description: Reviews code
        icon_url: https://example.org/i.png
        instructions: |
          Be kind.
        mcp_servers:
          - name: time
            stdio:
              command: mcp-server-time
              args: [--local-timezone, "", UTC]
              env_placeholders: {TOKEN: "${TOKEN}"}
              working_dir: /tmp
            enabled_tools: [get_time]
          - name: web
            http:
              url: https://example.org/mcp
              headers: {Authorization: "Bearer ${KEY}"}
              query_params: {a: b}
              timeout_seconds: 30
        sub_agents:
          - name: helper
            description: Helps
            instructions: Help.
            mcp_servers: [time]
            mcp_tool_selections: {time: {enabled_tools: [get_time]}}
        tools: [ls, execute]
        limits: {max_steps: 5, max_tokens: 1000, allow_network: true}
        """

    @Test(arguments: ["yaml", "yml", "camel"])
    func everyFieldIsRead(form: String) throws {
        let folder = try DefinitionsFolder()
        var text = Self.snake
        if form == "camel" {
            for (snake, camel) in [
                ("icon_url", "iconUrl"), ("mcp_servers", "mcpServers"), ("env_placeholders", "envPlaceholders"),
                ("working_dir", "workingDir"), ("enabled_tools", "enabledTools"), ("query_params", "queryParams"),
                ("timeout_seconds", "timeoutSeconds"), ("sub_agents", "subAgents"), ("max_steps", "maxSteps"),
                ("mcp_tool_selections", "mcpToolSelections"), ("max_tokens", "maxTokens"),
                ("allow_network", "allowNetwork"),
            ] { text = text.replacingOccurrences(of: snake, with: camel) }
        }
        try folder.put(text, "reviewer." + (form == "yml" ? "yml" : "yaml"))
        #expect(folder.problems() == [])
        let agent = try folder.definitions.load("reviewer").definition
        #expect(agent.description == "Reviews code" && agent.instructions == "Be kind.\n")
        #expect(agent.iconURL == "https://example.org/i.png" && agent.tools == ["ls", "execute"])
        let stdio = try #require(agent.servers.first?.stdio)
        #expect(stdio.command == "mcp-server-time" && stdio.arguments == ["--local-timezone", "", "UTC"])
        #expect(stdio.environment == ["TOKEN": "${TOKEN}"] && stdio.workingFolder == "/tmp")
        #expect(agent.servers[0].enabledTools == ["get_time"] && agent.servers[0].http == nil)
        let http = try #require(agent.servers.last?.http)
        #expect(http.url == "https://example.org/mcp" && http.headers == ["Authorization": "Bearer ${KEY}"])
        #expect(http.query == ["a": "b"] && http.timeoutSeconds == 30)
        #expect(agent.subAgents.map(\.name) == ["helper"] && agent.subAgents[0].servers == ["time"])
        #expect(agent.subAgents[0].enabledTools == ["time": ["get_time"]])
        #expect(agent.limits.maxSteps == 5 && agent.limits.maxTokens == 1_000 && agent.limits.allowsNetwork)
    }

    private static let markdowns: [(String, String)] = [
        ("---\ntools: [ls]\n---\n\nBe kind.\n\nAnd brief.\n\n", "Be kind.\n\nAnd brief."),
        ("---\r\ntools: [ls]\r\n---\r\nBe kind.\r\n", "Be kind."),
        ("\u{FEFF}---\ntools: [ls]\n---\nBe kind.", "Be kind."),
        ("---\ntools: [ls]\ninstructions: Be kind.\n---\n", "Be kind."),
        ("---\ntools: [ls]\n---\nBe\n---\nkind.", "Be\n---\nkind."),
    ]

    @Test(arguments: markdowns)
    func theBodyOfMarkdownIsTheInstructions(text: String, instructions: String) throws {
        let folder = try DefinitionsFolder()
        try folder.put(text, "a.md")
        let agent = try folder.definitions.load("a").definition
        #expect(agent.instructions == instructions && agent.tools == ["ls"])
    }

    @Test func nothingAtAllIsAnAssistantWithoutTools() throws {
        let folder = try DefinitionsFolder()
        try folder.put("", "a.yaml")
        try folder.put("Just text.", "b.md")
        var expected = AgentDefinition()
        #expect(try folder.definitions.load("a").definition == expected && expected.limits.maxSteps == 1_000)
        expected.instructions = "Just text."
        #expect(try folder.definitions.load("b").definition == expected)
    }

    private static let wrong: [(String, String, [String])] = [
        ("a.yaml", "description: x\ntool: [ls]", ["a.yaml:2: tool: there is no such field; did you mean tools?"]),
        (
            "a.yaml", "limits:\n  maxStep: 3",
            ["a.yaml:2: limits.maxStep: there is no such field; did you mean max_steps?"]
        ),
        (
            "a.yaml", "limits: {zzz: 3}",
            ["a.yaml:1: limits.zzz: there is no such field; there are max_steps, max_tokens, allow_network"]
        ),
        (
            "a.md", "---\n\ntools: [lss]\n---\nx",
            ["a.md:3: tools[0]: \"lss\" is no tool of the runner's; did you mean \"ls\"?"]
        ),
        ("a.yaml", "tools: ls", ["a.yaml:1: tools: a single value where a list is expected"]),
        ("a.yaml", "tools:\n- ls\n- ls", ["a.yaml:3: tools[1]: \"ls\" stands there twice"]),
        ("a.yaml", "instructions: [a]", ["a.yaml:1: instructions: a list where a text is expected"]),
        (
            "a.yaml", "limits:\n  max_steps: many",
            ["a.yaml:2: limits.max_steps: \"many\" where a whole number is expected"]
        ),
        (
            "a.yaml", "limits:\n  allow_network: maybe",
            ["a.yaml:2: limits.allow_network: \"maybe\" where true or false is expected"]
        ),
        (
            "a.yaml", "- a",
            [
                "a.yaml:1: a list where a mapping of description, icon_url, instructions, mcp_servers, sub_agents, skills, tools, limits is expected"
            ]
        ),
        (
            "a.yaml", "mcp_servers:\n- name: a b\n  stdio: {command: x}",
            ["a.yaml:2: mcp_servers[0].name: \"a b\" is no name: 1 to 64 letters, digits, - and _"]
        ),
        ("a.yaml", "mcp_servers:\n- stdio: {command: x}", ["a.yaml:2: mcp_servers[0].name: the name is missing"]),
        ("a.yaml", "mcp_servers:\n- name: a", ["a.yaml:2: mcp_servers[0]: a server has either stdio or http"]),
        (
            "a.yaml", "mcp_servers:\n- name: a\n  stdio: {}",
            ["a.yaml:3: mcp_servers[0].stdio.command: it is missing: the program to start"]
        ),
        (
            "a.yaml", "mcp_servers:\n- name: a\n  http: {url: 'file:///x'}",
            ["a.yaml:3: mcp_servers[0].http.url: \"file:///x\" is no address such as https://host/mcp"]
        ),
        (
            "a.yaml", "mcp_servers:\n- name: a\n  http:\n    url: http://x\n    headers: {'a b': c}",
            ["a.yaml:5: mcp_servers[0].http.headers: \"a b\" is not a name that can stand there"]
        ),
        (
            "a.yaml", "mcp_servers:\n- {name: a, http: {url: 'http://x'}}\n- {name: a, http: {url: 'http://x'}}",
            ["a.yaml:3: mcp_servers[1].name: \"a\" stands there twice"]
        ),
        (
            "a.yaml",
            "mcp_servers:\n- {name: time, http: {url: 'http://x'}}\nsub_agents:\n- {name: a, description: d, mcp_servers: [tme]}",
            ["a.yaml:4: sub_agents[0].mcp_servers[0]: \"tme\" is no server of this agent; did you mean \"time\"?"]
        ),
        (
            "a.yaml", "sub_agents:\n- name: a\n  description: d\n  mcp_tool_selections:\n    x: {enabled_tools: []}",
            ["a.yaml:5: sub_agents[0].mcp_tool_selections.x: \"x\" is no server of this sub-agent"]
        ),
        (
            "a.yaml", "sub_agents: [{name: a}]",
            ["a.yaml:1: sub_agents[0].description: it is missing: the model chooses by it"]
        ),
        (
            "a.yaml", "skills: [nowhere]",
            ["a.yaml: skills[0]: skills/nowhere/SKILL.md: it is not a file that can be read"]
        ),
        ("a.yaml", "tools: [a\nb: c", ["a.yaml:2: malformed YAML: did not find expected ',' or ']'"]),
        ("a.yaml", "tools: []\ntools: []", ["a.yaml:1: tools: it stands there twice"]),
        ("a.yaml", "icon_url: a\niconUrl: b", ["a.yaml:2: icon_url: it stands there twice"]),
        ("a.md", "---\ntools: [ls]", ["a.md:1: the front matter is not closed by a line of ---"]),
        (
            "a.md", "---\ninstructions: a\n---\nb",
            ["a.md:2: instructions: they stand in the front matter and after it; leave one of them out"]
        ),
        ("a b.yaml", "", ["a b.yaml: \"a b\" is no name: 1 to 64 letters, digits, - and _"]),
        ("a.yaml", "x: " + String(repeating: "[", count: 201), ["a.yaml: more than 200 brackets in each other"]),
        ("a.yaml", String(repeating: "- ", count: 20_000), ["a.yaml:1: malformed YAML: Maximum nesting level"]),
    ]

    @Test(arguments: wrong)
    func whatIsWrongIsSaidWithItsPlace(file: String, text: String, problems: [String]) throws {
        let folder = try DefinitionsFolder()
        try folder.put(text, file)
        let found = folder.problems()
        #expect(found == problems || found.count == 1 && found[0].hasPrefix(problems[0]), "\(found)")
    }

    @Test func severalProblemsAreAllSaid() throws {
        let folder = try DefinitionsFolder()
        try folder.put("tol: 1\nlimits: {max_steps: 0}\ntools: [x]\nskills: [1/2]\nicon: 2\n", "a.yaml")
        #expect(folder.problems().count == 5)
        let failure = try #require(folder.failure("a"))
        #expect(failure.code == .failedPrecondition && failure.message.hasSuffix("(and 2 more)"))
    }

    @Test(arguments: [(1, true), (100_000, true), (0, false), (100_001, false), (-1, false)])
    func stepsAreBounded(steps: Int, isTaken: Bool) throws {
        let folder = try DefinitionsFolder()
        try folder.put("limits: {max_steps: \(steps)}", "a.yaml")
        #expect(folder.problems().isEmpty == isTaken)
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func textsAndListsAreBounded(more: Int, isTaken: Bool) throws {
        for text in [
            "instructions: " + String(repeating: "a", count: AgentDefinitionLimits.instructionBytes + more),
            "description: " + String(repeating: "a", count: AgentDefinitionLimits.textBytes + more),
            "mcp_servers: [{name: " + String(repeating: "a", count: 64 + more) + ", http: {url: 'http://x'}}]",
            "mcp_servers: [{name: a, http: {url: 'http://x', timeout_seconds: \(3_600 + more)}}]",
            "mcp_servers: [{name: a, stdio: {command: x, args: ["
                + (0..<(128 + more)).map { "a\($0)" }.joined(separator: ",") + "]}}]",
            "description: a #" + String(repeating: "a", count: AgentDefinitionLimits.fileBytes - 16 + more),
        ] {
            let folder = try DefinitionsFolder()
            try folder.put(text, "a.yaml")
            #expect(folder.problems().isEmpty == isTaken, "\(text.prefix(60)): \(folder.problems())")
        }
    }
}
