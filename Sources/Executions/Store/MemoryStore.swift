import StigmerProtos
import Synchronization

/// A store that lasts as long as the program: for a single run, and for tests.
public final class MemoryStore: ExecutionStore {
    private let state: Mutex<KeptExecutions>

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - maxBytes: about how much is kept; the oldest executions that have ended are dropped for more.
    ///   - maxFinished: how many executions that have ended are kept at most; when one more ends, an eighth of them is
    ///     dropped.
    public init(maxBytes: Int = 256 << 20, maxFinished: Int = 1_000) {
        state = Mutex(KeptExecutions(maxBytes: maxBytes, maxFinished: maxFinished))
    }

    /// Calls back before it returns; fails only for a change that does not fit what is kept.
    public func commit(_ changes: [StoreChange], _ done: @escaping @Sendable (StoreError?) -> Void) {
        done(state.withLock { $0.commit(changes) })
    }

    /// What was committed of it.
    public func execution(_ id: String) async throws(StoreError) -> StoredExecution? {
        state.withLock { $0.execution(id) }
    }

    /// The page as it is now.
    public func page(_ query: ExecutionQuery) async throws(StoreError) -> ExecutionPage {
        state.withLock { $0.page(query) }
    }

    /// In the order of creation.
    public func unfinished() async throws(StoreError) -> [String] {
        state.withLock { $0.unfinished() }
    }

    /// The latest that fit, oldest first.
    public func session(
        _ session: String,
        bytes: Int
    ) async throws(StoreError) -> [StoredExecution] {
        state.withLock { $0.session(session, bytes: bytes) }
    }

    /// What the key was committed with.
    public func execution(withKey key: String) async throws(StoreError) -> KeyedExecution? {
        state.withLock { $0.execution(withKey: key) }
    }

    /// Deletes the oldest.
    public func expire(
        before time: Int64,
        keeping count: Int,
        keysBefore: Int64,
        limit: Int
    ) async throws(StoreError) -> Int {
        state.withLock { $0.expire(before: time, keeping: count, keysBefore: keysBefore, limit: limit) }
    }

    /// Memory is always there.
    public func check() async throws(StoreError) {}
}
