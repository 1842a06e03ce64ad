import Executions
import StigmerProtos
import TestSupport
import Testing

@Suite struct ListingTests {
    @Test(arguments: StoreKind.allCases) func theLatestComeFirstAPageAtATime(_ kind: StoreKind) async throws {
        try await kind.run { store in
            for number in 1...7 { try await store.commit(.created("\(number)")) }
            let first = try await store.page(ExecutionQuery(limit: 3))
            #expect(first.entries.map(\.id) == ["7", "6", "5"])
            #expect(first.total == 7)
            let second = try await store.page(ExecutionQuery(before: first.next, limit: 3))
            #expect(second.entries.map(\.id) == ["4", "3", "2"])
            #expect(second.total == 7)
            let third = try await store.page(ExecutionQuery(before: second.next, limit: 3))
            #expect(third.entries.map(\.id) == ["1"])
            #expect(third.next == nil)
            // A page that the last one fits exactly is the last.
            #expect(try await store.page(ExecutionQuery(limit: 7)).next == nil)
        }
    }

    @Test(arguments: StoreKind.allCases) func aQueryGivesWhatItAsksForAndNothingElse(_ kind: StoreKind) async throws {
        try await kind.run { store in
            try await store.commit(StoreChange.ended("1", session: "s", tags: ["x", "y"]))
            try await store.commit(StoreChange.ended("2", session: "t", tags: ["x"], phase: .executionFailed))
            try await store.commit(.created("3", session: "s", tags: ["y", "y"]))
            try await store.commit(StoreChange.ended("4", tags: ["X"]))
            let table: [(ExecutionQuery, [String])] = [
                (ExecutionQuery(limit: 9), ["4", "3", "2", "1"]),
                (ExecutionQuery(session: "s", limit: 9), ["3", "1"]),
                (ExecutionQuery(tags: ["x"], limit: 9), ["2", "1"]),
                (ExecutionQuery(tags: ["y", "x"], limit: 9), ["1"]),
                (ExecutionQuery(tags: ["none"], limit: 9), []),
                (ExecutionQuery(phase: .executionCompleted, limit: 9), ["4", "1"]),
                (ExecutionQuery(phase: .executionPending, session: "s", tags: ["y"], limit: 9), ["3"]),
                (ExecutionQuery(phase: .executionFailed, session: "s", limit: 9), []),
            ]
            for (query, ids) in table {
                #expect(try await store.ids(query) == ids, "\(query)")
                #expect(try await store.page(query).total == ids.count, "\(query)")
                var small = query
                small.limit = 1
                #expect(try await store.ids(small) == ids, "\(query), one at a time")
            }
        }
    }

    @Test(arguments: StoreKind.allCases) func aPageOfLongLogsIsShorterThanItsLimitButNeverEmpty(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            let text = String(repeating: "x", count: 100_000)
            for number in 1...5 { try await store.commit(StoreChange.ended("\(number)", text: text)) }
            let page = try await store.page(ExecutionQuery(limit: 5, bytes: 250_000))
            #expect(page.entries.map(\.id) == ["5", "4"])
            #expect(page.total == 5)
            let small = try await store.page(ExecutionQuery(limit: 5, bytes: 1))
            #expect(small.entries.map(\.id) == ["5"])
            #expect(try await store.ids(ExecutionQuery(limit: 5, bytes: 1)) == ["5", "4", "3", "2", "1"])
        }
    }

    @Test(arguments: StoreKind.allCases) func whatIsCreatedAfterADeletionIsNeverOnAnOlderPage(
        _ kind: StoreKind
    ) async throws {
        try await kind.run { store in
            for id in ["1", "2", "3"] { try await store.commit(.created(id)) }
            let page = try await store.page(ExecutionQuery(limit: 1))
            try await store.commit(.deleted("3"), .deleted("2"))
            try await store.commit(.created("4"))
            #expect(try await store.page(ExecutionQuery(before: page.next, limit: 9)).entries.map(\.id) == ["1"])
        }
    }

    /// Random changes, and many walks through pages at once, against a list that is kept beside the store.
    @Test(arguments: StoreKind.allCases, 0..<4 as Range<UInt64>)
    func pagesStayRightWhileExecutionsComeAndGo(_ kind: StoreKind, seed: UInt64) async throws {
        try await kind.run { store in
            var random = SeededRandom(seed: seed)
            var model = ListModel()
            var walks: [Walk] = []
            for step in 0..<250 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    try await store.commit(model.create(&random))
                case 4..<6:
                    if let change = model.record(&random) { try await store.commit(change) }
                case 6:
                    if let change = model.delete(&random) { try await store.commit(change) }
                default:
                    if walks.count < 3 || Bool.random(using: &random) {
                        walks.append(Walk(query: model.query(&random)))
                    }
                    var walk = walks.remove(at: Int.random(in: 0..<walks.count, using: &random))
                    if walk.query.before == nil { walk.atFirst = model.ids(walk.query, after: nil) }
                    let page = try await store.page(walk.query)
                    let expected = model.ids(walk.query, after: walk.seen.last)
                    #expect(page.entries.map(\.id) == Array(expected.prefix(walk.query.limit)), "step \(step)")
                    #expect(page.total == model.ids(walk.query, after: nil).count, "step \(step)")
                    #expect((page.next != nil) == (expected.count > walk.query.limit), "step \(step)")
                    walk.seen += page.entries.map(\.id)
                    walk.query.before = page.next
                    if page.next != nil { walks.append(walk) } else { walk.check(against: model) }
                }
            }
        }
    }
}

/// One reader's way through the pages of a query.
private struct Walk {
    var query: ExecutionQuery
    var seen: [String] = []
    /// What there was when the first page was asked for.
    var atFirst: [String] = []

    /// Nothing twice, nothing that came later, and everything that was there from the first to the last page.
    func check(against model: ListModel) {
        #expect(Set(seen).count == seen.count)
        if query.phase == .unspecified {
            #expect(Set(seen).isSubset(of: atFirst))
            #expect(Set(seen).isSuperset(of: Set(atFirst).intersection(model.ids(query, after: nil))))
        }
    }
}

/// What a store's list has to be, as plainly as can be.
private struct ListModel {
    struct Entry {
        let number: Int
        let session: String
        let tags: [String]
        var phase = ExecutionPhase.executionPending
        var events = 0
        var id: String { "\(number)" }
    }

    private(set) var entries: [Entry] = []
    private var created = 0

    mutating func create(_ random: inout SeededRandom) -> StoreChange {
        created += 1
        let entry = Entry(
            number: created,
            session: random.pick("", "s", "t"),
            tags: ["x", "y", "z"].filter { _ in Bool.random(using: &random) }
        )
        entries.append(entry)
        return .created(entry.id, session: entry.session, tags: entry.tags)
    }

    mutating func record(_ random: inout SeededRandom) -> StoreChange? {
        let running = entries.indices.filter { entries[$0].phase.rawValue < 3 }
        guard let index = running.randomElement(using: &random) else { return nil }
        entries[index].events += 1
        let ends = entries[index].events > 1 && Bool.random(using: &random)
        entries[index].phase = ends ? ExecutionPhase.executionFailed : ExecutionPhase.executionInProgress
        let (id, number) = (entries[index].id, entries[index].events)
        return ends ? .finished(number, of: id, .executionFailed) : .message("x", number, of: id)
    }

    mutating func delete(_ random: inout SeededRandom) -> StoreChange? {
        guard let index = entries.indices.randomElement(using: &random) else { return nil }
        return .deleted(entries.remove(at: index).id)
    }

    func query(_ random: inout SeededRandom) -> ExecutionQuery {
        ExecutionQuery(
            phase: random.pick(.unspecified, .unspecified, .executionInProgress, .executionFailed),
            session: random.pick("", "", "s"),
            tags: random.pick([], [], ["x"], ["x", "y"]),
            limit: Int.random(in: 1...8, using: &random)
        )
    }

    /// The latest first; those created before `id`, which may be gone.
    func ids(_ query: ExecutionQuery, after id: String?) -> [String] {
        entries.reversed().filter { entry in
            (query.phase == .unspecified || entry.phase == query.phase)
                && (query.session.isEmpty || entry.session == query.session)
                && query.tags.allSatisfy(entry.tags.contains)
                && (id.flatMap { Int($0) } ?? .max) > entry.number
        }.map(\.id)
    }
}

extension SeededRandom {
    fileprivate mutating func pick<Choice>(_ choices: Choice...) -> Choice {
        choices[Int.random(in: choices.indices, using: &self)]
    }
}
