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

    private let message: String
    private let limits: ExecutionLimits
    private let surroundings: Surroundings
    private let createdAt: UInt64
    private let life = Mutex(Life())

    private struct Life {
        var task: Task<Void, Never>?
        var cancelReason: CancelReason?
        var firstToken: UInt64?
        var usage = TokenUsage()
        var hasUsage = false
    }

    init(
        id: String,
        request: AgentExecution,
        configuration: EffectiveConfiguration,
        limits: ExecutionLimits,
        surroundings: Surroundings
    ) {
        self.id = id
        self.limits = limits
        self.configuration = configuration
        self.surroundings = surroundings
        message = request.spec.message
        createdAt = surroundings.uptime()
        log = EventLog(execution: request, surroundings: surroundings)
    }

    /// Begins to work on `loop`; the first event stands in the log when this returns.
    ///
    /// - Parameters:
    ///   - shown: the configuration as the first event shows it.
    ///   - ended: is called when the work is over.
    func start(
        _ agent: AgentLoop,
        shown: EffectiveConfig,
        on loop: EventLoop,
        ended: @escaping @Sendable () -> Void
    ) {
        let timeLimit = limits.timeLimit
        log.record(
            .started(
                .with {
                    $0.executionID = id
                    $0.config = shown
                }
            )
        )
        let task = Task(executorPreference: loop) {
            let timer = loop.schedule(after: timeLimit) { self.cancel(.timeLimit(timeLimit)) }
            await self.work(agent, on: loop)
            timer.cancel()
            ended()
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
        task?.cancel()
    }

    private func work(_ agent: AgentLoop, on loop: EventLoop) async {
        let started = surroundings.uptime()
        let outcome: ModelFailure?
        do throws(ModelFailure) {
            // The task may run before `start` has seen that there is nothing to start.
            if let reason = life.withLock({ $0.cancelReason }) { throw ModelFailure(reason.code, reason.message) }
            let task = AgentTask(message: message, configuration: configuration)
            try await agent.run(task, on: loop, observer: self)
            outcome = nil
        } catch {
            outcome = error
        }
        log.record(.finished(finished(outcome, started: started)))
    }

    private func finished(_ failure: ModelFailure?, started: UInt64) -> ExecutionEvent.Finished {
        let now = surroundings.uptime()
        return life.withLock { life in
            life.task = nil
            return .with {
                if let failure {
                    // An answer that was whole when the cancel came is an answer; anything else was cut by it.
                    $0.phase = life.cancelReason?.phase ?? .executionFailed
                    $0.error.code = (life.cancelReason?.code ?? failure.code).rawValue
                    $0.error.message = life.cancelReason?.message ?? failure.message
                } else {
                    $0.phase = .executionCompleted
                }
                if life.hasUsage { $0.usage = life.usage }
                $0.timings.queuedMs = milliseconds(from: createdAt, to: started)
                if let first = life.firstToken { $0.timings.firstTokenMs = milliseconds(from: createdAt, to: first) }
                $0.timings.totalMs = milliseconds(from: createdAt, to: now)
            }
        }
    }

    /// What all model calls used together; nil if none said.
    var sum: TokenUsage? { life.withLock { $0.hasUsage ? $0.usage : nil } }

    private func milliseconds(from start: UInt64, to end: UInt64) -> Int32 {
        Int32(clamping: (end &- start) / 1_000_000)
    }
}

extension Execution: AgentObserver {
    /// A piece of the message goes into the log's buffer.
    public func delta(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        life.withLock { life in
            if life.firstToken == nil { life.firstToken = surroundings.uptime() }
        }
        if log.append(kind, utf8) > limits.maxMessage { cancel(.messageTooLong(limits.maxMessage)) }
    }

    /// The pieces since the last message.
    public var messageInProgress: (text: String, reasoning: String) { log.messageInProgress }

    /// An event goes into the log, and what a model call used into the sum.
    public func record(_ event: ExecutionEvent.Kind) {
        if case .messageCompleted(let completed) = event, completed.hasUsage {
            life.withLock { life in
                life.hasUsage = true
                life.usage.add(completed.usage)
            }
        }
        log.record(event)
    }
}

extension TokenUsage {
    fileprivate mutating func add(_ other: TokenUsage) {
        if other.hasInputTokens { inputTokens = inputTokens.addingClamped(other.inputTokens) }
        if other.hasOutputTokens { outputTokens = outputTokens.addingClamped(other.outputTokens) }
        if other.hasCachedInputTokens { cachedInputTokens = cachedInputTokens.addingClamped(other.cachedInputTokens) }
    }
}

extension Int32 {
    fileprivate func addingClamped(_ other: Int32) -> Int32 { Int32(clamping: Int64(self) + Int64(other)) }
}
