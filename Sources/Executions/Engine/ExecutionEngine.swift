import Agents
import DequeModule
import EventLoop
import Failures
import LLMConfiguration
import Logging
import Models
import StigmerProtos
import Synchronization

/// Creates executions, knows them all, and lets them go.
///
/// Those at work live here, and the last ones that ended; all of them are in the store.
public final class ExecutionEngine: Sendable {
    let store: any ExecutionStore
    let writer: StoreWriter
    let limits: ExecutionLimits
    let surroundings: Surroundings
    let logger: Logger
    /// Where the engine's own time passes.
    let loop: EventLoop
    private let agent: AgentLoop
    private let agents: any AgentSource
    let table: Mutex<Table>
    private let keys = IdempotencyKeys()
    private let shown = ShownConfigurations()

    struct Table {
        var executions: [String: Execution] = [:]
        var ended = EndedExecutions()
        var sessions = Sessions()
        var running = 0
        var runningOf: [String: Int] = [:]
        var isDraining = false
        var counts = ExecutionCounts()
        /// Who waits until nothing is at work.
        var idlers: [UnsafeContinuation<Void, Never>] = []
    }

    /// Makes an engine.
    ///
    /// - Parameters:
    ///   - agent: does the work.
    ///   - agents: where the agents come from that requests ask for.
    ///   - store: where executions are kept.
    ///   - loop: where the engine's own time passes.
    public init(
        agent: AgentLoop,
        agents: any AgentSource = PlainAssistant(),
        store: any ExecutionStore = MemoryStore(),
        limits: ExecutionLimits = ExecutionLimits(),
        surroundings: Surroundings = .system,
        loop: EventLoop,
        logger: Logger
    ) {
        self.agent = agent
        self.agents = agents
        self.store = store
        self.limits = limits
        self.surroundings = surroundings
        self.loop = loop
        self.logger = logger
        table = Mutex(Table())
        writer = StoreWriter(store: store, loop: loop, logger: logger)
        writer.onLastingFailure { [weak self] error in self?.cancelAll(.storeFailed(error.message)) }
    }

    // MARK: Starting

    /// Finds out whether the agent that a request asks for is there and in order.
    ///
    /// - Throws: `ExecutionRefused` that says what is wrong with it.
    public func check(_ request: AgentExecution) async throws(ExecutionRefused) {
        do throws(ModelFailure) { try await agents.check(request) } catch { throw .noAgent(error.code, error.message) }
    }

    /// Creates an execution and starts it on `loop`, or lets it wait for its session.
    ///
    /// It is in the store when `committed()` returns, and is seen by nobody before.
    ///
    /// - Parameters:
    ///   - request: what was asked; its metadata gets an id, its secrets are dropped from what is kept.
    ///   - configuration: what the request was resolved to.
    ///   - caller: who asked, by address; nil for one whose executions are not counted apart.
    /// - Throws: `ExecutionRefused` if the engine does not take it on.
    public func start(
        _ request: AgentExecution,
        configuration: EffectiveConfiguration,
        caller: String? = nil,
        on loop: EventLoop
    ) throws(ExecutionRefused) -> Execution {
        try start(request, configuration, caller, key: nil, on: loop)
    }

    /// Starts an execution, or finds the one that the same request with the same key became in the last 24 hours.
    ///
    /// - Returns: the execution's log, and the execution itself if it is at work.
    /// - Throws: `ExecutionRefused`; a key that was used for another request is refused.
    public func startOnce(
        _ request: AgentExecution,
        key: String,
        configuration: EffectiveConfiguration,
        caller: String? = nil,
        on loop: EventLoop
    ) async throws(ExecutionRefused) -> (log: EventLog, execution: Execution?) {
        let key = IdempotencyKey(value: key, fingerprint: request.withoutSecrets.fingerprint)
        if let existing = try await existing(key) { return existing }
        do throws(ExecutionRefused) {
            let execution = try start(request, configuration, caller, key: key, on: loop)
            keys.settle(
                key.value,
                KeyedExecution(id: execution.id, fingerprint: key.fingerprint, createdAt: surroundings.milliseconds)
            )
            return (execution.log, execution)
        } catch {
            keys.settle(key.value, nil)
            throw error
        }
    }

    /// What a key led to; who gets nil has claimed it.
    private func existing(
        _ key: IdempotencyKey
    ) async throws(ExecutionRefused) -> (log: EventLog, execution: Execution?)? {
        let oldest = surroundings.milliseconds - IdempotencyKey.lifetime
        while true {
            let known: KeyedExecution
            let log: EventLog?
            do throws(StoreError) {
                let found = try await keys.claim(key.value) { () async throws(StoreError) in
                    let stored = try await store.execution(withKey: key.value)
                    return stored.flatMap { $0.createdAt >= oldest ? $0 : nil }
                }
                guard let found else { return nil }
                known = found
                log = try await self.log(of: known.id)
            } catch {
                throw .storeFailed(error)
            }
            guard known.fingerprint == key.fingerprint else {
                throw .keyOfAnother(key.value, execution: known.id)
            }
            if let log { return (log, execution(known.id)) }
            // It was deleted this moment, and its key with it.
            keys.drop(key.value, of: known.id)
        }
    }

    private func start(
        _ request: AgentExecution,
        _ configuration: EffectiveConfiguration,
        _ caller: String?,
        key: IdempotencyKey?,
        on loop: EventLoop
    ) throws(ExecutionRefused) -> Execution {
        let environment = request.spec.runtimeEnv.mapValues(\.value)
        var request = request.withoutSecrets
        request.metadata.id = ExecutionID.make(surroundings)
        let created = NewExecution(request: request, createdAt: surroundings.milliseconds, key: key)
        let execution = make(
            StoredExecution(request: request, createdAt: created.createdAt),
            environment,
            configuration,
            caller,
            key,
            on: loop
        )
        if let failure = writer.failure { throw .storeFailed(failure) }
        let entrance = try admit(execution, caller, onBusy: request.spec.onBusy)
        logger.info(
            "execution created",
            metadata: [
                "execution": "\(execution.id)", "provider": "\(configuration.provider.value)",
                "model": "\(configuration.model.value)",
            ]
        )
        switch entrance {
        case .start: begin(execution, creating: created)
        case .wait: writer.submit(.created(created))
        case .interrupt(let working):
            writer.submit(.created(created))
            working.cancel(.interrupted(by: execution.id))
        }
        return execution
    }

    private func make(
        _ stored: StoredExecution,
        _ environment: [String: String],
        _ configuration: EffectiveConfiguration,
        _ caller: String? = nil,
        _ key: IdempotencyKey? = nil,
        on loop: EventLoop
    ) -> Execution {
        let session = stored.request.spec.sessionID
        let log = EventLog(stored, writer: writer, surroundings: surroundings) { [weak self] log in
            if let key { self?.keys.drop(key.value, of: log.id) }
            self?.ended(log, session, caller)
        }
        return Execution(
            stored,
            environment: environment,
            configuration: configuration,
            log: log,
            limits: limits,
            surroundings: surroundings,
            on: loop
        ) { [weak self] execution in
            // One that waits for its session ends at once, whoever cancels it.
            if self?.table.withLock({ $0.sessions.stopWaiting(execution) }) == true { self?.begin(execution) }
        }
    }

    /// Counts an execution in, or refuses it.
    private func admit(
        _ execution: Execution,
        _ caller: String?,
        onBusy: OnBusy
    ) throws(ExecutionRefused) -> Sessions.Entrance {
        let result = table.withLock { table -> Result<Sessions.Entrance, ExecutionRefused> in
            do throws(ExecutionRefused) {
                if table.isDraining { throw .shuttingDown }
                if table.running >= limits.maxRunning { throw .tooMany(limits.maxRunning) }
                let own = caller.map { table.runningOf[$0, default: 0] } ?? 0
                if let caller, own >= limits.maxRunningPerCaller {
                    throw .tooManyOfCaller(caller, limits.maxRunningPerCaller)
                }
                let entrance = try table.sessions.enter(execution, onBusy: onBusy, maxWaiting: limits.maxWaiting)
                if let caller { table.runningOf[caller] = own + 1 }
                table.running += 1
                table.counts.started += 1
                table.executions[execution.id] = execution
                return .success(entrance)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func begin(_ execution: Execution, creating creation: NewExecution? = nil) {
        execution.start(agent, agents, creating: creation, shown: shown.message(of: execution.configuration)) {
            [store, limits] () async throws(StoreError) in
            try await store.session(execution.session, bytes: limits.maxHistory)
        }
    }

    /// Its `finished` is committed.
    private func ended(_ log: EventLog, _ session: String, _ caller: String?) {
        guard let finished = log.finished else { return }
        logger.info(
            "execution ended",
            metadata: ["execution": "\(log.id)", "phase": "\(finished.phase)", "error": "\(finished.error.message)"]
        )
        let (next, idlers) = table.withLock { table in
            table.running -= 1
            if let caller {
                let left = table.runningOf[caller, default: 1] - 1
                table.runningOf[caller] = left == 0 ? nil : left
            }
            table.counts.count(finished.phase)
            if table.executions[log.id] != nil {
                for id in table.ended.add(log.id, size: log.size, limits) { table.executions[id] = nil }
            }
            let next = table.sessions.leave(session, log.id)
            guard table.running == 0 else { return (next, [UnsafeContinuation<Void, Never>]()) }
            defer { table.idlers = [] }
            return (next, table.idlers)
        }
        if let next { begin(next) }
        for idler in idlers { idler.resume() }
    }

    // MARK: Recovery

    /// Takes an execution up again that the store says is unfinished.
    func resume(_ stored: StoredExecution, configuration: EffectiveConfiguration, on loop: EventLoop) {
        var stored = stored
        stored.resumptions += 1
        let kept = stored.request.spec.runtimeEnv.filter { !$0.value.isSecret }.mapValues(\.value)
        let execution = make(stored, kept, configuration, on: loop)
        let starts = table.withLock { table in
            table.running += 1
            table.counts.started += 1
            table.executions[execution.id] = execution
            return table.sessions.enterAgain(execution)
        }
        execution.detachFromCallers()
        writer.submit(.resumed(execution.id))
        logger.notice("execution taken up again", metadata: ["execution": "\(execution.id)"])
        if starts { begin(execution) }
    }

    // MARK: Finding

    /// The execution with this id, if it is at work or ended lately.
    public func execution(_ id: String) -> Execution? {
        table.withLock { $0.executions[id] }
    }

    /// Those at work and those that ended lately, newest first.
    public var executions: [Execution] {
        table.withLock { Array($0.executions.values) }.sorted { $0.id > $1.id }
    }

    /// The log of the execution with this id; nil if there is none.
    public func log(of id: String) async throws(StoreError) -> EventLog? {
        if let execution = execution(id) { return execution.log }
        guard let stored = try await store.execution(id) else { return nil }
        // It may have been taken up, or ended and let go, while the store was asked.
        if let execution = execution(id) { return execution.log }
        return EventLog(stored, writer: nil, surroundings: surroundings)
    }

    /// One page of executions as they are now, the latest first.
    public func list(
        _ query: ExecutionQuery
    ) async throws(StoreError) -> (entries: [AgentExecution], next: Int64?, total: Int) {
        let page = try await store.page(query)
        let entries = page.entries.map { stored in
            execution(stored.id)?.log.snapshot ?? StatusFold(stored).execution
        }
        return (entries, page.next, page.total)
    }

    // MARK: Figures

    /// How many have been started, and how they ended.
    public var counts: ExecutionCounts {
        table.withLock { table in
            var counts = table.counts
            counts.running = table.running
            return counts
        }
    }

    /// Whether new executions are still taken.
    public var isDraining: Bool { table.withLock { $0.isDraining } }

    /// Returns when everything that has happened so far is in the store.
    ///
    /// - Throws: why it cannot be brought there.
    public func committed() async throws(StoreError) { try await writer.flush() }

    /// Why nothing can be stored now; nil if it can.
    public func storeFailure() async -> StoreError? {
        if let failure = writer.failure { return failure }
        do throws(StoreError) {
            try await store.check()
            return nil
        } catch {
            logger.error("executions cannot be stored now: \(error.message)")
            return error
        }
    }
}
