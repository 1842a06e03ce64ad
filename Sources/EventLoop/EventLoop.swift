import Dispatch
import Synchronization

/// One serial turn-by-turn executor over sockets, timers and Swift tasks.
///
/// A loop owns a serial Dispatch queue; everything that it runs, runs there one after the other. It is a
/// `TaskExecutor`, so that a task made with `executorPreference: loop` suspends and resumes without leaving the loop's
/// thread. It is no `SerialExecutor`: on one that is, the runtime takes every `await` of a nonisolated function for a
/// change of executor and enqueues the task anew, which was a third of a chunk's instructions.
///
/// A turn is: the batch of socket events, then jobs and due timers, then transfers that ended, then one flush for
/// each object that asked for one. Nothing that runs on a loop may block.
///
/// `@unchecked Sendable`: `inbox` is under its mutex and `thread` is atomic; every other stored variable is touched
/// only in a block of `queue`, which `preconditionCurrent()` asserts at each public entry.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// The loop's place in its group, from 0.
    public let index: Int
    /// Sockets in and out may use this much scratch space during one call; its content does not survive it.
    public let scratch: UnsafeMutableRawBufferPointer

    let queue: DispatchQueue
    private let readiness: any Readiness
    /// Nil for the machine's.
    private let time: SimulatedTime?
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)

    private var local: [LoopJob] = []
    private var spare: [LoopJob] = []
    private var watchers: [Watcher?] = []
    private var generation: UInt32 = 0
    private var timers = TimerQueue()
    private var endings: [any TurnEnding] = []
    private var flushes: [any TurnEnding] = []
    private(set) var isStopped = false

    /// Makes a loop and starts it.
    ///
    /// - Parameters:
    ///   - index: the loop's place in its group.
    ///   - backend: how the loop learns that a socket is ready.
    init(index: Int, backend: ReadinessBackend) throws(EventLoopError) {
        self.index = index
        queue = DispatchQueue(label: "event-loop-\(index)", qos: .userInitiated)
        scratch = .allocate(byteCount: 64 * 1024, alignment: 16)
        readiness = try backend.make(queue: queue)
        time = nil
        readiness.start(loop: self)
    }

    /// Makes a loop without a thread, which `time` runs.
    init(simulated time: SimulatedTime) {
        index = 0
        queue = DispatchQueue(label: "simulated-event-loop")
        scratch = .allocate(byteCount: 64 * 1024, alignment: 16)
        readiness = SimulatedReadiness()
        self.time = time
    }

    deinit {
        scratch.deallocate()
    }

    // MARK: Where am I

    /// Whether the caller runs on this loop.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == threadIdentity() }

    /// Stops the program if the caller does not run on this loop: confinement is an invariant, not an input.
    public func preconditionCurrent() {
        precondition(isCurrent, "must be called on event loop \(index)")
    }

    // MARK: Jobs

    /// Runs a job of a Swift task on this loop; from any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        submit(.task(UnownedJob(job)))
    }

    /// Runs `body` on this loop in a later step of this turn or in the next; from any thread.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        submit(.closure(body))
    }

    private func submit(_ job: LoopJob) {
        if isCurrent {
            local.append(job)
            return
        }
        let (mustWake, isOver) = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return (inbox.isAsleep, inbox.isOver)
        }
        if mustWake { isOver ? runAfterStop() : readiness.wake() }
    }

    // MARK: Timers

    /// Monotonic time in nanoseconds.
    public var now: UInt64 { time?.now ?? DispatchTime.now().uptimeNanoseconds }

    /// Calls `body` once on this loop after `delay`; on the loop only.
    ///
    /// - Returns: the timer, which can be cancelled and is otherwise kept alive by the loop.
    @discardableResult
    public func schedule(after delay: Duration, _ body: @escaping () -> Void) -> LoopTimer {
        schedule(at: now &+ delay.nanosecondsClamped, body)
    }

    func schedule(at deadline: UInt64, _ body: @escaping () -> Void) -> LoopTimer {
        preconditionCurrent()
        return timers.add(deadline: deadline, body)
    }

    // MARK: Sockets

    /// Watches a descriptor; on the loop only.
    ///
    /// - Parameters:
    ///   - trigger: `.edge` is registered once for both directions and then costs no further system call.
    ///   - watcher: is kept until `unwatch`.
    public func watch(
        _ descriptor: Int32,
        for interest: Interest,
        trigger: Trigger,
        _ watcher: any ReadinessWatcher
    ) throws(EventLoopError) {
        preconditionCurrent()
        generation &+= 1
        let index = Int(descriptor)
        while watchers.count <= index { watchers.append(nil) }
        if watchers[index] != nil { readiness.remove(descriptor, closing: false) }
        let token = Token(descriptor: descriptor, generation: generation)
        watchers[index] = Watcher(generation: generation, object: watcher)
        do {
            try readiness.add(token, interest: interest, trigger: trigger)
        } catch {
            watchers[index] = nil
            throw error
        }
    }

    /// Changes what a watched descriptor is watched for; on the loop only.
    public func setInterest(_ interest: Interest, of descriptor: Int32) {
        preconditionCurrent()
        guard let watcher = watcher(of: descriptor) else { return }
        readiness.change(Token(descriptor: descriptor, generation: watcher.generation), interest: interest)
    }

    /// Stops watching and, if asked, closes the descriptor when that is safe; on the loop only.
    ///
    /// One that was watched with `.edge` must be closed here; a `.level` one may also be closed by its owner at once.
    public func unwatch(_ descriptor: Int32, closing: Bool) {
        preconditionCurrent()
        guard watcher(of: descriptor) != nil else {
            if closing { closeDescriptor(descriptor) }
            return
        }
        watchers[Int(descriptor)] = nil
        readiness.remove(descriptor, closing: closing)
    }

    private func watcher(of descriptor: Int32) -> Watcher? {
        let index = Int(descriptor)
        return index >= 0 && index < watchers.count ? watchers[index] : nil
    }

    // MARK: Ends of turns

    /// Asks for one call of `turnEnded` after this turn's events, jobs and timers; on the loop only.
    ///
    /// The caller sees to it that an object asks once a turn.
    public func atEndOfTurn(_ ending: any TurnEnding) {
        preconditionCurrent()
        endings.append(ending)
    }

    /// As `atEndOfTurn`, after all of those: the place to write what the turn has produced.
    public func atFlush(_ ending: any TurnEnding) {
        preconditionCurrent()
        flushes.append(ending)
    }

    // MARK: For the readiness implementation

    private static let roundsPerTurn = 16

    /// Marks the calling thread as the loop's until `leave()`.
    func enter() { thread.store(threadIdentity(), ordering: .relaxed) }

    func leave() { thread.store(0, ordering: .relaxed) }

    func deliver(_ token: Token, _ events: ReadyEvents) {
        guard let watcher = watcher(of: token.descriptor), watcher.generation == token.generation else { return }
        watcher.object.ready(events)
    }

    /// Runs the rest of a turn after its events.
    func finishTurn() {
        // Jobs that never stop making jobs must not keep the sockets waiting: what is left runs in the next turn.
        var rounds = 0
        repeat {
            rounds += 1
            takeInbox()
            runLocalJobs()
            let time = now
            while let timer = timers.takeDue(at: time) { timer.fire() }
            callEndings()
        } while (!local.isEmpty || !endings.isEmpty) && rounds < EventLoop.roundsPerTurn
        callFlushes()
    }

    /// How long the loop may sleep now: not at all if there is work, forever if nothing will be due.
    ///
    /// After a result other than `.none` a submitter from another thread will call `wake()`.
    func prepareToSleep() -> SleepTime {
        if !local.isEmpty || !endings.isEmpty || !flushes.isEmpty { return .none }
        let deadline = timers.nextDeadline
        let hasWork = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty
            return !inbox.jobs.isEmpty
        }
        if hasWork { return .none }
        guard let deadline else { return .forever }
        let now = now
        return deadline <= now ? .none : .nanoseconds(deadline - now)
    }

    func awoke() {
        inbox.withLock { $0.isAsleep = false }
    }

    /// Ends the turns. Jobs that come later still run, so that owners can clean up; sockets and timers do not.
    func stop() {
        execute { [self] in
            guard !isStopped else { return }
            isStopped = true
            readiness.stop()
            watchers = []
            timers = TimerQueue()
        }
    }

    /// Runs what was submitted after the last turn, in a block of the queue of its own.
    private func runAfterStop() {
        let turn = LoopBlock { [self] in
            enter()
            awoke()
            repeat {
                takeInbox()
                runLocalJobs()
                callEndings()
                callFlushes()
            } while !local.isEmpty || !endings.isEmpty || !flushes.isEmpty
            let hasMore = inbox.withLock { inbox in
                inbox.isAsleep = inbox.jobs.isEmpty
                return !inbox.jobs.isEmpty
            }
            leave()
            if hasMore { runAfterStop() }
        }
        queue.async { turn.body() }
    }

    /// Called by the readiness implementation when its last turn is over.
    func ended() {
        inbox.withLock { $0.isOver = true }
        runAfterStop()
    }

    private func takeInbox() {
        inbox.withLock { inbox in
            guard !inbox.jobs.isEmpty else { return }
            if local.isEmpty {
                swap(&local, &inbox.jobs)
            } else {
                local.append(contentsOf: inbox.jobs)
                inbox.jobs.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Runs what is there, not what it adds: sockets get their turn however busy the jobs are.
    private func runLocalJobs() {
        guard !local.isEmpty else { return }
        // Two arrays take turns, so that neither has to grow anew.
        var batch: [LoopJob] = []
        swap(&batch, &spare)
        swap(&batch, &local)
        for job in batch {
            switch job {
            case .task(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .closure(let body): body()
            }
        }
        batch.removeAll(keepingCapacity: true)
        swap(&batch, &spare)
    }

    private func callEndings() {
        guard !endings.isEmpty else { return }
        var batch: [any TurnEnding] = []
        swap(&batch, &endings)
        for ending in batch { ending.turnEnded() }
        if endings.isEmpty {
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &endings)
        }
    }

    private func callFlushes() {
        guard !flushes.isEmpty else { return }
        var batch: [any TurnEnding] = []
        swap(&batch, &flushes)
        for flush in batch { flush.turnEnded() }
        if flushes.isEmpty {
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &flushes)
        }
    }
}

/// Something that is called once at the end of a turn in which it asked for it.
public protocol TurnEnding: AnyObject {
    /// Called on the loop.
    func turnEnded()
}

/// An error of the operating system that keeps a loop from working.
public struct EventLoopError: Error, CustomStringConvertible {
    /// The call that failed.
    public let call: String
    /// Its `errno`.
    public let code: Int32

    /// The call and the system's words for the code.
    public var description: String { "\(call): \(systemMessage(code))" }
}

enum SleepTime {
    case none
    case nanoseconds(UInt64)
    case forever
}

private enum LoopJob {
    case task(UnownedJob)
    case closure(@Sendable () -> Void)
}

private struct Inbox {
    var jobs: [LoopJob] = []
    /// Nobody will look for jobs before the next wake-up.
    var isAsleep = false
    /// The turns have ended.
    var isOver = false
}

private struct Watcher {
    let generation: UInt32
    let object: any ReadinessWatcher
}
