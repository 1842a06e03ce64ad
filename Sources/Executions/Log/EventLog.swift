import Agents
import EventLoop
import StigmerProtos
import Synchronization

/// One execution's log: durable events without gaps, and the message in progress after the last of them.
///
/// Anyone may read from any place at any time and at any pace; reading holds up the writer, who is the execution alone,
/// no longer than it takes to give a few small pieces. What is recorded is seen when the store has committed it. The
/// status that `get` shows is a fold over these events and is written nowhere else.
public final class EventLog: Sendable {
    /// `aex_…`
    public let id: String

    private let state: Mutex<LogState>
    private let surroundings: Surroundings
    /// Nil for a log that nothing brings into a store.
    private let writer: StoreWriter?
    private let onEnd: @Sendable (EventLog) -> Void

    /// Makes an execution's log.
    ///
    /// - Parameters:
    ///   - stored: what the store has of it; its events are committed.
    ///   - writer: brings what is recorded into the store; nil if it need not come there.
    ///   - onEnd: is called once `finished` is committed, on any thread.
    init(
        _ stored: StoredExecution,
        writer: StoreWriter?,
        surroundings: Surroundings,
        onEnd: @escaping @Sendable (EventLog) -> Void = { _ in }
    ) {
        id = stored.id
        state = Mutex(LogState(stored))
        self.writer = writer
        self.surroundings = surroundings
        self.onEnd = onEnd
    }

    // MARK: Writing

    /// Adds a durable event, which gets the next number and the time.
    ///
    /// What is recorded after `finished` is dropped: nothing follows the end.
    ///
    /// - Parameter creation: the execution itself, which the store does not have yet.
    func record(_ kind: ExecutionEvent.Kind, creating creation: NewExecution? = nil) {
        let event = ExecutionEvent.with {
            $0.event = kind
            $0.time = ProtobufTimestamp(milliseconds: surroundings.milliseconds)
        }
        guard let (recorded, number) = state.withLock({ $0.record(event) }) else { return }
        guard let writer else { return committed(number) }
        let change = StoreChange.recorded(recorded, number: number, of: id)
        if let creation {
            writer.submit(.created(creation), change) { [self] _ in committed(number) }
        } else {
            writer.submit(change) { [self] _ in committed(number) }
        }
    }

    /// Shows the events up to `number`, which a crash can no longer undo.
    private func committed(_ number: Int) {
        let (readers, hasEnded) = state.withLock { state in
            state.commit(number)
            return (state.readers, state.hasEnded)
        }
        if hasEnded { onEnd(self) }
        for reader in readers { reader.signal.raise() }
    }

    /// Adds a piece to the message in progress.
    ///
    /// - Returns: how many bytes that message has now.
    @discardableResult
    func append(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) -> Int {
        guard !utf8.isEmpty else { return 0 }
        let (readers, count) = state.withLock { state -> ([LogReader], Int) in
            guard !state.isFinished else { return ([], 0) }
            if state.firstToken == nil { state.firstToken = surroundings.uptime() }
            state.message.append(kind, utf8)
            // Behind an event that is not committed nobody sees it yet.
            return (state.isCommitted ? state.readers : [], state.message.count)
        }
        for reader in readers { reader.signal.raise() }
        return count
    }

    var messageInProgress: (text: String, reasoning: String) {
        state.withLock { ($0.message.text(.text), $0.message.text(.reasoning)) }
    }

    /// What is recorded, whether committed or not: the execution itself goes by this.
    var recorded: [ExecutionEvent] { state.withLock { $0.events } }

    /// When the first piece of a message came, in nanoseconds of the surroundings' uptime.
    var firstToken: UInt64? { state.withLock { $0.firstToken } }

    /// The plan as the recorded events have it.
    var todos: [String: TodoItem] {
        for event in recorded.reversed() { if case .todosUpdated(let updated) = event.event { return updated.todos } }
        return [:]
    }

    /// What all model calls recorded so far used together; nil if none said.
    var usage: TokenUsage? { state.withLock { $0.usage } }

    // MARK: Reading

    /// What a reader is given.
    public enum Entry {
        /// A durable event.
        case event(ExecutionEvent)
        /// A piece of the message in progress and the place behind it; the bytes are valid during the call only.
        case delta(DeltaKind, UnsafeRawBufferPointer, Cursor)
    }

    /// What comes after the entries that a read gave.
    public enum Continuation: Sendable, Equatable {
        /// More is there already.
        case more
        /// Nothing yet.
        case waiting
        /// Nothing ever: `finished` has been read.
        case ended
    }

    /// Why a place cannot be read from.
    public enum CursorError: Error, Sendable, Equatable {
        /// The log has not come that far.
        case beyondEnd(Cursor)
        /// The place is inside a character.
        case insideCharacter
    }

    /// Begins to read behind `cursor`. The reader is woken whenever something is added, until it is detached.
    ///
    /// A message that is complete by now is given as one event; of one that becomes complete while the reader is in
    /// it, the reader still gets every piece.
    public func attach(from cursor: Cursor = .start) throws(CursorError) -> LogReader {
        let reader = LogReader(cursor: cursor)
        if let error = state.withLock({ $0.attach(reader) }) { throw error }
        return reader
    }

    /// Begins to watch without reading: the watcher is woken like a reader.
    public func watch() -> LogReader {
        let watcher = LogReader(cursor: Cursor(events: .max))
        state.withLock { $0.readers.append(watcher) }
        return watcher
    }

    /// Ends what `attach` or `watch` began.
    public func detach(_ reader: LogReader) {
        state.withLock { $0.detach(reader) }
    }

    /// Gives a reader what stands behind its cursor and moves that on.
    ///
    /// - Parameter limit: about how many bytes to give at most, so that the reader's own buffer stays bounded; what
    ///   is left is read by the next call.
    public func read(
        _ reader: LogReader,
        limit: Int,
        _ give: (Entry) throws -> Void
    ) rethrows -> Continuation {
        var given = 0
        while true {
            // Pieces are small and are given from the buffer itself; an event may be large and is given when the
            // writer can go on.
            switch try state.withLock({ try $0.givePieces(to: reader, limit: limit, &given, give) }) {
            case .event(let event):
                given += event.assumedSize
                try give(.event(event))
            case .stop(let continuation):
                return continuation
            }
        }
    }

    /// Whether `finished` can be seen.
    public var isFinished: Bool { state.withLock { $0.hasEnded } }

    /// How the execution ended; nil while it has not.
    public var finished: ExecutionEvent.Finished? {
        state.withLock { state in
            guard state.hasEnded, case .finished(let finished) = state.events.last?.event else { return nil }
            return finished
        }
    }

    /// The place behind all that can be seen.
    public var end: Cursor { state.withLock { $0.end } }

    /// The execution as the control plane sees it: its request and the fold over its log, the unfinished message
    /// included.
    public var snapshot: AgentExecution { state.withLock { $0.snapshot } }

    /// About how many bytes it holds.
    var size: Int { state.withLock { $0.events.reduce(0) { $0 + $1.assumedSize } } }

    /// How many readers and watchers there are.
    var readerCount: Int { state.withLock { $0.readers.count } }

    /// How many complete messages are kept because a live reader is still in them.
    var unreadMessages: Int { state.withLock { $0.unread.count } }

    /// Waits until everything recorded so far is committed, or the calling task is cancelled.
    func awaitCommit() async {
        guard !state.withLock({ $0.isCommitted }) else { return }
        let watcher = watch()
        defer { detach(watcher) }
        while !state.withLock({ $0.isCommitted }) && !Task.isCancelled { await watcher.signal.wait() }
    }

    /// Waits until `finished` can be seen, or the calling task is cancelled.
    public func awaitEnd() async {
        let watcher = watch()
        defer { detach(watcher) }
        while !isFinished && !Task.isCancelled { await watcher.signal.wait() }
    }
}
