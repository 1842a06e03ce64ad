import EventLoop
import Executions
import Synchronization

/// A runner's way to a disk that outlives it: slow, failing now and then, and cut when the runner dies.
///
/// A commit under way at that moment may have reached the disk or not; the runner does not learn which.
final class FaultyStore: ExecutionStore {
    private let disk: MemoryStore
    private let loop: EventLoop
    private let chance: Chance
    private let isDead = Mutex(false)
    /// Until this time, in nanoseconds, no commit succeeds.
    private let outage: UInt64

    init(disk: MemoryStore, loop: EventLoop, chance: Chance) {
        self.disk = disk
        self.loop = loop
        self.chance = chance
        outage = chance.percent(10) ? loop.now + 25_000_000_000 : 0
    }

    func die() { isDead.withLock { $0 = true } }

    private var lives: Bool { isDead.withLock { !$0 } }

    func commit(_ changes: [StoreChange], _ done: @escaping @Sendable (StoreError?) -> Void) {
        loop.execute { [self] in
            loop.schedule(after: chance.milliseconds(chance.percent(5) ? 100...3000 : 0...8)) { [self] in
                guard lives else { return }
                guard loop.now >= outage, !chance.percent(5) else {
                    return done(StoreError(.unavailable, "the disk is full"))
                }
                disk.commit(changes) { _ in }
                loop.schedule(after: chance.milliseconds(0...3)) { [self] in
                    if lives { done(nil) }
                }
            }
        }
    }

    /// Reading takes its time too; for a dead runner it never ends.
    private func pause() async {
        try? await loop.sleep(for: chance.milliseconds(0...4))
        if !lives { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
    }

    func execution(_ id: String) async throws(StoreError) -> StoredExecution? {
        await pause()
        return try await disk.execution(id)
    }

    func page(_ query: ExecutionQuery) async throws(StoreError) -> ExecutionPage {
        await pause()
        return try await disk.page(query)
    }

    func unfinished() async throws(StoreError) -> [String] {
        await pause()
        return try await disk.unfinished()
    }

    func session(_ session: String, bytes: Int) async throws(StoreError) -> [StoredExecution] {
        await pause()
        return try await disk.session(session, bytes: bytes)
    }

    func execution(withKey key: String) async throws(StoreError) -> KeyedExecution? {
        await pause()
        return try await disk.execution(withKey: key)
    }

    func expire(
        before time: Int64,
        keeping count: Int,
        keysBefore: Int64,
        limit: Int
    ) async throws(StoreError) -> Int {
        await pause()
        return try await disk.expire(before: time, keeping: count, keysBefore: keysBefore, limit: limit)
    }

    func check() async throws(StoreError) { await pause() }
}
