import AgentDefinitions
import AgentWorkshop
import Agents
import EventLoop
import Executions
import Foundation
import HTTPClient
import LLMConfiguration
import Logging
import Models
import StigmerProtos

/// The house put together: every command uses the floors that it needs.
struct Runner {
    let group: EventLoopGroup
    let worker: WorkerConfiguration
    let models: ModelClient
    let engine: ExecutionEngine

    /// - Parameters:
    ///   - agents: where agents are defined; nil for a command that starts none.
    ///   - workspaces: the folder of the sessions' workspaces.
    ///   - store: where executions are kept.
    init(
        _ model: ModelOptions,
        _ limits: LimitOptions,
        _ settings: Settings,
        agents: AgentDefinitions? = nil,
        workspaces: String = NSTemporaryDirectory() + "agent-runner-\(getpid())",
        store: any ExecutionStore = MemoryStore(),
        logger: Logger
    ) throws {
        worker = try model.worker()
        let clocks = try limits.clocks(settings)
        let executionLimits = try limits.limits(settings)
        let caFile = try model.caFile(settings)
        let usesHTTP2 = try settings.flag("llm-http2", model.llmHttp2) || HTTPClient.cancelsHTTP2
        let pulls = try settings.flag("ollama-pull", model.pull)
        group = try EventLoopGroup()
        let http = try HTTPClient(group: group, caFile: caFile, usesHTTP2: usesHTTP2)
        models = ModelClient(
            http: http,
            clocks: clocks,
            pullMissingModels: pulls
        )
        let agent = AgentLoop(models: models, surroundings: .system)
        let workshop = agents.map { definitions in
            AgentWorkshop(
                definitions: definitions,
                workspaces: workspaces,
                environment: ProcessInfo.processInfo.environment,
                client: http,
                logger: logger
            )
        }
        engine = ExecutionEngine(
            agent: agent,
            agents: workshop ?? PlainAssistant() as any AgentSource,
            store: store,
            limits: executionLimits,
            loop: group.loops[0],
            logger: logger
        )
    }

    /// Takes up what the last runner left unfinished, with the models that it had begun with.
    func recover() async throws {
        try await engine.recover(on: group.next) { (request, startedWith) throws(ConfigurationError) in
            try worker.resolve(RequestSettings(request.spec.executionConfig, startedWith: startedWith))
        }
    }
}
