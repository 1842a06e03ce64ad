import AgentDefinitions
import Agents
import Dispatch
import EventLoop
import Failures
import Foundation
import HTTPClient
import Logging
import MCP
import Models
import StigmerProtos
import Tools

/// Makes the agents that requests ask for: those of the runner's folder, by `spec.agent_id`, and those that a request
/// carries in `spec.agent`. Each gets its tools, its workspace, its MCP servers and its skills.
public final class AgentWorkshop: AgentSource {
    private let definitions: AgentDefinitions
    private let workspaces: String
    private let environment: [String: String]
    private let client: HTTPClient
    private let logger: Logger

    /// Sets it up.
    ///
    /// - Parameters:
    ///   - definitions: the agents of the runner's folder.
    ///   - workspaces: the folder of the sessions' workspaces, an absolute path.
    ///   - environment: what placeholders in a file's definition are filled from where the request says nothing. A
    ///     definition that a request carries gets none of it.
    ///   - client: for MCP servers over HTTP.
    public init(
        definitions: AgentDefinitions,
        workspaces: String,
        environment: [String: String],
        client: HTTPClient,
        logger: Logger
    ) {
        self.definitions = definitions
        self.workspaces = workspaces
        self.environment = environment
        self.client = client
        self.logger = logger
    }

    /// Finds out whether the agent is there and in order.
    public func check(_ request: AgentExecution) async throws(ModelFailure) {
        guard Self.asksForOne(request) else { return }
        _ = try await offTheLoop { () throws(ModelFailure) in try self.blueprint(request) }
    }

    /// Makes the agent ready. Blocking work is done on a thread of its own.
    public func setUp(
        _ request: AgentExecution,
        environment own: [String: String],
        on loop: EventLoop
    ) async throws(ModelFailure) -> AgentSetup {
        guard Self.asksForOne(request) else { return AgentSetup() }
        let name = request.spec.sessionID.isEmpty ? request.metadata.id : request.spec.sessionID
        let folder = workspaces + "/" + Self.folderName(name)
        let (plan, skills) = try await offTheLoop { () throws(ModelFailure) in
            let plan = try self.blueprint(request)
            try self.makeFolder(folder)
            return (plan, try self.files(of: plan.skills))
        }
        let definition = plan.definition
        let workspace = Workspace(folder: folder)
        try await place(skills, in: workspace)
        let texts = skills.map { $0.skill.instructions(location: "skills/\($0.skill.name)") }
        var setup = AgentSetup(
            instructions: ([definition.instructions] + texts).filter { !$0.isEmpty }.joined(separator: "\n\n"),
            plans: definition.tools.contains(TodosTool.name),
            limits: AgentLimits(maxSteps: definition.limits.maxSteps, maxTokens: definition.limits.maxTokens)
        )
        var commands = CommandLimits()
        commands.allowsNetwork = definition.limits.allowsNetwork
        setup.tools = BuiltInTools.make(definition.tools, in: workspace, commands)
        let values = plan.isOfARequest ? own : environment.merging(own) { $1 }
        let servers = try definition.servers.map { (server) throws(ModelFailure) in
            try configuration(of: server, folder, values)
        }
        guard !servers.isEmpty || !definition.subAgents.isEmpty else { return setup }
        let pool = MCPServerPool(servers, client: client, loop: loop, logger: logger)
        let toolset = await pool.tools()
        setup.tools += toolset.tools
        setup.problems = toolset.problems.map(\.sentence)
        for agent in definition.subAgents {
            setup.subAgents.append(
                await subAgent(agent, pool, BuiltInTools.make(definition.tools, in: workspace, commands))
            )
        }
        setup.stop = { await pool.stop() }
        return setup
    }

    private func subAgent(
        _ agent: AgentDefinition.SubAgent,
        _ pool: MCPServerPool,
        _ builtIn: [any Tool]
    ) async -> Agents.SubAgent {
        var selection: [String: [String]] = [:]
        for server in agent.servers { selection[server] = agent.enabledTools[server] ?? [] }
        let own = selection.isEmpty ? [] : await pool.tools(selecting: selection).tools
        return Agents.SubAgent(
            name: agent.name,
            description: agent.description,
            instructions: agent.instructions,
            tools: builtIn + own
        )
    }

    private static func asksForOne(_ request: AgentExecution) -> Bool {
        request.spec.hasAgent || !request.spec.agentID.isEmpty
    }

    /// Reading definitions and making folders waits for the disk, which an event loop must not.
    private func offTheLoop<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ModelFailure) -> Value
    ) async throws(ModelFailure) -> Value {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }

    // MARK: What is asked for

    private struct Blueprint: Sendable {
        var definition: AgentDefinition
        var skills: [Skill]
        /// A caller has written it, not the owner of the machine.
        var isOfARequest: Bool
    }

    private func blueprint(_ request: AgentExecution) throws(ModelFailure) -> Blueprint {
        let spec = request.spec
        if spec.hasAgent && !spec.agentID.isEmpty {
            throw ModelFailure(.invalidArgument, "spec.agent_id and spec.agent both say which agent: give one")
        }
        do throws(AgentError) {
            if spec.hasAgent { return try blueprint(of: AgentDefinition(spec.agent)) }
            guard !spec.agentID.isEmpty else {
                return Blueprint(definition: AgentDefinition(), skills: [], isOfARequest: false)
            }
            let entry = try definitions.load(spec.agentID)
            return Blueprint(definition: entry.definition, skills: entry.skills, isOfARequest: false)
        } catch {
            throw ModelFailure(error.code, error.message)
        }
    }

    private func blueprint(of definition: AgentDefinition) throws(AgentError) -> Blueprint {
        let (skills, problems) = definitions.skills(of: definition)
        if !problems.isEmpty { throw AgentError(.invalidArgument, problems) }
        return Blueprint(definition: definition, skills: skills, isOfARequest: true)
    }

    // MARK: What it needs

    /// A folder's name of a session's, which may be any text.
    private static func folderName(_ session: String) -> String {
        let plain = session.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f || byte == 0x2d
        }
        if plain && session.utf8.count <= 100 { return session }
        // A point is in no plain name; of a long one, a hash over all of it tells it from others that begin alike.
        let hash = session.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let hex = session.utf8.prefix(80).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return "s.\(hex).\(String(hash, radix: 16))"
    }

    private func files(of skills: [Skill]) throws(ModelFailure) -> [(skill: Skill, files: [Skill.File])] {
        do throws(AgentProblem) {
            return try skills.map { (skill) throws(AgentProblem) in (skill, try skill.files()) }
        } catch {
            throw ModelFailure(.failedPrecondition, error.description)
        }
    }

    /// Makes the workspace's folder.
    private func makeFolder(_ folder: String) throws(ModelFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ModelFailure(.unavailable, "the workspace \(folder) cannot be made: \(error.localizedDescription)")
        }
    }

    /// Copies the skills' files into the workspace, by its own means: no link that an agent has made leads out of it.
    private func place(
        _ skills: [(skill: Skill, files: [Skill.File])],
        in workspace: Workspace
    ) async throws(ModelFailure) {
        do throws(ToolFailure) {
            for (skill, files) in skills {
                for file in files {
                    try await workspace.place(
                        file.bytes,
                        at: "skills/\(skill.name)/\(file.path)",
                        isExecutable: file.isExecutable
                    )
                }
            }
        } catch {
            throw ModelFailure(.failedPrecondition, "a skill cannot be copied into the workspace: \(error.message)")
        }
    }

    private func configuration(
        of server: AgentDefinition.Server,
        _ folder: String,
        _ values: [String: String]
    ) throws(ModelFailure) -> MCPServerConfiguration {
        let transport: MCPServerConfiguration.Transport =
            if let stdio = server.stdio {
                .stdio(
                    .init(
                        command: stdio.command,
                        arguments: stdio.arguments,
                        environment: stdio.environment,
                        workingDirectory: stdio.workingFolder.isEmpty ? folder : stdio.workingFolder
                    )
                )
            } else {
                .http(
                    .init(
                        url: server.http?.url ?? "",
                        headers: server.http?.headers ?? [:],
                        query: server.http?.query ?? [:],
                        timeout: server.http.flatMap { $0.timeoutSeconds > 0 ? .seconds($0.timeoutSeconds) : nil }
                    )
                )
            }
        let configuration = MCPServerConfiguration(
            name: server.name,
            transport: transport,
            enabledTools: server.enabledTools
        )
        do throws(Placeholders.Missing) {
            return try configuration.filled(from: values)
        } catch {
            throw ModelFailure(
                .failedPrecondition,
                "the MCP server \(server.name) cannot be started: \(error); give it in spec.runtime_env (secrets are not "
                    + "kept, so they are missing after a restart of the runner)"
            )
        }
    }
}
