import Dispatch
import Executions
import Foundation
import GRDB
import Synchronization

/// Executions in an SQLite file: what is committed survives a crash of the runner and of the machine.
///
/// One writer commits in the order in which it is asked, on a thread of its own, and a few readers look at the last
/// commit beside it. The folder belongs to one runner at a time, which a lock file sees to.
public final class SQLiteStore: ExecutionStore {
    /// The name of the file in the store's folder.
    public static let fileName = "executions.db"

    private let file: StoreFile
    private let lock: DirectoryLock
    private let pool: DatabasePool
    private let writer = Mutex(CommitWriter())
    private let isClosed = Atomic(false)

    /// Opens the store in a folder, which is made if it is missing.
    ///
    /// Reads the whole file once to see that it is sound: about a second for each gigabyte.
    ///
    /// - Parameters:
    ///   - directory: where the store's files are; without `~`.
    ///   - busyTimeout: how long to wait, in seconds, for another program that has locked the file.
    /// - Throws: ``StoreError`` if another runner has the folder, it cannot be written, or the file is damaged, from a
    ///   newer version or not an agent-runner's.
    public init(directory: String, busyTimeout: Double = 5) throws(StoreError) {
        lock = try DirectoryLock(directory: directory)
        file = try StoreFile(path: directory + "/" + Self.fileName)
        let file = file
        pool = try file.explaining { try file.makePool(busyTimeout: busyTimeout) }
    }

    deinit {
        // The last reference may go on the writer's own queue, where waiting for the writer would never end.
        DispatchQueue.global().async { [pool, lock] in
            try? pool.close()
            lock.release()
        }
    }

    /// Waits for the commits under way, moves everything into the one file, and lets the next runner have the folder.
    ///
    /// Later calls fail. Harmless if it is closed already.
    public func close() async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: self.closeAndWait)) }
        }
        try result.get()
    }

    @Sendable private func closeAndWait() throws(StoreError) {
        let wasClosed = pool.writeWithoutTransaction { database in
            // What is not moved now is moved by the next to open it.
            if !isClosed.load(ordering: .relaxed) { _ = try? database.checkpoint(.truncate) }
            return isClosed.exchange(true, ordering: .relaxed)
        }
        if wasClosed { return }
        defer { lock.release() }
        try file.explaining { try pool.close() }
    }

    // MARK: Writing

    /// Commits with one transaction, behind those asked for before.
    public func commit(_ changes: [StoreChange], _ done: @escaping @Sendable (StoreError?) -> Void) {
        pool.asyncWriteWithoutTransaction { database in
            done(self.write(database) { writer, database in try writer.apply(changes, in: database) }.failure)
        }
    }

    /// Deletes in one transaction, and gives the disk back what that frees.
    public func expire(
        before time: Int64,
        keeping count: Int,
        keysBefore: Int64,
        limit: Int
    ) async throws(StoreError) -> Int {
        let retention = Retention(before: time, keeping: count, keysBefore: keysBefore, limit: limit)
        let expired = try await read { try retention.expired(in: $0) }
        return try await change { _, database in try retention.delete(expired, in: database) }
    }

    /// Writes a row, and looks whether the file is still where it was.
    public func check() async throws(StoreError) {
        try file.checkPlace()
        try await change { _, database in
            try database.cachedStatement(sql: "UPDATE checks SET count = count + 1").execute()
        }
    }

    private func change<Value: Sendable>(
        _ body: @escaping @Sendable (inout CommitWriter, Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(returning: self.write(database, body))
            }
        }
        return try result.get()
    }

    /// Runs one transaction, on the writer's queue.
    private func write<Value: Sendable>(
        _ database: Database,
        _ body: (inout CommitWriter, Database) throws -> Value
    ) -> Result<Value, StoreError> {
        writer.withLock { writer in
            do throws(StoreError) {
                if isClosed.load(ordering: .relaxed) { throw file.closed }
                return .success(try file.explaining { try database.immediately { try body(&writer, database) } })
            } catch {
                writer.forget()
                return .failure(error)
            }
        }
    }

    // MARK: Reading

    /// What was committed of it.
    public func execution(_ id: String) async throws(StoreError) -> StoredExecution? {
        try await read { try $0.storedExecution(id) }
    }

    /// The page as of the last commit.
    public func page(_ query: ExecutionQuery) async throws(StoreError) -> ExecutionPage {
        try await read { try $0.page(query) }
    }

    /// In the order of creation.
    public func unfinished() async throws(StoreError) -> [String] {
        try await read { try $0.unfinished() }
    }

    /// The latest that fit, oldest first.
    public func session(
        _ session: String,
        bytes: Int
    ) async throws(StoreError) -> [StoredExecution] {
        try await read { try $0.session(session, bytes: bytes) }
    }

    /// What the key was committed with.
    public func execution(withKey key: String) async throws(StoreError) -> KeyedExecution? {
        try await read { try $0.keyedExecution(key) }
    }

    /// Runs in a transaction on a reader: what it sees does not change meanwhile.
    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        if isClosed.load(ordering: .relaxed) { throw file.closed }
        let result = await withCheckedContinuation { continuation in
            pool.asyncRead { [file] database in
                continuation.resume(
                    returning: Result { () throws(StoreError) in try file.explaining { try body(database.get()) } }
                )
            }
        }
        return try result.get()
    }
}

extension Result where Failure == StoreError {
    fileprivate var failure: StoreError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension Database {
    /// Runs a transaction that has the right to write from its beginning on.
    fileprivate func immediately<Value>(_ body: () throws -> Value) throws -> Value {
        try cachedStatement(sql: "BEGIN IMMEDIATE").execute()
        do {
            let value = try body()
            try cachedStatement(sql: "COMMIT").execute()
            return value
        } catch {
            // SQLite has ended the transaction itself after some errors.
            if isInsideTransaction { try rollback() }
            throw error
        }
    }
}
