import StigmerProtos

/// Which executions to list.
public struct ExecutionQuery: Sendable, Hashable {
    /// Only those in this phase; unspecified for all.
    public var phase: ExecutionPhase
    /// Only those of this session; empty for all.
    public var session: String
    /// Only those that carry all these tags.
    public var tags: [String]
    /// Only those created before the one that a page ended with: its ``ExecutionPage/next``.
    public var before: Int64?
    /// How many at most, from 1.
    public var limit: Int
    /// About how many bytes of logs at most: a page may be shorter than its limit, but has at least one entry.
    public var bytes: Int

    /// Asks for executions.
    public init(
        phase: ExecutionPhase = .unspecified,
        session: String = "",
        tags: [String] = [],
        before: Int64? = nil,
        limit: Int,
        bytes: Int = 8 << 20
    ) {
        self.phase = phase
        self.session = session
        self.tags = tags
        self.before = before
        self.limit = limit
        self.bytes = bytes
    }
}

/// One page of a list.
public struct ExecutionPage: Sendable {
    /// The executions, the latest first.
    public var entries: [StoredExecution]
    /// Where the next page goes on: stays right while executions are added and deleted. Nil behind the last.
    public var next: Int64?
    /// How many executions the query asks for, on all pages.
    public var total: Int

    /// Puts a page together.
    public init(entries: [StoredExecution], next: Int64?, total: Int) {
        self.entries = entries
        self.next = next
        self.total = total
    }
}
