import EventLoop
import Logging
import Synchronization

/// Brings changes into the store: in the order in which they come, one commit at a time, and what comes meanwhile
/// together in the next. A commit that fails is tried again until it succeeds, so nothing is lost while the program
/// lives; `failure` says that it is so.
final class StoreWriter: Sendable {
    /// What a change is followed by: called once it is committed, on any thread. One who only waits is told of a
    /// failure that lasts; a change is tried until it succeeds.
    typealias Completion = @Sendable (StoreError?) -> Void

    private struct Entry {
        /// None for one who only wants to know when it is its turn.
        var changes: [StoreChange]
        var completion: Completion?
    }

    private struct State {
        var waiting: [Entry] = []
        var isCommitting = false
        var failure: StoreError?
        var attempts = 0
        var onLastingFailure: (@Sendable (StoreError) -> Void)?
    }

    private static let firstDelay: Duration = .milliseconds(100)
    private static let longestDelay: Duration = .seconds(5)
    /// After so many attempts, some ten seconds, a failure counts as lasting.
    private static let patience = 6
    /// So many changes make one commit at most, to bound the time that it takes.
    private static let largestCommit = 1_000

    private let store: any ExecutionStore
    /// Where the time between attempts passes.
    private let loop: EventLoop
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any ExecutionStore, loop: EventLoop, logger: Logger) {
        self.store = store
        self.loop = loop
        self.logger = logger
    }

    /// Why the last attempt failed; nil while commits succeed.
    var failure: StoreError? { state.withLock { $0.failure } }

    /// Sets what is called when nothing could be committed for some ten seconds.
    func onLastingFailure(_ body: @escaping @Sendable (StoreError) -> Void) {
        state.withLock { $0.onLastingFailure = body }
    }

    /// Hands in changes that belong together, from any thread.
    func submit(_ changes: StoreChange..., then completion: Completion? = nil) {
        submit(Entry(changes: changes, completion: completion))
    }

    /// Returns when everything handed in before is committed.
    ///
    /// - Throws: the failure that has kept it from being so for some ten seconds.
    func flush() async throws(StoreError) {
        let error = await withUnsafeContinuation { (continuation: UnsafeContinuation<StoreError?, Never>) in
            submit(Entry(changes: []) { continuation.resume(returning: $0) })
        }
        if let error { throw error }
    }

    private func submit(_ entry: Entry) {
        let isFree = state.withLock { state in
            state.waiting.append(entry)
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if isFree { commitNext() }
    }

    private func commitNext() {
        let batch = state.withLock { state in
            var batch: [Entry] = []
            if state.waiting.count <= Self.largestCommit {
                swap(&batch, &state.waiting)
            } else {
                batch = Array(state.waiting.prefix(Self.largestCommit))
                state.waiting.removeFirst(batch.count)
            }
            if batch.isEmpty { state.isCommitting = false }
            return batch
        }
        if !batch.isEmpty { commit(batch) }
    }

    private func commit(_ batch: [Entry]) {
        let changes = batch.flatMap(\.changes)
        guard !changes.isEmpty else { return committed(batch) }
        store.commit(changes) { [self] error in
            if let error { return again(batch, after: error) }
            committed(batch)
        }
    }

    private func committed(_ batch: [Entry]) {
        let hadFailed = state.withLock { state in
            guard state.failure != nil else { return false }
            state.failure = nil
            state.attempts = 0
            return true
        }
        if hadFailed { logger.notice("the store takes changes again") }
        for entry in batch { entry.completion?(nil) }
        commitNext()
    }

    private func again(_ batch: [Entry], after error: StoreError) {
        let (attempts, isNews, onLastingFailure) = state.withLock { state in
            defer {
                state.failure = error
                state.attempts += 1
            }
            return (state.attempts, state.failure != error, state.onLastingFailure)
        }
        if attempts == Self.patience { onLastingFailure?(error) }
        if attempts >= Self.patience { tellWaiters(of: error) }
        let batch = batch.filter { !$0.changes.isEmpty }
        if isNews { logger.error("the store does not take changes, trying again: \(error.message)") }
        let delay = min(Self.firstDelay * (1 << min(attempts, 10)), Self.longestDelay)
        loop.execute { [self] in
            loop.schedule(after: delay) { self.commit(batch) }
        }
    }

    private func tellWaiters(of error: StoreError) {
        let waiters = state.withLock { state in
            let waiters = state.waiting.filter(\.changes.isEmpty)
            state.waiting.removeAll(where: \.changes.isEmpty)
            return waiters
        }
        for waiter in waiters { waiter.completion?(error) }
    }
}
