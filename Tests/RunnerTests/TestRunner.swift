import Agents
import EventLoop
import ExecutionService
import Executions
import HTTPClient
import HTTPServer
import LLMConfiguration
import Logging
import Models
import Synchronization
import TestSupport

/// A whole runner in this process: the service on a free port, its engine, and a model client whose waits between
/// attempts are recorded instead of waited for.
final class TestRunner: Sendable {
    /// A key that must be seen at its provider and nowhere else.
    static let key = "sk-secret-0123456789abcdef"

    let port: UInt16
    let engine: ExecutionEngine
    let server: HTTPServer
    let group: EventLoopGroup
    private let waits = Waits()

    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])
    }

    /// Starts a runner for the provider of `dialect` at `upstream`.
    ///
    /// - Parameter others: addresses for requests that cross to another provider.
    init(
        _ dialect: Dialect,
        at upstream: String,
        others: [(dialect: Dialect, url: String)] = [],
        clocks: ModelClocks = ModelClocks(),
        executions: ExecutionLimits = ExecutionLimits(),
        service: ServiceLimits = ServiceLimits(),
        http: HTTPServerConfiguration = HTTPServerConfiguration(),
        loops: Int = 1
    ) async throws {
        var environment = ["STIGMER_LLM_API_KEY": Self.key, dialect.addressVariable: upstream]
        for other in others {
            environment[other.dialect.addressVariable] = other.url
            if let name = other.dialect.keyVariable { environment[name] = "sk-other" }
        }
        let worker = try WorkerConfiguration.load(
            flags: LLMFlags(provider: dialect.name, model: "m", numCtx: "4096"),
            environment: environment,
            homeDirectory: "",
            profiles: ModelProviders().profiles
        )
        let waits = waits
        group = try EventLoopGroup(count: loops)
        let models = ModelClient(
            http: try HTTPClient(group: group),
            clocks: clocks,
            retries: RetryPolicy(
                random: { 0.5 },
                sleep: { delay, _ in waits.all.withLock { $0.append(delay) } },
                secondsSince1970: { 784_111_777 }
            )
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        engine = ExecutionEngine(
            agent: AgentLoop(models: models, surroundings: .system),
            limits: executions,
            loop: group.loops[0],
            logger: logger
        )
        let runner = RunnerService(engine: engine, worker: worker, models: models, limits: service, logger: logger)
        server = HTTPServer(group: group, configuration: http, logger: logger) { await runner.handle($0) }
        port = try await server.listen(on: ListenAddress(host: "127.0.0.1", port: 0))
    }

    /// The waits between attempts so far.
    var waited: [Duration] { waits.all.withLock { $0 } }

    func stop() async { await server.shutDown(grace: .zero) }
}

/// Runs `body` with a runner that is stopped after it, whatever happens.
func withRunner(_ runner: TestRunner, _ body: (TestRunner) async throws -> Void) async throws {
    do {
        try await body(runner)
    } catch {
        await runner.stop()
        throw error
    }
    await runner.stop()
}
