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
    public func check(_ request: AgentExecution) throws(ModelFailure) { _ = try blueprint(request) }

    /// Makes the agent ready. Blocking work is done on a thread of its own.
    public func setUp(
        _ request: AgentExecution,
        environment own: [String: String],
        on loop: EventLoop
    ) async throws(ModelFailure) -> AgentSetup {
        guard request.spec.hasAgent || !request.spec.agentID.isEmpty else { return AgentSetup() }
        let name = request.spec.sessionID.isEmpty ? request.metadata.id : request.spec.sessionID
        let folder = workspaces + "/" + Self.folderName(name)
        typealias Made = Result<(Blueprint, [String]), ModelFailure>
        let made = await withCheckedContinuation { (continuation: CheckedContinuation<Made, Never>) in
            DispatchQueue.global().async { [self] in
                continuation.resume(
                    returning: Result { () throws(ModelFailure) in
                        let plan = try blueprint(request)
                        return (plan, try furnish(folder, plan.skills))
                    }
                )
            }
        }
        let (plan, skills) = try made.get()
        let definition = plan.definition
        var setup = AgentSetup(
            instructions: ([definition.instructions] + skills).filter { !$0.isEmpty }.joined(separator: "\n\n"),
            plans: definition.tools.contains(TodosTool.name),
            limits: AgentLimits(maxSteps: definition.limits.maxSteps, maxTokens: definition.limits.maxTokens)
        )
        var commands = CommandLimits()
        commands.allowsNetwork = definition.limits.allowsNetwork
        let workspace = Workspace(folder: folder)
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
        return "session-" + session.utf8.map { String($0, radix: 16) }.joined().prefix(200)
    }

    /// Makes the workspace and copies the skills' files into it.
    ///
    /// - Returns: what the skills add to the instructions.
    private func furnish(_ folder: String, _ skills: [Skill]) throws(ModelFailure) -> [String] {
        do {
            let files = FileManager.default
            try files.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            for skill in skills {
                for file in try skill.files() {
                    let path = "\(folder)/skills/\(skill.name)/\(file.path)"
                    try files.createDirectory(
                        atPath: (path as NSString).deletingLastPathComponent,
                        withIntermediateDirectories: true
                    )
                    try Data(file.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
                    let mode = file.isExecutable ? 0o700 : 0o600
                    try files.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                }
            }
        } catch let problem as AgentProblem {
            throw ModelFailure(.failedPrecondition, problem.description)
        } catch {
            throw ModelFailure(.unavailable, "the workspace \(folder) cannot be made: \(error.localizedDescription)")
        }
        return skills.map { $0.instructions(location: "skills/\($0.name)") }
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
