import Executions
import Synchronization
import StigmerProtos
import TestSupport
import Testing

@Suite struct CommitTests {
    /// Changes that do not fit, behind an execution "a" with one event and an execution "z" that has ended.
    static let misfits: [(String, StoreChange)] = [
        ("a second execution with the id", .created("a")),
        ("an event left out", .message("x", 3, of: "a")),
        ("an event twice", .message("x", 1, of: "a")),
        ("an event before the first", .message("x", 0, of: "a")),
        ("an event of nobody", .message("x", 1, of: "nobody")),
        ("an event behind the end", .message("x", 4, of: "z")),
        ("a resumption of nobody", .resumed("nobody")),
    ]

    @Test(arguments: StoreKind.allCases, misfits.indices)
    func aCommitWithAMisfitChangesNothing(_ kind: StoreKind, _ index: Int) async throws {
        let (what, misfit) = Self.misfits[index]
        try await kind.run { store in
            try await store.commit(StoreChange.ended("z"))
            try await store.commit(.created("a"), .started(1, of: "a"))
            let key = IdempotencyKey(value: "k", fingerprint: "f")
            let changes: [StoreChange] =
                [
                    .created("b", tags: ["t"], key: key), .message("x", 2, of: "a"), .resumed("a"),
                    .started(1, of: "b"),
                ] + (index == 5 ? [] : [.deleted("z")])
            let error = await #expect(throws: StoreError.self, "\(what)") {
                // In one commit, "a" has an event more by then.
                let fitting = index == 1 || index == 2 ? changes.filter { !$0.isMessage } : changes
                try await store.commit(fitting + [misfit])
            }
            #expect(error?.code == .internal)
            #expect(try await store.execution("b") == nil)
            #expect(try await store.execution(withKey: "k") == nil)
            #expect(try await store.execution("a")?.events.count == 1)
            #expect(try await store.execution("a")?.resumptions == 0)
            #expect(try await store.execution("z")?.events.count == 3)
            #expect(try await store.page(ExecutionQuery(limit: 9)).total == 2)
            // Without it, the same commit is as good as new.
            try await store.commit(changes)
            #expect(try await store.execution("a")?.events.count == 2)
            #expect(try await store.execution("b")?.events.count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases) func aChangeBuildsOnThoseBeforeItInItsCommit(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit([
                .created("a"), .started(1, of: "a"), .deleted("a"), .created("a", message: "again"),
                .started(1, of: "a"), .finished(2, of: "a"), .created("b"), .resumed("b"),
            ])
            #expect(try await store.execution("a")?.request.spec.message == "again")
            #expect(try await store.execution("a")?.events.count == 2)
            #expect(try await store.unfinished() == ["b"])
            #expect(try await store.page(ExecutionQuery(phase: .executionCompleted, limit: 9)).total == 1)
            try await store.commit([])
        }
    }

    @Test(arguments: StoreKind.allCases) func commitsAreDoneInTheOrderInWhichTheyWereAsked(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            let done = Mutex<[Int]>([])
            store.commit([.created("a")]) { _ in }
            for number in 1...300 {
                store.commit([.message("x", number, of: "a")]) { error in
                    done.withLock { $0.append(error == nil ? number : -number) }
                }
            }
            try await eventually("all are done") { done.withLock { $0.count } == 300 }
            #expect(done.withLock { $0 } == Array(1...300))
            #expect(try await store.execution("a")?.events.count == 300)
        }
    }

    @Test(arguments: StoreKind.allCases) func whoReadsBesideTheCommitsSeesWholeCommitsAndNeverLessThanBefore(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            try await store.commit(.created("a"), .created("b"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...4 {
                    group.addTask {
                        var last = 0
                        while last < 100 {
                            let page = try await store.page(ExecutionQuery(limit: 2))
                            let counts = page.entries.map(\.events.count)
                            #expect(counts == [counts[0], counts[0]])
                            #expect(counts[0] >= last && counts[0] % 2 == 0)
                            last = counts[0]
                        }
                    }
                }
                for number in stride(from: 1, through: 100, by: 2) {
                    try await store.commit([
                        .message("x", number, of: "a"), .message("x", number, of: "b"),
                        .message("x", number + 1, of: "a"), .message("x", number + 1, of: "b"),
                    ])
                    // What is committed is there for whoever asks next.
                    #expect(try await store.execution("a")?.events.count == number + 1)
                }
                try await group.waitForAll()
            }
        }
    }
}

extension StoreChange {
    fileprivate var isMessage: Bool {
        if case .recorded(let event, _, _) = self, case .messageCompleted = event.event { true } else { false }
    }
}
