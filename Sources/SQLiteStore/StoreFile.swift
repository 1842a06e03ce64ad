import Executions
import Foundation
import GRDB
import Synchronization

/// The file of a store: how it is opened, and what its troubles mean.
struct StoreFile: Sendable {
    /// Says whose file it is: "AgR1".
    private static let applicationID: Int32 = 0x4167_5231

    let path: String
    private let identity: FileIdentity

    /// Makes the file, readable by nobody else, if it is missing. SQLite gives those beside it the same rights.
    init(path: String) throws(StoreError) {
        self.path = path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        defer { Foundation.close(descriptor) }
        guard let identity = FileIdentity(descriptor: descriptor) else { throw .system("open", path, errno) }
        self.identity = identity
        // Whoever made it: what people asked of an agent is nobody else's business.
        guard fchmod(descriptor, 0o600) == 0 else { throw .system("protect", path, errno) }
    }

    /// Opens the file, sees that it is sound and ours, and brings it to this version's form.
    func makePool(busyTimeout: Double) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "executions"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // For a new file only, and before anything is in it: what is deleted can be given back to the disk.
            if !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            try checkOrigin(database)
            try checkSoundness(database)
            // A commit is on the disk when it returns; the pool asks for less. (The second is for macOS.)
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON")
            // About 16 MB between the times that the log is moved into the file, and no more than that left over.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 16777216")
        }
        try Schema.migrator.migrate(pool)
        return pool
    }

    private func checkOrigin(_ database: Database) throws {
        let origin = try Int32.fetchOne(database, sql: "PRAGMA application_id")
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        if origin == 0 && isEmpty {
            try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
        } else if origin != Self.applicationID {
            throw StoreError(
                .failedPrecondition,
                "\(path) is not an agent-runner's: move it away, or name another folder with --data-dir"
            )
        }
        if try Schema.migrator.hasBeenSuperseded(database) {
            throw StoreError(
                .failedPrecondition,
                "\(path) was written by a newer agent-runner: use that version, or name another folder with --data-dir"
            )
        }
    }

    private func checkSoundness(_ database: Database) throws {
        let faults = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
        if faults != ["ok"] { throw damaged(faults.joined(separator: "; ")) }
    }

    /// Sees that the open file is the one that others find under its name.
    func checkPlace() throws(StoreError) {
        guard FileIdentity(path: path) == identity else {
            throw StoreError(
                .unavailable,
                "\(path) was moved or deleted while the runner has it open: put it back, or restart the runner"
            )
        }
    }
}

/// What tells a file from every other on the machine, whatever its name.
private struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(status.st_ino)
    }
}
