import StigmerProtos

/// Where executions are kept: what is committed here survives the runner.
///
/// A store belongs to one runner at a time. It is called from any thread, never blocks the caller, and does its work
/// on threads of its own. Every store passes the suite in `Tests/ExecutionStoreTests`.
public protocol ExecutionStore: Sendable {
    /// Commits changes, in order, all or none; a change may build on those before it.
    ///
    /// The caller has one commit under way at a time and collects what comes meanwhile for the next.
    ///
    /// - Parameter done: is called once, on any thread (a store without a disk may call it before this returns): nil
    ///   when a crash can no longer undo the changes. After an error none of them has happened, and the same commit may
    ///   be tried again.
    func commit(_ changes: [StoreChange], _ done: @escaping @Sendable (StoreError?) -> Void)

    /// An execution with its whole log; nil if there is none with this id.
    func execution(_ id: String) async throws(StoreError) -> StoredExecution?

    /// One page of the executions that a query asks for, the latest first.
    func page(_ query: ExecutionQuery) async throws(StoreError) -> ExecutionPage

    /// The ids of the executions whose log has no `finished`, in the order of their creation.
    func unfinished() async throws(StoreError) -> [String]

    /// The executions of a session that have ended, in the order in which they began.
    ///
    /// - Parameter bytes: about how much to load: of more, the latest are given.
    func session(_ session: String, bytes: Int) async throws(StoreError) -> [StoredExecution]

    /// The execution that was created with an idempotency key; nil if the key is unknown or was forgotten.
    func execution(withKey key: String) async throws(StoreError) -> KeyedExecution?

    /// Deletes executions that have ended: those created before a time, and the oldest beyond a number. Of the keys,
    /// those of executions created before `keysBefore` are forgotten.
    ///
    /// - Parameters:
    ///   - time: milliseconds since 1970.
    ///   - count: how many executions that have ended stay at most.
    ///   - limit: how many executions to delete at most, so that other work gets its turn.
    /// - Returns: how many were deleted.
    func expire(
        before time: Int64,
        keeping count: Int,
        keysBefore: Int64,
        limit: Int
    ) async throws(StoreError) -> Int

    /// Finds out by a small write whether changes can be committed now.
    func check() async throws(StoreError)
}

/// One change of what is kept.
public enum StoreChange: Sendable {
    /// An execution was created; its log is empty.
    case created(NewExecution)
    /// An event was added to an execution's log, behind the `number - 1` that it has.
    case recorded(ExecutionEvent, number: Int, of: String)
    /// The work on an execution was taken up again after a restart.
    case resumed(String)
    /// An execution was deleted, with its log and its key. Harmless for one that is not there.
    case deleted(String)
}

/// An execution as it is created.
public struct NewExecution: Sendable {
    /// What was asked, with the id in its metadata, without secrets and without a status.
    public var request: AgentExecution
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// How a repeated request finds it.
    public var key: IdempotencyKey?

    /// Describes an execution.
    public init(request: AgentExecution, createdAt: Int64, key: IdempotencyKey? = nil) {
        self.request = request
        self.createdAt = createdAt
        self.key = key
    }

    /// `aex_…`
    public var id: String { request.metadata.id }
}

/// A caller's word for one request, by which its repeats are known.
public struct IdempotencyKey: Sendable, Hashable {
    /// The caller's word.
    public var value: String
    /// What the request says, shortened: a repeat says the same.
    public var fingerprint: String

    /// Names a request.
    public init(value: String, fingerprint: String) {
        self.value = value
        self.fingerprint = fingerprint
    }
}

extension IdempotencyKey {
    /// How long a key is remembered: 24 hours, in milliseconds.
    public static let lifetime: Int64 = 24 * 3_600_000
}

/// What a key led to.
public struct KeyedExecution: Sendable, Equatable {
    /// The execution.
    public var id: String
    /// What the request said.
    public var fingerprint: String
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// Names it.
    public init(id: String, fingerprint: String, createdAt: Int64) {
        self.id = id
        self.fingerprint = fingerprint
        self.createdAt = createdAt
    }
}

/// An execution as it is kept.
public struct StoredExecution: Sendable {
    /// What was asked, with the id in its metadata.
    public var request: AgentExecution
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// How often the work on it was taken up again after a restart.
    public var resumptions: Int
    /// Its log from the first event on.
    public var events: [ExecutionEvent]

    /// Puts it together.
    public init(request: AgentExecution, createdAt: Int64, resumptions: Int = 0, events: [ExecutionEvent] = []) {
        self.request = request
        self.createdAt = createdAt
        self.resumptions = resumptions
        self.events = events
    }

    /// `aex_…`
    public var id: String { request.metadata.id }

    /// Whether the log has its end.
    public var isFinished: Bool {
        if case .finished = events.last?.event { true } else { false }
    }
}
