import Testing
import WireJSON

@testable import MCP

@Suite struct ToolNameTests {
    @Test(arguments: [
        ("git", "log", "git__log"),
        ("my-server", "a_b-c", "my-server__a_b-c"),
        (String(repeating: "s", count: 30), String(repeating: "t", count: 32), nil),
    ])
    func whatIsAllowedStays(server: String, tool: String, name: String?) {
        #expect(ToolName.of(tool, server: server) == name ?? "\(server)__\(tool)")
    }

    /// Pairs whose plain names would be the same.
    @Test(arguments: [
        (("a__b", "c"), ("a", "b__c")),
        (("a_", "_b"), ("a", "__b")),
        (("a.b", "c"), ("a_b", "c")),
        (("ä", "c"), ("ö", "c")),
        ((String(repeating: "s", count: 70), "a"), (String(repeating: "s", count: 70), "b")),
        (("s", String(repeating: "t", count: 62)), ("s", String(repeating: "t", count: 63))),
    ])
    func twoToolsNeverHaveOneName(first: (String, String), second: (String, String)) {
        let names = [first, second].map { ToolName.of($0.1, server: $0.0) }
        #expect(names[0] != names[1])
        for name in names {
            #expect(name.utf8.count <= 64 && !name.isEmpty)
            #expect(name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_-".utf8.contains($0) }, "\(name)")
        }
    }

    @Test(arguments: [(31, 64), (32, 64)])
    func sixtyFourIsTheMost(count: Int, length: Int) {
        let name = ToolName.of(String(repeating: "t", count: count), server: String(repeating: "s", count: 31))
        #expect(name.utf8.count == length)
        #expect(name.hasSuffix("ttt") == (count == 31))
    }
}

@Suite struct PlaceholderTests {
    @Test(arguments: [
        ("", ""), ("plain $HOME {A} $", "plain $HOME {A} $"), ("${A}", "1"), ("x${A}y${B_2}z", "x1y${A}z"),
        ("${A", "${A"), ("${}", "${}"), ("${A B}", "${A B}"), ("$${A}", "$1"), ("${${A}}", "${1}"), ("${E}", ""),
    ])
    func textsAreFilled(text: String, filled: String) throws {
        #expect(try Placeholders.fill(text, from: ["A": "1", "B_2": "${A}", "E": ""]) == filled)
    }

    @Test func everythingMissingIsNamedOnce() {
        #expect(throws: Placeholders.Missing(names: ["X", "Y"])) {
            try Placeholders.fill("${Y} ${X} ${Y} ${A}", from: ["A": "1"])
        }
        #expect(Placeholders.Missing(names: ["X", "Y"]).description.hasPrefix("no value for ${X}, ${Y}: set them in"))
    }

    @Test func aConfigurationIsFilledAndRemembersItsSecrets() throws {
        let server = MCPServerConfiguration.HTTPServer(
            url: "https://h/${PATH_KEY}",
            headers: ["Authorization": "Bearer ${TOKEN}"],
            query: ["q": "plain-value"]
        )
        let filled = try MCPServerConfiguration(name: "s", transport: .http(server))
            .filled(from: ["PATH_KEY": "path-secret", "TOKEN": "token-secret"])
        #expect(
            filled.transport
                == .http(
                    .init(
                        url: "https://h/path-secret",
                        headers: ["Authorization": "Bearer token-secret"],
                        query: ["q": "plain-value"]
                    )
                )
        )
        let redactor = Redactor(filled.secrets)
        #expect(
            redactor.redact("a path-secret b Bearer token-secret c token-secret plain-value") == "a ••• b ••• c ••• •••"
        )
        #expect(throws: Placeholders.Missing.self) {
            try MCPServerConfiguration(name: "s", transport: .http(server)).filled(from: [:])
        }
    }

    @Test func schemasAreRedactedToo() {
        let schema: JSONValue = ["default": "a sesame-open b", "enum": ["sesame-open", 1], "sesame-open": true]
        #expect(
            Redactor(["sesame-open"]).redact(schema) == [
                "default": "a ••• b", "enum": ["•••", 1], "sesame-open": true,
            ]
        )
    }

    @Test func shortValuesAreNotHidden() {
        #expect(Redactor(["true", "1", "Berlin"]).redact("true 1 Berlin") == "true 1 •••")
    }
}
