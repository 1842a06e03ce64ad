import Executions
import StigmerProtos
import Testing

@Suite struct ExpiryTests {
    /// Six executions, created at 10, 20 …, of which "2" and "5" are still at work.
    private static func fill(_ store: any ExecutionStore) async throws {
        for number in 1...6 {
            let (id, time) = ("\(number)", Int64(number * 10))
            if number == 2 || number == 5 {
                try await store.commit(.created(id, at: time), .started(1, of: id))
            } else {
                try await store.commit(StoreChange.ended(id, at: time))
            }
        }
    }

    static let cases: [(before: Int64, keeping: Int, limit: Int, deleted: Int, left: [String])] = [
        (0, 100, 100, 0, ["6", "5", "4", "3", "2", "1"]),
        (30, 100, 100, 1, ["6", "5", "4", "3", "2"]),
        (31, 100, 100, 2, ["6", "5", "4", "2"]),
        (1_000, 100, 100, 4, ["5", "2"]),
        (0, 4, 100, 0, ["6", "5", "4", "3", "2", "1"]),
        (0, 3, 100, 1, ["6", "5", "4", "3", "2"]),
        (0, 1, 100, 3, ["6", "5", "2"]),
        (0, 0, 100, 4, ["5", "2"]),
        (35, 3, 100, 2, ["6", "5", "4", "2"]),
        (1_000, 0, 2, 2, ["6", "5", "4", "2"]),
        (1_000, 0, 0, 0, ["6", "5", "4", "3", "2", "1"]),
    ]

    @Test(arguments: StoreKind.allCases, cases.indices)
    func theOldestThatHaveEndedAreDeletedAndNoneAtWork(_ kind: StoreKind, _ index: Int) async throws {
        let rule = Self.cases[index]
        try await kind.run { store in
            try await Self.fill(store)
            let deleted = try await store.expire(
                before: rule.before,
                keeping: rule.keeping,
                keysBefore: 0,
                limit: rule.limit
            )
            #expect(deleted == rule.deleted)
            #expect(try await store.ids(ExecutionQuery(limit: 9)) == rule.left)
            #expect(try await store.unfinished() == ["2", "5"])
            #expect(try await store.execution("1") == nil || rule.left.contains("1"))
        }
    }

    /// A clock that was set back makes a later execution look older.
    @Test(arguments: StoreKind.allCases) func theTimeOfCreationDecidesNotTheOrder(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit(StoreChange.ended("1", at: 50))
            try await store.commit(StoreChange.ended("2", at: 10))
            #expect(try await store.expire(before: 20, keeping: 9, keysBefore: 0, limit: 9) == 1)
            #expect(try await store.ids(ExecutionQuery(limit: 9)) == ["1"])
        }
    }

    @Test(arguments: StoreKind.allCases) func expiryBesideCommitsLosesNothing(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...150 { try await store.commit(StoreChange.ended("\(number)", at: Int64(number))) }
                }
                group.addTask {
                    var deleted = 0
                    while deleted < 100 {
                        deleted += try await store.expire(before: 101, keeping: 1_000, keysBefore: 0, limit: 7)
                        await Task.yield()
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.ids(ExecutionQuery(limit: 9)) == (101...150).reversed().map(String.init))
        }
    }
}

@Suite struct MemoryStoreTests {
    @Test func theOldestThatHaveEndedMakeRoomForMore() async throws {
        let store = MemoryStore(maxFinished: 16)
        try await store.commit(.created("running"))
        for number in 1...100 { try await store.commit(StoreChange.ended("\(number)")) }
        let ids = try await store.ids(ExecutionQuery(limit: 200))
        #expect(ids.first == "100")
        #expect(ids.last == "running")
        #expect((14...17).contains(ids.count))
        #expect(ids.dropLast().compactMap(Int.init) == (0..<ids.count - 1).map { 100 - $0 })
    }

    @Test func whatIsTooMuchIsDroppedButNothingAtWork() async throws {
        let store = MemoryStore(maxBytes: 1 << 20)
        let text = String(repeating: "x", count: 100_000)
        try await store.commit(.created("running", message: text))
        for number in 1...50 { try await store.commit(StoreChange.ended("\(number)", text: text)) }
        let ids = try await store.ids(ExecutionQuery(limit: 200))
        #expect(ids.first == "50")
        #expect(ids.last == "running")
        #expect((5...10).contains(ids.count))
    }
}
