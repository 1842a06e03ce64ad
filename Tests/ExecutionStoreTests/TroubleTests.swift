import Executions
import Foundation
import GRDB
import SQLiteStore
import StigmerProtos
import TestSupport
import Testing

/// What a disk, another program and a wrong folder can do to a store.
@Suite struct TroubleTests {
    #if os(Linux)
        @Test(.enabled(if: TemporaryDisk.isAllowed, "mounting a small disk needs root"))
        func aFullDiskFailsACommitThatSucceedsWhenThereIsRoom() async throws {
            try await TemporaryDisk.use(megabytes: 4) { disk in
                let store = try SQLiteStore(directory: disk + "/data")
                try await store.commit(StoreChange.ended("a"))
                try await store.commit(.created("b"), .started(1, of: "b"))
                let filler = disk + "/filler"
                #expect(FileManager.default.createFile(atPath: filler, contents: nil))
                let handle = try #require(FileHandle(forWritingAtPath: filler))
                while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
                try handle.close()

                let long = String(repeating: "x", count: 500_000)
                for _ in 1...3 {
                    let error = await #expect(throws: StoreError.self) {
                        try await store.commit(.message(long, 2, of: "b"), .created("c", message: long))
                    }
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.contains("is full: free some space") == true)
                    // What is there can be read.
                    #expect(try await store.execution("b")?.events.count == 1)
                    #expect(try await store.ids(ExecutionQuery(limit: 9)) == ["b", "a"])
                }

                try FileManager.default.removeItem(atPath: filler)
                try await store.check()
                try await store.commit(.message(long, 2, of: "b"), .created("c", message: long))
                try await store.close()
                let next = try SQLiteStore(directory: disk + "/data")
                #expect(try await next.ids(ExecutionQuery(limit: 9)) == ["c", "b", "a"])
                #expect(try await next.execution("b")?.events.map(\.messageCompleted.message.content) == ["", long])
                try await next.close()
            }
        }

        @Test(.enabled(if: TemporaryDisk.isAllowed, "mounting a small disk needs root"))
        func theCheckSaysThatTheDiskIsFullUntilThereIsRoom() async throws {
            try await TemporaryDisk.use(megabytes: 1) { disk in
                let store = try SQLiteStore(directory: disk + "/data")
                let filler = disk + "/filler"
                #expect(FileManager.default.createFile(atPath: filler, contents: nil))
                let handle = try #require(FileHandle(forWritingAtPath: filler))
                while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
                try handle.close()
                // The log has some room that it got before.
                try await eventually("the check fails") {
                    do {
                        try await store.check()
                        return false
                    } catch {
                        return true
                    }
                }
                try FileManager.default.removeItem(atPath: filler)
                try await store.check()
                try await store.close()
            }
        }

        @Test(.enabled(if: TemporaryDisk.isAllowed, "mounting a small disk needs root"))
        func aReadOnlyDiskIsRefusedAndKeepsWhatItHas() async throws {
            try await TemporaryDisk.use(megabytes: 4) { disk in
                let store = try SQLiteStore(directory: disk + "/data")
                try await store.commit(.created("a"))
                try await store.close()
                try TemporaryDisk.setReadOnly(true, disk)
                for directory in [disk + "/data", disk + "/new"] {
                    let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
                    #expect(error?.code == .unavailable)
                    #expect(error?.message.contains("read-only") == true)
                    #expect(error?.message.contains(directory) == true)
                }
                try TemporaryDisk.setReadOnly(false, disk)
                let next = try SQLiteStore(directory: disk + "/data")
                #expect(try await next.execution("a") != nil)
                try await next.close()
            }
        }
    #endif

    @Test(.enabled(if: getuid() == 0, "becoming nobody needs root"))
    func aFolderOfSomebodyElseIsRefused() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            try await store.close()
            await #expect(processExitsWith: .success) { [directory = directory as String] in
                #expect(setuid(65_534) == 0)
                let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("Permission denied") == true)
                #expect(error?.message.contains("let this user write it") == true)
            }
        }
    }

    @Test func aFileThatIsNoFolderIsRefused() async throws {
        try await TemporaryDirectory.use { path in
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            for directory in [path, path + "/inside"] {
                let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
                #expect(error?.message.contains("Not a directory") == true)
            }
        }
    }

    @Test func aLockedFileFailsACommitThatSucceedsWhenItIsFree() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory, busyTimeout: 0.02)
            try await store.commit(.created("a"))
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: directory + "/executions.db", configuration: configuration)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            for use in [
                { try await store.commit(.started(1, of: "a")) },
                { try await store.check() },
                { _ = try await store.expire(before: 0, keeping: 9, keysBefore: 0, limit: 1) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await use() }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("locked by another program") == true)
            }
            #expect(try await store.execution("a")?.events.isEmpty == true)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            try other.close()
            try await store.commit(.started(1, of: "a"))
            #expect(try await store.execution("a")?.events.count == 1)
            try await store.close()
        }
    }

    @Test func theCheckFindsThatTheFileIsGone() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            try await store.commit(.created("a"))
            let (file, aside) = (directory + "/executions.db", directory + "/aside")
            try FileManager.default.moveItem(atPath: file, toPath: aside)
            let error = await #expect(throws: StoreError.self) { try await store.check() }
            #expect(error?.message.contains("was moved or deleted") == true)
            try FileManager.default.moveItem(atPath: aside, toPath: file)
            try await store.check()
            try await store.close()
        }
    }

    @Test func aFileOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
        try await TemporaryDirectory.use { directory in
            try await SQLiteStore(directory: directory).close()
            try await Self.edit(directory) {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 of the future')")
            }
            let before = FileManager.default.contents(atPath: directory + "/executions.db")
            let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message.contains("newer agent-runner") == true)
            #expect(FileManager.default.contents(atPath: directory + "/executions.db") == before)
        }
    }

    @Test func aDatabaseOfAnotherProgramIsRefused() async throws {
        try await TemporaryDirectory.use { directory in
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try await Self.edit(directory) { try $0.execute(sql: "CREATE TABLE executions (mine)") }
            let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message.contains("is not an agent-runner's") == true)
        }
    }

    // MARK: Damage

    @Test(arguments: [
        "UPDATE log SET bytes = x'ffffff' WHERE number = 2", "DELETE FROM log WHERE number = 1",
        "DELETE FROM log WHERE number = 0", "UPDATE log SET bytes = x'' WHERE number = 0",
    ])
    func anExecutionThatCannotBeReadIsNamedAndTheOthersAreSound(_ sql: String) async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            try await store.commit(StoreChange.ended("sound"))
            try await store.commit(StoreChange.ended("hurt"))
            try await store.close()
            try await Self.edit(directory) { try $0.execute(sql: sql + " AND place = 2") }

            let next = try SQLiteStore(directory: directory)
            for use in [
                { _ = try await next.execution("hurt") }, { _ = try await next.page(ExecutionQuery(limit: 9)) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await use() }
                #expect(error?.code == .dataLoss)
                #expect(error?.message.contains("has hurt damaged") == true)
            }
            #expect(try await next.execution("sound")?.events.count == 3)
            try await next.commit(.deleted("hurt"))
            #expect(try await next.ids(ExecutionQuery(limit: 9)) == ["sound"])
            try await next.close()
        }
    }

    @Test(arguments: ["cut in half", "cut in a page", "not a database", "a page of zeros", "a page of noise"])
    func aDamagedFileIsRefused(_ damage: String) async throws {
        try await TemporaryDirectory.use { directory in
            let path = directory + "/executions.db"
            var bytes = try await Self.filled(directory)
            switch damage {
            case "cut in half": bytes = bytes.prefix(bytes.count / 8192 * 4096)
            case "cut in a page": bytes = bytes.prefix(bytes.count / 2 + 100)
            case "not a database": bytes = Data("This is not a database.\n".utf8) + Data(repeating: 65, count: 9_000)
            case "a page of zeros": bytes.replaceSubrange(3 * 4096..<4 * 4096, with: Data(count: 4096))
            default:
                var random = SeededRandom(seed: 1)
                let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }
                bytes.replaceSubrange(3 * 4096..<4 * 4096, with: noise)
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
            #expect(error?.code == .dataLoss)
            #expect(error?.message.hasPrefix("\(path) is damaged (") == true)
            // Nothing is repaired behind anybody's back, and the folder is free.
            #expect(FileManager.default.contents(atPath: path) == bytes)
            try FileManager.default.removeItem(atPath: path)
            try await SQLiteStore(directory: directory).close()
        }
    }

    /// Any few bytes anywhere: refused, or found where they are read, or in a text, where nobody can know.
    @Test(arguments: 0..<40 as Range<UInt64>) func flippedBytesEndInAClearErrorOrInNothing(_ seed: UInt64) async throws
    {
        try await TemporaryDirectory.use { directory in
            var bytes = try await Self.filled(directory)
            var random = SeededRandom(seed: seed)
            for _ in 0...Int.random(in: 0..<8, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try bytes.write(to: URL(fileURLWithPath: directory + "/executions.db"))
            do {
                let store = try SQLiteStore(directory: directory)
                for number in 1...30 { try await Self.expectDamageOnly { _ = try await store.execution("\(number)") } }
                try await Self.expectDamageOnly { _ = try await store.ids(ExecutionQuery(limit: 7)) }
                try await store.close()
            } catch let error as StoreError {
                #expect([.dataLoss, .failedPrecondition].contains(error.code), "\(error)")
            }
        }
    }

    private static func expectDamageOnly(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as StoreError {
            #expect(error.code == .dataLoss, "\(error)")
        }
    }

    /// The bytes of a closed store with thirty executions.
    private static func filled(_ directory: String) async throws -> Data {
        let store = try SQLiteStore(directory: directory)
        for number in 1...30 {
            try await store.commit(StoreChange.ended("\(number)", text: String(repeating: "x", count: 3_000)))
        }
        try await store.close()
        return try #require(FileManager.default.contents(atPath: directory + "/executions.db"))
    }

    private static func edit(_ directory: String, _ body: @Sendable @escaping (Database) throws -> Void) async throws {
        let queue = try DatabaseQueue(path: directory + "/executions.db")
        try await queue.write(body)
        try queue.close()
    }
}
