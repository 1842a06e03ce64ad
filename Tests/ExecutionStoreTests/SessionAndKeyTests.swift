import Executions
import StigmerProtos
import Testing

@Suite struct SessionTests {
    @Test(arguments: StoreKind.allCases) func aSessionIsWhatEndedInItInTheOrderOfTheBeginnings(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            try await store.commit(StoreChange.ended("1", text: "one", session: "s"))
            try await store.commit(StoreChange.ended("2", session: "other"))
            try await store.commit(.created("waits", session: "s"))
            try await store.commit(.created("3", session: "s"), .started(1, of: "3"))
            try await store.commit(.created("4", session: "s"), .started(1, of: "4"))
            // Cancelled while it waited: it begins and ends beside the one at work.
            try await store.commit(StoreChange.ended("5", session: "s", phase: .executionCancelled))
            try await store.commit(.finished(2, of: "3", .executionFailed))
            try await store.commit(.started(1, of: "waits"), .finished(2, of: "waits"))

            let turns = try await store.session("s", bytes: 1 << 20)
            #expect(turns.map(\.id) == ["1", "3", "5", "waits"])
            #expect(turns[0].events.map(\.messageCompleted.message.content) == ["", "one", ""])
            #expect(try await store.session("none", bytes: 1 << 20).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases) func ofALongSessionTheLatestAreGiven(_ kind: StoreKind) async throws {
        try await kind.run { store in
            let text = String(repeating: "x", count: 100_000)
            for id in ["1", "2", "3", "4"] {
                try await store.commit(StoreChange.ended(id, text: text, session: "s"))
            }
            try await store.commit(.created("5", session: "s"))
            #expect(try await store.session("s", bytes: 250_000).map(\.id) == ["3", "4"])
            #expect(try await store.session("s", bytes: 1).map(\.id) == ["4"])
        }
    }
}

@Suite struct KeyTests {
    @Test(arguments: StoreKind.allCases) func aKeyLeadsToItsExecution(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit(.created("a", at: 7, key: IdempotencyKey(value: "k", fingerprint: "f")))
            #expect(
                try await store.execution(withKey: "k") == KeyedExecution(id: "a", fingerprint: "f", createdAt: 7)
            )
            #expect(try await store.execution(withKey: "K") == nil)
            #expect(try await store.execution(withKey: "k ") == nil)
        }
    }

    @Test(arguments: StoreKind.allCases) func aKeyThatIsUsedAgainLeadsToTheLater(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit(StoreChange.ended("a", at: 7, key: IdempotencyKey(value: "k", fingerprint: "f")))
            try await store.commit(.created("b", at: 8, key: IdempotencyKey(value: "k", fingerprint: "g")))
            let second = KeyedExecution(id: "b", fingerprint: "g", createdAt: 8)
            #expect(try await store.execution(withKey: "k") == second)
            try await store.commit(.deleted("a"))
            #expect(try await store.execution(withKey: "k") == second)
        }
    }

    @Test(arguments: StoreKind.allCases) func oldKeysAreForgottenAndTheirExecutionsKept(_ kind: StoreKind) async throws
    {
        try await kind.run { store in
            for (id, time) in [("a", 10), ("b", 20), ("c", 30)] as [(String, Int64)] {
                try await store.commit(.created(id, at: time, key: IdempotencyKey(value: id, fingerprint: "f")))
            }
            #expect(try await store.expire(before: 0, keeping: 100, keysBefore: 20, limit: 100) == 0)
            #expect(try await store.execution(withKey: "a") == nil)
            #expect(try await store.execution(withKey: "b")?.id == "b")
            #expect(try await store.page(ExecutionQuery(limit: 9)).total == 3)
        }
    }
}

@Suite struct CallersWordsTests {
    /// Pairs that look alike, or are equal to something that reads them less than exactly.
    static let pairs = [("a", "a\u{0}b"), ("a", "A"), ("a", "a "), ("\u{E9}", "e\u{301}"), ("1", "01"), ("x", "'x'")]

    @Test(arguments: StoreKind.allCases, pairs.indices)
    func wordsThatDifferInAByteAreDifferent(_ kind: StoreKind, _ index: Int) async throws {
        let (one, other) = Self.pairs[index]
        try await kind.run { store in
            for (id, word) in [("1", one), ("2", other)] {
                let key = IdempotencyKey(value: word, fingerprint: id)
                try await store.commit(StoreChange.ended(id, session: word, tags: [word], key: key))
            }
            try await store.commit(.created("3"))
            for (id, word) in [("1", one), ("2", other)] {
                #expect(try await store.execution(withKey: word)?.id == id)
                #expect(try await store.session(word, bytes: 1 << 20).map(\.id) == [id])
                #expect(try await store.ids(ExecutionQuery(session: word, limit: 9)) == [id])
                #expect(try await store.ids(ExecutionQuery(tags: [word], limit: 9)) == [id])
            }
            #expect(try await store.execution("1\u{0}") == nil)
        }
    }
}
