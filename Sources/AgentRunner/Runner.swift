import Agents
import EventLoop
import Executions
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

    /// - Parameter store: where executions are kept.
    init(
        _ model: ModelOptions,
        _ limits: LimitOptions,
        _ settings: Settings,
        store: any ExecutionStore = MemoryStore(),
        logger: Logger
    ) throws {
        worker = try model.worker()
        let clocks = try limits.clocks(settings)
        let executionLimits = try limits.limits(settings)
        let caFile = try model.caFile(settings)
        let pulls = try settings.flag("ollama-pull", model.pull)
        group = try EventLoopGroup()
        models = ModelClient(
            http: try HTTPClient(group: group, caFile: caFile),
            clocks: clocks,
            pullMissingModels: pulls
        )
        let agent = AgentLoop(models: models, surroundings: .system)
        engine = ExecutionEngine(
            agent: agent,
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
