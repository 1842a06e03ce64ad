import StigmerProtos

@testable import Executions

/// What callers know: what they created, what they were told, and what they have seen.
///
/// `@unchecked Sendable`: only tasks of simulated loops use it, which one thread runs.
final class Ledger: @unchecked Sendable {
    struct Entry {
        var sights: [Sight] = []
        /// A delete was asked for: it may have happened.
        var isDeleted = false
    }

    /// How many executions are still to be created.
    var remaining: Int
    var number = 0
    /// The executions of whose creation a caller was told.
    var entries: [String: Entry] = [:]
    var ids: [String] = []
    /// What a key led to, and when.
    var keys: [String: (id: String, message: String, time: UInt64)] = [:]

    init(count: Int) { remaining = count }

    func add(_ id: String) {
        guard entries[id] == nil else { return }
        entries[id] = Entry()
        ids.append(id)
    }
}
