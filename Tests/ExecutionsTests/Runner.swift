import Agents
import EventLoop
import HTTPClient
import LLMConfiguration
import Logging
import Models
import StigmerProtos
import Synchronization
import TestSupport

@testable import Executions

/// An engine over real sockets, and an Ollama that does what a script says.
struct Runner: Sendable {
    private static let network = Result {
        let group = try EventLoopGroup(count: 2)
        return (group: group, http: try HTTPClient(group: group))
    }

    let upstream: ScriptedUpstream
    let agent: AgentLoop
    let engine: ExecutionEngine
    let loop: EventLoop

    /// - Parameter script: what the upstream does with each request.
    init(
        limits: ExecutionLimits = ExecutionLimits(),
        waitingInterval: Duration = .seconds(60),
        surroundings: Surroundings = .system,
        store: any ExecutionStore = MemoryStore(),
        _ script: [ScriptedStep]...
    ) throws {
        let network = try Self.network.get()
        upstream = try ScriptedUpstream(script)
        loop = network.group.next()
        let models = ModelClient(http: network.http, retries: RetryPolicy(sleep: { _, _ in }))
        agent = AgentLoop(models: models, surroundings: surroundings, waitingInterval: waitingInterval)
        engine = ExecutionEngine(
            agent: agent,
            store: store,
            limits: limits,
            surroundings: surroundings,
            loop: loop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    var configuration: EffectiveConfiguration {
        func setting<Value>(_ value: Value) -> Setting<Value> { Setting(value, origin: "test") }
        // A set num_ctx keeps Ollama from being asked for the context's length first.
        return EffectiveConfiguration(
            mode: setting(.local),
            provider: setting("ollama"),
            model: setting("m"),
            baseURL: setting(upstream.url),
            apiKey: setting(nil),
            temperature: setting(nil),
            maxTokens: setting(nil),
            numCtx: setting(4096)
        )
    }

    func start(_ request: AgentExecution = .with { $0.spec.message = "Hi" }) throws -> Execution {
        try engine.start(request, configuration: configuration, on: loop)
    }

    /// Starts an execution and waits for its end.
    func run() async throws -> Execution {
        let execution = try start()
        await execution.log.awaitEnd()
        return execution
    }
}

extension Execution {
    /// Every durable event so far.
    var events: [ExecutionEvent.Kind] {
        guard let reader = try? log.attach() else { return [] }
        defer { log.detach(reader) }
        var events: [ExecutionEvent.Kind] = []
        _ = log.read(reader, limit: .max) { entry in
            if case .event(let event) = entry, let kind = event.event { events.append(kind) }
        }
        return events
    }

    /// The events in short: `started completed(stop) finished`.
    var story: String {
        events.map { event in
            switch event {
            case .started: "started"
            case .messageCompleted(let completed): "completed(\(completed.stopReason))"
            case .progress(let progress): "progress(\(progress.what))"
            case .finished(let finished):
                finished.hasError ? "finished(\(finished.phase) \(finished.error.code))" : "finished(\(finished.phase))"
            default: "other"
            }
        }.joined(separator: " ")
    }

    var message: ExecutionEvent.MessageCompleted? {
        events.lazy.compactMap { if case .messageCompleted(let completed) = $0 { completed } else { nil } }.first
    }

    /// Waits until so many bytes of the message have come.
    func awaitBytes(_ count: Int) async throws {
        try await eventually("\(count) bytes of the message") { log.end.bytes >= count }
    }
}
