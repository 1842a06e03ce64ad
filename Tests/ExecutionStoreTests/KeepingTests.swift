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
            #expect(try await store.session("s", before: "a", bytes: 1_000).isEmpty)
            #expect(try await store.unfinished().isEmpty)
            #expect(try await store.page(ExecutionQuery(limit: 10)).total == 0)
            try await store.commit(.deleted("a"))
            try await store.check()
        }
    }
}
