import EventLoop
import HTTPClient
import Logging
import Synchronization
import Tools

/// The MCP servers of one session.
///
/// ```swift
/// let pool = MCPServerPool(configurations, client: client, loop: loop, logger: logger)
/// let toolset = await pool.tools()       // starts what is not running; asks anew what has changed
/// …                                      // toolset.problems: what could not be had, for the session's people
/// await pool.stop()                      // no process and no connection is left
/// ```
public final class MCPServerPool: Sendable {
    private let servers: [MCPServer]
    private let problems: [MCPProblem]
    private let loop: EventLoop

    /// Puts servers together; none is started yet.
    ///
    /// - Parameters:
    ///   - configurations: with their placeholders filled; of two with one name the second is a problem.
    ///   - client: for servers over HTTP, of the group that `loop` belongs to.
    ///   - loop: where the pipes and connections are read.
    public init(
        _ configurations: [MCPServerConfiguration],
        client: HTTPClient,
        loop: EventLoop,
        limits: MCPLimits = MCPLimits(),
        clocks: MCPClocks = MCPClocks(),
        logger: Logger
    ) {
        var names: Set<String> = []
        var problems: [MCPProblem] = []
        servers = configurations.compactMap { configuration in
            guard names.insert(configuration.name).inserted else {
                let sentence = "two MCP servers are called “\(configuration.name)”: the second is not used"
                problems.append(MCPProblem(server: configuration.name, sentence: sentence))
                return nil
            }
            return MCPServer(
                configuration,
                client: client,
                loop: loop,
                limits: limits,
                clocks: clocks,
                logger: logger
            )
        }
        self.problems = problems
        self.loop = loop
    }

    /// The tools of the servers, in the order of the servers. Starts those that are not running, all at once, and asks
    /// those anew whose tools have changed: call it before each turn.
    ///
    /// - Parameter selection: servers by name, each with the tools to take of those it offers (none: all); nil for
    ///   every server.
    /// - Returns: what there is; a server that cannot be had is a problem and nothing worse.
    public func tools(selecting selection: [String: [String]]? = nil) async -> MCPToolset {
        let chosen = servers.filter { selection?.keys.contains($0.configuration.name) ?? true }
        let listings = await withTaskGroup(of: (Int, Result<ToolListing, MCPFailure>).self) { group in
            for (index, server) in chosen.enumerated() {
                group.addTask {
                    do throws(MCPFailure) {
                        return (index, .success(try await server.tools()))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var toolset = MCPToolset(problems: problems)
        for (index, server) in chosen.enumerated() {
            switch listings[index] {
            case .success(let listing): toolset.add(listing, of: server, selection?[server.configuration.name] ?? [])
            case .failure(let failure): toolset.add(server.sentence(failure), of: server)
            case nil: break
            }
        }
        for name in (selection ?? [:]).keys.sorted() where !servers.contains(where: { $0.configuration.name == name }) {
            toolset.problems.append(MCPProblem(server: name, sentence: "there is no MCP server called “\(name)”"))
        }
        return toolset
    }

    /// Stops all servers for good, within a second: every process that they have started is gone then. Calls that are
    /// under way fail. A caller that is cancelled waits for that too.
    public func stop() async {
        let stopping = loop.spawn { [servers] in
            await withTaskGroup(of: Void.self) { group in
                for server in servers { group.addTask { await server.stop() } }
            }
        }
        await stopping.value
    }
}

/// What the servers of a session offer now.
public struct MCPToolset: Sendable {
    /// The tools, their names all different.
    public private(set) var tools: [any Tool] = []
    /// What could not be had.
    public internal(set) var problems: [MCPProblem]
    private var names: Set<String> = []

    init(problems: [MCPProblem]) { self.problems = problems }

    mutating func add(_ sentence: String, of server: MCPServer) {
        problems.append(MCPProblem(server: server.configuration.name, sentence: sentence))
    }

    mutating func add(_ listing: ToolListing, of server: MCPServer, _ selected: [String]) {
        for remark in listing.remarks { add(server.sentence(MCPFailure(.tooMuch, remark)), of: server) }
        let enabled = server.configuration.enabledTools
        for tool in listing.tools
        where (enabled.isEmpty || enabled.contains(tool.name)) && (selected.isEmpty || selected.contains(tool.name)) {
            let tool = MCPTool(tool, of: server)
            if names.insert(tool.specification.name).inserted { tools.append(tool) }
        }
        for name in Set(enabled + selected).sorted() where !listing.tools.contains(where: { $0.name == name }) {
            let known = listing.tools.map(\.name).joined(separator: ", ").shortened(to: 500)
            let message = "has no tool “\(name)”; it has \(known.isEmpty ? "none" : known)"
            add(server.sentence(MCPFailure(.badAnswer, message)), of: server)
        }
    }
}

/// A server, or a part of what it offers, that cannot be had.
public struct MCPProblem: Sendable, Equatable {
    /// The server's name.
    public let server: String
    /// What is wrong, for a person; without secrets.
    public let sentence: String
}
