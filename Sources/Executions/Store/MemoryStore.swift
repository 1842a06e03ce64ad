import StigmerProtos
import Synchronization

/// A store that lasts as long as the program: for a single run, and for tests.
public final class MemoryStore: ExecutionStore {
    fileprivate struct State {
        var executions: [String: Kept] = [:]
        /// The ids by their place in the order of creation, ascending.
        var order: [(place: Int64, id: String)] = []
        var places: Int64 = 0
        var keys: [String: KeyedExecution] = [:]
        var bytes = 0
    }

    fileprivate struct Kept {
        var stored: StoredExecution
        var place: Int64
        var key: String?
        var bytes: Int
    }

    private let maxBytes: Int
    private let maxFinished: Int
    private let state = Mutex(State())

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - maxBytes: about how much is kept; the oldest executions that have ended are dropped for more.
    ///   - maxFinished: how many executions that have ended are kept.
    public init(maxBytes: Int = 256 << 20, maxFinished: Int = 1_000) {
        self.maxBytes = maxBytes
        self.maxFinished = maxFinished
    }

    /// Cannot fail.
    public func commit(_ changes: [StoreChange], _ done: @escaping @Sendable (StoreError?) -> Void) {
        state.withLock { state in
            for change in changes { state.apply(change) }
            if state.bytes > maxBytes || state.order.count > 2 * maxFinished { state.dropOldest(maxBytes, maxFinished) }
        }
        done(nil)
    }

    /// What was committed of it.
    public func execution(_ id: String) async throws(StoreError) -> StoredExecution? {
        state.withLock { $0.executions[id]?.stored }
    }

    /// The page as it is now.
    public func page(_ query: ExecutionQuery) async throws(StoreError) -> ExecutionPage {
        state.withLock { $0.page(query) }
    }

    /// In the order of creation.
    public func unfinished() async throws(StoreError) -> [String] {
        state.withLock { state in
            state.order.map(\.id).filter { state.executions[$0]?.stored.isFinished == false }
        }
    }

    /// The latest that fit, oldest first.
    public func session(
        _ session: String,
        before id: String,
        bytes: Int
    ) async throws(StoreError) -> [StoredExecution] {
        state.withLock { state in
            guard let place = state.executions[id]?.place else { return [] }
            var found: [StoredExecution] = []
            var size = 0
            for entry in state.order.reversed() where entry.place < place {
                guard let kept = state.executions[entry.id], kept.stored.request.spec.sessionID == session,
                    kept.stored.isFinished
                else { continue }
                size += kept.bytes
                if size > bytes && !found.isEmpty { break }
                found.append(kept.stored)
            }
            return found.reversed()
        }
    }

    /// What the key was committed with.
    public func execution(withKey key: String) async throws(StoreError) -> KeyedExecution? {
        state.withLock { $0.keys[key] }
    }

    /// Deletes the oldest.
    public func expire(
        before time: Int64,
        keeping count: Int,
        keysBefore: Int64,
        limit: Int
    ) async throws(StoreError) -> Int {
        state.withLock { state in
            for (key, keyed) in state.keys where keyed.createdAt < keysBefore { state.keys[key] = nil }
            let ended = state.order.map(\.id).filter { state.executions[$0]?.stored.isFinished == true }
            let expired = ended.enumerated().filter { index, id in
                index < ended.count - count || (state.executions[id]?.stored.createdAt ?? time) < time
            }
            let ids = expired.prefix(limit).map(\.element)
            for id in ids { state.apply(.deleted(id)) }
            return ids.count
        }
    }

    /// Memory is always there.
    public func check() async throws(StoreError) {}
}

extension MemoryStore.State {
    fileprivate mutating func apply(_ change: StoreChange) {
        switch change {
        case .created(let new):
            places += 1
            let size = new.request.spec.message.utf8.count + 1024
            executions[new.id] = MemoryStore.Kept(
                stored: StoredExecution(request: new.request, createdAt: new.createdAt),
                place: places,
                key: new.key?.value,
                bytes: size
            )
            bytes += size
            order.append((places, new.id))
            if let key = new.key {
                keys[key.value] = KeyedExecution(
                    id: new.id,
                    fingerprint: key.fingerprint,
                    createdAt: new.createdAt
                )
            }
        case .recorded(let event, _, let id):
            let size = event.assumedSize
            executions[id]?.stored.events.append(event)
            executions[id]?.bytes += size
            bytes += size
        case .resumed(let id):
            executions[id]?.stored.resumptions += 1
        case .deleted(let id):
            guard let kept = executions.removeValue(forKey: id) else { return }
            bytes -= kept.bytes
            order.removeAll { $0.id == id }
            if let key = kept.key, keys[key]?.id == id { keys[key] = nil }
        }
    }

    fileprivate mutating func dropOldest(_ maxBytes: Int, _ maxFinished: Int) {
        let ended = order.filter { executions[$0.id]?.stored.isFinished == true }
        var left = ended.count
        for entry in ended where bytes > maxBytes || left > maxFinished {
            apply(.deleted(entry.id))
            left -= 1
        }
    }

    fileprivate func page(_ query: ExecutionQuery) -> ExecutionPage {
        let all = order.reversed().filter { entry in
            executions[entry.id].map { query.takes($0.stored) } ?? false
        }
        var page = ExecutionPage(entries: [], next: nil, total: all.count)
        var size = 0
        for entry in all where entry.place < query.before ?? .max {
            guard let kept = executions[entry.id] else { continue }
            size += kept.bytes
            if page.entries.count == query.limit || (size > query.bytes && !page.entries.isEmpty) { return page }
            page.entries.append(kept.stored)
            page.next = entry.place
        }
        page.next = nil
        return page
    }
}

extension ExecutionQuery {
    fileprivate func takes(_ stored: StoredExecution) -> Bool {
        (phase == .unspecified || stored.phase == phase)
            && (session.isEmpty || stored.request.spec.sessionID == session)
            && tags.allSatisfy(stored.request.metadata.tags.contains)
    }
}

extension StoredExecution {
    /// The phase that the log tells.
    public var phase: ExecutionPhase {
        switch events.last?.event {
        case nil: .executionPending
        case .finished(let finished): finished.phase
        default: .executionInProgress
        }
    }
}

extension ExecutionEvent {
    /// About how many bytes the event takes on the wire and in a store.
    public var assumedSize: Int {
        guard case .messageCompleted(let completed) = event else { return 1024 }
        return 1024 + completed.message.content.utf8.count + completed.reasoning.utf8.count
    }
}
