import Agents
import EventLoop
import LLMConfiguration
import Models
import StigmerProtos
import Synchronization

/// One execution's life: from its request to its one `finished`.
public final class Execution: Sendable {
    /// `aex_…`
    public let id: String
    /// What happened and happens.
    public let log: EventLog
    /// What the request was resolved to.
    public let configuration: EffectiveConfiguration

    /// The session that it belongs to; empty for none.
    let session: String
    /// The loop that it works on.
    let loop: EventLoop

    private let request: AgentExecution
    /// The request's `runtime_env`, its secrets included, which nothing but this execution has.
    private let environment: [String: String]
    private let limits: ExecutionLimits
    private let surroundings: Surroundings
    /// In nanoseconds of the surroundings' uptime.
    private let createdAt: UInt64
    private let resumption: Resumption
    /// Is called when it is cancelled and has not started, or has ended.
    private let onIdleCancel: @Sendable (Execution) -> Void
    private let life = Mutex(Life())

    private struct Life {
        var task: Task<Void, Never>?
        var cancelReason: CancelReason?
        /// Callers without whom it is not to go on.
        var attached = 0
        /// It was created to outlive its caller.
        var isDetached = false
    }

    init(
        _ stored: StoredExecution,
        environment: [String: String] = [:],
        configuration: EffectiveConfiguration,
        log: EventLog,
        limits: ExecutionLimits,
        surroundings: Surroundings,
        on loop: EventLoop,
        onIdleCancel: @escaping @Sendable (Execution) -> Void = { _ in }
    ) {
        id = stored.id
        request = stored.request
        self.environment = environment
        session = stored.request.spec.sessionID
        resumption = Resumption(stored, attempts: limits.maxResumptions)
        self.configuration = configuration
        self.log = log
        self.limits = limits
        self.surroundings = surroundings
        self.loop = loop
        self.onIdleCancel = onIdleCancel
        let age = max(0, surroundings.milliseconds - stored.createdAt)
        createdAt = surroundings.uptime() &- UInt64(age) &* 1_000_000
    }

    /// Begins to work; the first event stands in the log when this returns.
    ///
    /// - Parameters:
    ///   - creation: what the store is to keep of it, if it has nothing yet.
    ///   - shown: the configuration as the first event shows it.
    ///   - agents: where the agent comes from that the request asks for.
    ///   - history: loads what the session's earlier executions said.
    func start(
        _ agent: AgentLoop,
        _ agents: any AgentSource = PlainAssistant(),
        creating creation: NewExecution? = nil,
        shown: EffectiveConfig,
        history: @escaping @Sendable () async throws(StoreError) -> [StoredExecution]
    ) {
        if resumption.isFirstStart {
            log.record(
                .started(
                    .with {
                        $0.executionID = id
                        $0.config = shown
                    }
                ),
                creating: creation
            )
        } else if resumption.voidsMessage {
            log.record(.messageDiscarded(.with { $0.reason = "the runner was restarted" }))
            for call in resumption.unknownOutcomes { log.record(.toolCallCompleted(.with { $0.toolCall = call })) }
        }
        let timeLimit = limits.timeLimit
        let loop = loop
        let task = Task(executorPreference: loop) {
            let timer = loop.schedule(after: timeLimit) { self.cancel(.timeLimit(timeLimit)) }
            await self.work(agent, agents, history)
            timer.cancel()
        }
        let isCancelled = life.withLock { life in
            life.task = task
            return life.cancelReason != nil
        }
        if isCancelled { task.cancel() }
    }

    /// Stops the work; the first reason counts, and an execution that has ended stays as it is.
    public func cancel(_ reason: CancelReason) {
        let task = life.withLock { life in
            if life.cancelReason == nil { life.cancelReason = reason }
            return life.task
        }
        if let task { task.cancel() } else { onIdleCancel(self) }
    }

    // MARK: Callers

    /// Counts in a caller without whom it is not to go on.
    public func attachCaller() { life.withLock { $0.attached += 1 } }

    /// A caller who was counted in has left; with the last one of an execution that was not created to outlive them,
    /// the work ends.
    ///
    /// - Returns: whether it does.
    @discardableResult
    public func callerLeft(_ reason: CancelReason = .callerLeft) -> Bool {
        let isAlone = life.withLock { life in
            life.attached -= 1
            return life.attached == 0 && !life.isDetached
        }
        if isAlone { cancel(reason) }
        return isAlone
    }

    /// Lets it outlive its callers.
    public func detachFromCallers() { life.withLock { $0.isDetached = true } }

    // MARK: Work

    private func work(
        _ agent: AgentLoop,
        _ agents: any AgentSource,
        _ history: () async throws(StoreError) -> [StoredExecution]
    ) async {
        let started = surroundings.uptime()
        let failure: ModelFailure?
        switch resumption.next {
        case .end(let known): failure = known
        case .ask: failure = await ask(agent, agents, history)
        }
        recordEnd(failure, started: started)
    }

    /// Not inlined: what an async function has on its stack, a stream has in memory as long as the function runs.
    @inline(never)
    private func recordEnd(_ failure: ModelFailure?, started: UInt64) {
        log.record(.finished(finished(failure, started: started)))
    }

    private func ask(
        _ agent: AgentLoop,
        _ agents: any AgentSource,
        _ history: () async throws(StoreError) -> [StoredExecution]
    ) async -> ModelFailure? {
        do throws(ModelFailure) {
            // The task may run before `start` has seen that there is nothing to start.
            if let reason = life.withLock({ $0.cancelReason }) { throw ModelFailure(reason.code, reason.message) }
            let conversation = try await conversation(history)
            let setup = try await agents.setUp(request, environment: environment, on: loop)
            for problem in setup.problems { log.record(.progress(.with { ($0.what, $0.detail) = ("tool", problem) })) }
            let outcome: ModelFailure?
            do throws(ModelFailure) {
                try await agent.run(task(conversation, setup), on: loop, observer: self)
                outcome = nil
            } catch {
                outcome = error
            }
            await setup.stop()
            return outcome
        } catch {
            return error
        }
    }

    /// What the model is told of the session, and of what this execution has done before a restart.
    private func conversation(
        _ history: () async throws(StoreError) -> [StoredExecution]
    ) async throws(ModelFailure) -> Conversation {
        var conversation = Conversation(for: configuration)
        do throws(StoreError) {
            for earlier in session.isEmpty ? [] : try await history() { conversation.add(earlier) }
        } catch {
            throw ModelFailure(error.code, "the session's history cannot be read: \(error.message)")
        }
        conversation.add(request, log.recorded)
        conversation.closeEarlierTurns()
        return conversation
    }

    private func task(_ conversation: Conversation, _ setup: AgentSetup) -> AgentTask {
        var tools = setup.tools
        if setup.plans {
            tools.append(
                TodosTool(log.todos, surroundings: surroundings) { [log] todos in
                    log.record(.todosUpdated(.with { $0.todos = todos }))
                }
            )
        }
        return AgentTask(
            instructions: setup.instructions,
            turns: conversation.turns,
            pendingCalls: conversation.pendingCalls,
            configuration: configuration,
            tools: tools,
            subAgents: setup.subAgents,
            limits: setup.limits,
            spent: AgentEffort(
                steps: log.recorded.count { if case .messageCompleted = $0.event { true } else { false } },
                tokens: log.usage.map { Int($0.inputTokens) + Int($0.outputTokens) } ?? 0
            )
        )
    }

    private func finished(_ failure: ModelFailure?, started: UInt64) -> ExecutionEvent.Finished {
        let now = surroundings.uptime()
        let reason = life.withLock { life in
            life.task = nil
            return life.cancelReason
        }
        return .with {
            if let failure {
                // An answer that was whole when the cancel came is an answer; anything else was cut by it.
                $0.phase = reason?.phase ?? (failure.code == .canceled ? .executionCancelled : .executionFailed)
                $0.error.code = (reason?.code ?? failure.code).rawValue
                $0.error.message = reason?.message ?? failure.message
            } else {
                $0.phase = .executionCompleted
            }
            if let usage = log.usage { $0.usage = usage }
            $0.timings.queuedMs = milliseconds(from: createdAt, to: started)
            if let first = log.firstToken { $0.timings.firstTokenMs = milliseconds(from: createdAt, to: first) }
            $0.timings.totalMs = milliseconds(from: createdAt, to: now)
        }
    }

    private func milliseconds(from start: UInt64, to end: UInt64) -> Int32 {
        Int32(clamping: (end &- start) / 1_000_000)
    }
}

extension Execution: AgentObserver {
    /// A piece of the message goes into the log's buffer.
    public func delta(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        if log.append(kind, utf8) > limits.maxMessage { cancel(.messageTooLong(limits.maxMessage)) }
    }

    /// The pieces since the last message.
    public var messageInProgress: (text: String, reasoning: String) { log.messageInProgress }

    /// An event goes into the log.
    public func record(_ event: ExecutionEvent.Kind) { log.record(event) }

    /// Everything recorded is in the store.
    public func committed() async { await log.awaitCommit() }
}
