import Executions
import StigmerProtos
import Testing

@Suite struct KeepingTests {
    @Test(arguments: StoreKind.allCases) func whatIsCommittedIsReadBackAsItWas(_ kind: StoreKind) async throws {
        try await kind.run { store in
            let text = "Grüße 👩‍👩‍👧 \u{0} \u{202E}שלום\n" + String(repeating: "語", count: 5_000)
            try await store.commit(.created("a", at: 42, message: text, session: "s", tags: ["x", "ÿ"]))
            try await store.commit(.started(1, of: "a"), .message(text, 2, of: "a"))

            let stored = try #require(try await store.execution("a"))
            #expect(stored.id == "a")
            #expect(stored.request.spec.message == text)
            #expect(stored.request.spec.sessionID == "s")
            #expect(stored.request.metadata.tags == ["x", "ÿ"])
            #expect(stored.createdAt == 42)
            #expect(stored.resumptions == 0)
            #expect(stored.events.map(\.cursor) == ["1", "2"])
            #expect(stored.events.last?.messageCompleted.message.content == text)
            #expect(stored.phase == .executionInProgress)
            #expect(!stored.isFinished)
        }
    }

    @Test(arguments: StoreKind.allCases) func nobodyHasWhatWasNeverCreated(_ kind: StoreKind) async throws {
        try await kind.run { store in
            #expect(try await store.execution("a") == nil)
            #expect(try await store.execution(withKey: "k") == nil)
            #expect(try await store.session("s", bytes: 1_000).isEmpty)
            #expect(try await store.unfinished().isEmpty)
            #expect(try await store.page(ExecutionQuery(limit: 10)).total == 0)
            try await store.commit(.deleted("a"))
            try await store.check()
        }
    }

    @Test(arguments: StoreKind.allCases) func thePhaseFollowsTheLastEvent(_ kind: StoreKind) async throws {
        try await kind.run { store in
            func phases() async throws -> [ExecutionPhase: Int] {
                var found: [ExecutionPhase: Int] = [:]
                for phase in ExecutionPhase.allCases where phase != .unspecified {
                    let page = try await store.page(ExecutionQuery(phase: phase, limit: 10))
                    if page.total > 0 { found[phase] = page.total }
                    #expect(page.entries.allSatisfy { $0.phase == phase })
                }
                return found
            }
            try await store.commit(.created("a"))
            #expect(try await phases() == [.executionPending: 1])
            try await store.commit(.started(1, of: "a"))
            #expect(try await phases() == [.executionInProgress: 1])
            try await store.commit(.message("Hello", 2, of: "a"))
            #expect(try await phases() == [.executionInProgress: 1])
            #expect(try await store.unfinished() == ["a"])
            try await store.commit(.finished(3, of: "a", .executionCancelled))
            #expect(try await phases() == [.executionCancelled: 1])
            #expect(try await store.unfinished().isEmpty)
            #expect(try await store.execution("a")?.isFinished == true)
        }
    }

    @Test(arguments: StoreKind.allCases) func unfinishedOnesComeInTheOrderOfTheirCreation(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            for id in ["c", "a", "d", "b"] { try await store.commit(.created(id)) }
            try await store.commit(.started(1, of: "a"), .started(1, of: "d"), .finished(2, of: "d"))
            #expect(try await store.unfinished() == ["c", "a", "b"])
        }
    }

    @Test(arguments: StoreKind.allCases) func resumptionsAreCounted(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit(.created("a"), .created("b"))
            try await store.commit(.resumed("a"), .resumed("a"))
            #expect(try await store.execution("a")?.resumptions == 2)
            #expect(try await store.page(ExecutionQuery(limit: 9)).entries.map(\.resumptions) == [0, 2])
        }
    }

    @Test(arguments: StoreKind.allCases) func aDeletedExecutionIsGoneFromEverything(_ kind: StoreKind) async throws {
        try await kind.run { store in
            let key = IdempotencyKey(value: "k", fingerprint: "f")
            try await store.commit(StoreChange.ended("a", session: "s", tags: ["t"], key: key))
            try await store.commit(StoreChange.ended("b", session: "s", tags: ["t"]))
            try await store.commit(.deleted("a"))
            #expect(try await store.execution("a") == nil)
            #expect(try await store.execution(withKey: "k") == nil)
            #expect(try await store.session("s", bytes: 1_000_000).map(\.id) == ["b"])
            #expect(try await store.ids(ExecutionQuery(tags: ["t"], limit: 9)) == ["b"])
            // The id and the key can be had again, and the log begins anew.
            try await store.commit([.created("a", key: key), .started(1, of: "a")])
            #expect(try await store.execution("a")?.events.count == 1)
            #expect(try await store.execution(withKey: "k")?.id == "a")
        }
    }

    @Test(arguments: StoreKind.allCases) func aLongLogAndALongMessageComeBackWhole(_ kind: StoreKind) async throws {
        try await kind.run { store in
            let long = String(repeating: "0123456789abcdef", count: 1 << 17)
            try await store.commit(.created("a", message: long), .message(long, 1, of: "a"))
            try await store.commit((2...2_000).map { .message("\($0)", $0, of: "a") })
            let stored = try #require(try await store.execution("a"))
            #expect(stored.request.spec.message == long)
            #expect(stored.events.count == 2_000)
            #expect(stored.events[0].messageCompleted.message.content == long)
            #expect(stored.events.dropFirst().map(\.messageCompleted.message.content) == (2...2_000).map(String.init))
        }
    }
}
