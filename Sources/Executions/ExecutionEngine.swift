import Agents
import DequeModule
import EventLoop
import Failures
import Foundation
import LLMConfiguration
import Logging
import StigmerProtos
import Synchronization

/// Creates executions, knows them all, and lets them go.
///
/// They live in memory: those at work, and the last ones that finished.
public final class ExecutionEngine: Sendable {
    private let agent: AgentLoop
    private let limits: ExecutionLimits
    private let surroundings: Surroundings
    private let logger: Logger
    private let table = Mutex(Table())
    private let shown = ShownConfigurations()

    private struct Table {
        var executions: [String: Execution] = [:]
        var finished: Deque<(id: String, size: Int)> = []
        var finishedSize = 0
        var running = 0
        var runningOf: [String: Int] = [:]
        var isDraining = false
        var counts = ExecutionCounts()
        /// Who waits until nothing is at work.
        var idlers: [UnsafeContinuation<Void, Never>] = []
    }

    /// Makes an engine.
    public init(
        agent: AgentLoop,
        limits: ExecutionLimits = ExecutionLimits(),
        surroundings: Surroundings = .system,
        logger: Logger
    ) {
        self.agent = agent
        self.limits = limits
        self.surroundings = surroundings
        self.logger = logger
    }

    /// Creates an execution and starts it on `loop`.
    ///
    /// - Parameters:
    ///   - request: what was asked; its metadata gets an id, its secrets are dropped from what is kept.
    ///   - configuration: what the request was resolved to.
    ///   - caller: who asked, by address; nil for one whose executions are not counted apart.
    /// - Throws: `ExecutionRefused` if the engine takes on no more.
    public func start(
        _ request: AgentExecution,
        configuration: EffectiveConfiguration,
        caller: String? = nil,
        on loop: EventLoop
    ) throws(ExecutionRefused) -> Execution {
        var kept = request.withoutSecrets
        kept.metadata.id = ExecutionID.make(surroundings)
        let execution = Execution(
            id: kept.metadata.id,
            request: kept,
            configuration: configuration,
            limits: limits,
            surroundings: surroundings
        )
        let refusal = table.withLock { table -> ExecutionRefused? in
            if table.isDraining { return .shuttingDown }
            if table.running >= limits.maxRunning { return .tooMany(limits.maxRunning) }
            if let caller {
                let own = table.runningOf[caller, default: 0]
                if own >= limits.maxRunningPerCaller { return .tooManyOfCaller(caller, limits.maxRunningPerCaller) }
                table.runningOf[caller] = own + 1
            }
            table.running += 1
            table.counts.started += 1
            table.executions[execution.id] = execution
            return nil
        }
        if let refusal { throw refusal }
        logger.info(
            "execution started",
            metadata: [
                "execution": "\(execution.id)", "provider": "\(configuration.provider.value)",
                "model": "\(configuration.model.value)",
            ]
        )
        execution.start(agent, shown: shown.message(of: configuration), on: loop) { [self] in
            ended(execution, of: caller)
        }
        return execution
    }

    private func ended(_ execution: Execution, of caller: String?) {
        let status = execution.log.snapshot.status
        let size = execution.log.textSize
        logger.info(
            "execution ended",
            metadata: ["execution": "\(execution.id)", "phase": "\(status.phase)", "error": "\(status.error)"]
        )
        let idlers = table.withLock { table in
            table.running -= 1
            if let caller {
                let left = table.runningOf[caller, default: 1] - 1
                table.runningOf[caller] = left == 0 ? nil : left
            }
            table.counts.count(status.phase)
            if table.executions[execution.id] != nil {
                table.finished.append((execution.id, size))
                table.finishedSize += size
            }
            while table.finished.count > limits.keptFinished || table.finishedSize > limits.keptBytes {
                let oldest = table.finished.removeFirst()
                table.finishedSize -= oldest.size
                table.executions[oldest.id] = nil
            }
            guard table.running == 0 else { return [UnsafeContinuation<Void, Never>]() }
            defer { table.idlers = [] }
            return table.idlers
        }
        for idler in idlers { idler.resume() }
    }

    /// The execution with this id, if it is known.
    public func execution(_ id: String) -> Execution? {
        table.withLock { $0.executions[id] }
    }

    /// All that are known, newest first.
    public var executions: [Execution] {
        table.withLock { Array($0.executions.values) }.sorted { $0.id > $1.id }
    }

    /// Stops an execution and waits for its end; harmless when it has ended.
    public func cancel(_ execution: Execution, _ reason: CancelReason) async {
        execution.cancel(reason)
        await execution.log.awaitEnd()
    }

    /// Stops an execution if it is at work, and forgets it.
    public func delete(_ execution: Execution) async {
        await cancel(execution, .deleted)
        table.withLock { table in
            table.executions[execution.id] = nil
            guard let index = table.finished.firstIndex(where: { $0.id == execution.id }) else { return }
            table.finishedSize -= table.finished.remove(at: index).size
        }
    }

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

    /// Takes no more, and waits for those at work; what is not done after `grace`, or when the calling task is
    /// cancelled, is cancelled.
    public func drain(grace: Duration, on loop: EventLoop) async {
        table.withLock { $0.isDraining = true }
        await loop.run {
            let timer = loop.schedule(after: grace) { self.cancelAll() }
            await withTaskCancellationHandler {
                await self.awaitIdle()
            } onCancel: {
                self.cancelAll()
            }
            timer.cancel()
        }
    }

    private func cancelAll() {
        for execution in executions { execution.cancel(.shutdown) }
    }

    private func awaitIdle() async {
        await withUnsafeContinuation { continuation in
            let isIdle = table.withLock { table in
                if table.running > 0 { table.idlers.append(continuation) }
                return table.running == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

/// Figures over the life of an engine.
public struct ExecutionCounts: Sendable, Equatable {
    /// All that were started.
    public var started = 0
    /// At work now.
    public var running = 0
    /// Ended with an answer.
    public var completed = 0
    /// Ended with an error.
    public var failed = 0
    /// Stopped.
    public var cancelled = 0

    mutating func count(_ phase: ExecutionPhase) {
        switch phase {
        case .executionCompleted: completed += 1
        case .executionCancelled: cancelled += 1
        default: failed += 1
        }
    }
}

/// Why an execution was not created.
public enum ExecutionRefused: CodedFailure, Equatable {
    /// As many are at work as may be.
    case tooMany(Int)
    /// As many are at work for this caller as may be.
    case tooManyOfCaller(String, Int)
    /// The runner is going down.
    case shuttingDown

    /// What kind of failure this is.
    public var code: FailureCode {
        switch self {
        case .tooMany, .tooManyOfCaller: .resourceExhausted
        case .shuttingDown: .unavailable
        }
    }

    /// What to do about it.
    public var message: String {
        switch self {
        case .tooMany(let limit): "\(limit) executions are at work, which is the limit: try again later"
        case .tooManyOfCaller(let caller, let limit):
            "\(limit) executions of \(caller) are at work, which is the limit for one caller: try again later"
        case .shuttingDown: "the runner is shutting down: send the request to another, or again later"
        }
    }
}

extension AgentExecution {
    /// What may be kept and shown of a request.
    fileprivate var withoutSecrets: AgentExecution {
        var copy = self
        for (name, value) in copy.spec.runtimeEnv where value.isSecret { copy.spec.runtimeEnv[name]?.value = "" }
        copy.spec.callbackToken = Data()
        return copy
    }
}
