import Executions
import Foundation
import GRDB
import SQLiteStore
import StigmerProtos
import TestSupport
import Testing

@Suite struct ReopeningTests {
    @Test func everythingCommittedIsThereAfterReopening() async throws {
        try await TemporaryDirectory.use { directory in
            let key = IdempotencyKey(value: "k", fingerprint: "f")
            let first = try SQLiteStore(directory: directory)
            try await first.commit(StoreChange.ended("a", session: "s", tags: ["t"], key: key))
            try await first.commit(.created("b", session: "s"), .started(1, of: "b"), .resumed("b"))
            let before = try await first.page(ExecutionQuery(limit: 1))
            try await first.close()
            // All of it is in the one file.
            let log = directory + "/executions.db-wal"
            #expect((FileManager.default.contents(atPath: log) ?? Data()).isEmpty)

            let second = try SQLiteStore(directory: directory)
            #expect(try await second.unfinished() == ["b"])
            #expect(try await second.execution("b")?.resumptions == 1)
            #expect(try await second.execution(withKey: "k")?.id == "a")
            #expect(try await second.session("s", bytes: 1_000).map(\.id) == ["a"])
            // A page token and a log go on where they were.
            #expect(try await second.page(ExecutionQuery(before: before.next, limit: 9)).entries.map(\.id) == ["a"])
            await #expect(throws: StoreError.self) { try await second.commit(.message("x", 1, of: "b")) }
            try await second.commit(.message("x", 2, of: "b"), .finished(3, of: "b"))
            #expect(try await second.execution("b")?.events.map(\.cursor) == ["1", "2", "3"])
            try await second.close()
        }
    }

    @Test func nobodyElseCanReadTheFiles() async throws {
        try await TemporaryDirectory.use { directory in
            func mode(_ path: String) throws -> Int {
                try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
            }
            let folder = directory + "/deep/inside"
            let store = try SQLiteStore(directory: folder)
            try await store.commit(.created("a"))
            #expect(try mode(directory) == 0o700)
            #expect(try mode(folder) == 0o700)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(files == ["executions.db", "executions.db-shm", "executions.db-wal", "runner.lock"])
            for file in files { #expect(try mode(folder + "/" + file) == 0o600, "\(file)") }
            try await store.close()
        }
    }

    @Test func aSecondRunnerIsRefusedAndToldWhoHasTheFolder() async throws {
        try await TemporaryDirectory.use { directory in
            let first = try SQLiteStore(directory: directory)
            let error = #expect(throws: StoreError.self) { try SQLiteStore(directory: directory) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("in use by process \(getpid())") == true)
            // The refused one has left no mark.
            try await first.commit(.created("a"))
            try await first.close()
            let second = try SQLiteStore(directory: directory)
            #expect(try await second.execution("a") != nil)
            try await second.close()
        }
    }

    @Test func aStoreThatIsLetGoLeavesTheFolderToTheNext() async throws {
        try await TemporaryDirectory.use { directory in
            do {
                let store = try SQLiteStore(directory: directory)
                // Not waited for: what was asked is done all the same.
                store.commit([.created("a")]) { _ in }
            }
            try await eventually("the folder can be had") {
                guard let next = try? SQLiteStore(directory: directory) else { return false }
                #expect(try await next.execution("a") != nil)
                try await next.close()
                return true
            }
        }
    }

    @Test func aClosedStoreSaysThatItIsClosed() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            try await store.commit(.created("a"))
            try await store.close()
            try await store.close()
            for use in [
                { try await store.commit(.started(1, of: "a")) },
                { _ = try await store.execution("a") },
                { try await store.check() },
                { _ = try await store.expire(before: 9, keeping: 9, keysBefore: 9, limit: 9) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await use() }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("is closed") == true)
            }
        }
    }

    @Test func closingWaitsForTheCommitsUnderWay() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            for number in 1...100 { store.commit([.created("\(number)")]) { #expect($0 == nil) } }
            try await store.close()
            let next = try SQLiteStore(directory: directory)
            #expect(try await next.page(ExecutionQuery(limit: 1)).total == 100)
            try await next.close()
        }
    }

    @Test func theDiskGetsBackWhatExpiryFrees() async throws {
        try await TemporaryDirectory.use { directory in
            let store = try SQLiteStore(directory: directory)
            let text = String(repeating: "x", count: 1_000_000)
            for number in 1...10 { try await store.commit(StoreChange.ended("\(number)", text: text)) }
            #expect(try await store.expire(before: 2_000, keeping: 0, keysBefore: 0, limit: 100) == 10)
            try await store.close()
            let path = directory + "/executions.db"
            let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
            #expect(size < 200_000)
        }
    }

    // MARK: Killed

    /// One commit holds a whole execution and one event of a long one: after a kill, all of it or nothing.
    @Test(arguments: 0..<6 as Range<UInt64>) func afterAKillEveryCommitIsThereWholeOrNotAtAll(_ seed: UInt64)
        async throws
    {
        try await TemporaryDirectory.use { directory in
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let acknowledged = directory + "/acknowledged"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String, acknowledged = acknowledged as String, seed] in
                try await Killed.run(directory: directory, acknowledged: acknowledged, seed: seed)
            }
            let done = FileManager.default.contents(atPath: acknowledged)?.count ?? 0
            let store = try SQLiteStore(directory: directory)
            let count = try await store.execution("log")?.events.count ?? 0
            #expect((done...done + Killed.ahead).contains(count))
            let ids = try await store.ids(ExecutionQuery(phase: .executionCompleted, limit: 1_000))
            #expect(ids == (1..<count + 1).reversed().map(String.init))
            let page = try await store.page(ExecutionQuery(phase: .executionCompleted, limit: 1_000))
            #expect(page.entries.allSatisfy { $0.events.count == 3 })
            // And it goes on.
            let next: StoreChange = count == 0 ? .created("other") : .message("x", count + 1, of: "log")
            try await store.commit(next)
            try await store.close()
        }
    }
}

/// A process that commits until it is killed.
enum Killed {
    /// How many commits are asked for before the first of them is done.
    static let ahead = 4

    static func run(directory: String, acknowledged: String, seed: UInt64) async throws {
        let store = try SQLiteStore(directory: directory)
        let file = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var random = SeededRandom(seed: seed)
        let moment = UInt32.random(in: 0..<150_000, using: &random)
        Thread.detachNewThread {
            usleep(moment)
            kill(getpid(), SIGKILL)
        }
        let slots = DispatchSemaphore(value: ahead)
        for number in 1...Int.max {
            slots.wait()
            let log: [StoreChange] = number == 1 ? [.created("log")] : []
            let text = String(repeating: "x", count: Int.random(in: 0..<20_000, using: &random))
            store.commit(log + StoreChange.ended("\(number)", text: text) + [.message(text, number, of: "log")]) {
                error in
                if error == nil { _ = write(file, "+", 1) }
                slots.signal()
            }
        }
    }
}
