import Foundation
import TestSupport
import Testing
import Tools
import WireJSON

@testable import MCP

/// The servers of `Tests/Clients/requirements.txt`, which `Tests/Clients/venv.sh` installs.
private enum RealServers {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let folder =
        tests.deletingLastPathComponent().deletingLastPathComponent().path + "/.venv-clients/bin/"
    static let areHere = FileManager.default.isExecutableFile(atPath: folder + "fastmcp")

    static func stdio(_ name: String, _ arguments: String...) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: String(name.dropFirst("mcp-server-".count)),
            transport: .stdio(.init(command: folder + name, arguments: arguments))
        )
    }

    /// Runs `body` with a fastmcp server on a free port.
    static func fastmcp(_ options: String..., body: (MCPServerConfiguration) async throws -> Void) async throws {
        let script = tests.path + "/Servers/fastmcp_server.py"
        let server = try CommandLineTool(folder + "python", [script] + options)
        try await server.waitFor("/mcp\n")
        let url = String(server.output.prefix { $0 != "\n" })
        try await eventually("it listens at \(url)") { (try? await RealServers.answers(url)) == true }
        try await body(MCPServerConfiguration(name: "fast", transport: .http(.init(url: url))))
    }

    private static func answers(_ url: String) async throws -> Bool {
        try await CommandLineTool.run("curl", "--silent", "--output", "/dev/null", url).code == 0
    }
}

extension MCPServerPool {
    fileprivate func call(_ name: String, _ arguments: JSONValue, _ reports: Reports = Reports()) async throws -> String
    {
        let toolset = await tools()
        guard let tool = toolset.tools.first(where: { $0.specification.name == name }) else {
            throw MissingTool(description: "\(name): \(toolset.problems) \(toolset.tools.map(\.specification.name))")
        }
        return try await tool.call(arguments, reports.context)
    }
}

@Suite(.enabled(if: RealServers.areHere, "run Tests/Clients/venv.sh, which installs the servers"))
struct RealServerTests {
    @Test func timeAndGitAnswerBesideEachOther() async throws {
        let scratch = try Scratch()
        let made = try await CommandLineTool.run("git", "init", "--quiet", scratch.path)
        #expect(made.code == 0)
        try "hello".write(toFile: scratch.file("new.txt"), atomically: true, encoding: .utf8)
        let servers = [
            RealServers.stdio("mcp-server-time", "--local-timezone", "UTC"),
            RealServers.stdio("mcp-server-git", "--repository", scratch.path),
        ]
        try await withPool(servers) { pool async throws in
            let toolset = await pool.tools()
            #expect(toolset.problems == [])
            let tokyo: JSONValue = ["source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"]
            #expect(try await pool.call("time__convert_time", tokyo).contains("T21:00:00+09:00"))
            let status = try await pool.call("git__git_status", ["repo_path": .string(scratch.path)])
            #expect(status.contains("new.txt"))
            let tool = toolset.tools.first { $0.specification.name == "git__git_status" }
            #expect(tool?.specification.component == .git)
            #expect(tool?.specification.parameters["properties"]?["repo_path"] != nil)
            // A path that the server was not started for is an error of the tool's.
            await #expect(throws: ToolFailure.self) { try await pool.call("git__git_status", ["repo_path": "/"]) }
        }
    }

    @Test func fetchReadsAPage() async throws {
        // For a page of HTML the server would install a program from npm.
        let page = ScriptedStep.answer(200, ["Content-Type": "text/plain"], "A few plain words.")
        let upstream = try ScriptedUpstream([[page]])
        try await withPool([RealServers.stdio("mcp-server-fetch", "--ignore-robots-txt", "--allow-private-ips")]) {
            pool async throws in
            let text = try await pool.call("fetch__fetch", ["url": .string(upstream.url + "/page")])
            #expect(text.contains("A few plain words."))
            #expect(upstream.requests.map(\.path) == ["/page"])
        }
    }

    @Test(arguments: [[String](), ["json"], ["stateless"], ["stateless", "json"]])
    func fastmcpAnswersOverHTTP(options: [String]) async throws {
        try await RealServers.fastmcp(options.first ?? "", options.last ?? "") { server async throws in
            try await withPool([server]) { pool async throws in
                #expect(try await pool.call("fast__add", ["a": 2, "b": 3]) == "5")
                let reports = Reports()
                #expect(try await pool.call("fast__count", ["to": 3], reports) == "counted to 3")
                // An answer that is one document has no place for progress.
                let expected = options.contains("json") ? [] : ["1.0/3.0: at 1", "2.0/3.0: at 2", "3.0/3.0: at 3"]
                #expect(reports.all == expected)
                await #expect(throws: ToolFailure("Error calling tool 'fail': as it should")) {
                    try await pool.call("fast__fail", [:])
                }
            }
        }
    }

    @Test func fastmcpIsCancelled() async throws {
        try await RealServers.fastmcp { server async throws in
            try await withPool([server]) { pool async throws in
                let calling = Task { try? await pool.call("fast__wait", [:]) }
                #expect(try await pool.call("fast__cancellations", [:]) == "0")
                calling.cancel()
                #expect(await calling.value == nil)
                try await eventually("the tool is cancelled, if it had begun") {
                    let again = Task { try? await pool.call("fast__wait", [:]) }
                    try await Task.sleep(for: .milliseconds(50))
                    again.cancel()
                    return try await pool.call("fast__cancellations", [:]) != "0"
                }
            }
        }
    }
}
