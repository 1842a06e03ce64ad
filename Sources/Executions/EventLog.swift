import Agents
import EventLoop
import StigmerProtos
import Synchronization

/// One execution's log: durable events without gaps, and the message in progress after the last of them.
///
/// Anyone may read from any place at any time and at any pace; reading holds up the writer, who is the execution alone,
/// no longer than it takes to give a few small pieces. The status that `get` shows is a fold over these events and is written nowhere else.
public final class EventLog: Sendable {
    private struct State {
        var events: [ExecutionEvent] = []
        var message = MessageInProgress()
        var fold: StatusFold
        var isFinished = false
        var readers: [LogReader] = []
        /// Messages that are complete, by the number of events before them, while a live reader is still in them.
        var unread: [Int: MessageInProgress] = [:]

        /// What stops the giving of pieces.
        enum Step {
            case event(ExecutionEvent)
            case stop(Continuation)
        }

        /// Gives the pieces before a reader, and moves it behind them and the event that follows.
        mutating func givePieces(
            to reader: LogReader,
            limit: Int,
            _ given: inout Int,
            _ give: (Entry) throws -> Void
        ) rethrows -> Step {
            while given < limit {
                let cursor = reader.cursor
                if let message = message(after: cursor.events, for: reader),
                    let piece = message.piece(from: cursor.bytes)
                {
                    reader.cursor.bytes = piece.range.upperBound
                    given += piece.range.count
                    try message.bytes.withUnsafeBytes { bytes in
                        let utf8 = UnsafeRawBufferPointer(rebasing: bytes[piece.range])
                        try give(.delta(piece.kind, utf8, reader.cursor))
                    }
                } else if cursor.events < events.count {
                    reader.cursor = Cursor(events: cursor.events + 1)
                    dropRead()
                    return .event(events[cursor.events])
                } else {
                    return .stop(isFinished ? .ended : .waiting)
                }
            }
            return .stop(.more)
        }

        /// The message whose pieces follow so many events; of one that was complete before the reader came, there are
        /// none.
        func message(after events: Int, for reader: LogReader) -> MessageInProgress? {
            if events == self.events.count { return message }
            return events >= reader.attachedAt ? unread[events] : nil
        }

        /// A reader that lags gets a message's pieces before its completion, as one that keeps up did.
        mutating func keepForReaders(_ message: MessageInProgress) {
            if readers.contains(where: { $0.isIn(message, after: events.count) }) { unread[events.count] = message }
        }

        mutating func dropRead() {
            guard !unread.isEmpty else { return }
            unread = unread.filter { events, message in readers.contains { $0.isIn(message, after: events) } }
        }
    }

    private let state: Mutex<State>
    private let surroundings: Surroundings

    /// Makes an empty log.
    init(execution: AgentExecution, surroundings: Surroundings) {
        state = Mutex(State(fold: StatusFold(execution: execution, createdAt: surroundings.timestamp)))
        self.surroundings = surroundings
    }

    // MARK: Writing

    /// Adds a durable event, which gets the next number and the time.
    ///
    /// What is recorded after `finished` is dropped: nothing follows the end.
    func record(_ kind: ExecutionEvent.Kind) {
        let event = ExecutionEvent.with {
            $0.event = kind
            $0.time = ProtobufTimestamp(milliseconds: surroundings.milliseconds)
        }
        let readers = state.withLock { state -> [LogReader] in
            guard !state.isFinished else { return [] }
            var event = event
            event.cursor = Cursor(events: state.events.count + 1).description
            switch kind {
            case .messageCompleted:
                state.keepForReaders(state.message)
                state.message.clear()
            case .messageDiscarded:
                state.message.clear()
            case .finished:
                state.message.clear()
                state.isFinished = true
            default:
                // Between the pieces of one message no event may stand: their byte positions would lose their origin.
                assert(state.message.isEmpty, "an event inside a message")
            }
            state.fold.apply(event)
            state.events.append(event)
            return state.readers
        }
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
            state.message.append(kind, utf8)
            return (state.readers, state.message.count)
        }
        for reader in readers { reader.signal.raise() }
        return count
    }

    /// About how many bytes of text the log holds.
    var textSize: Int {
        state.withLock { $0.fold.execution.status.messages.reduce(0) { $0 + $1.content.utf8.count } }
    }

    var messageInProgress: (text: String, reasoning: String) {
        state.withLock { ($0.message.text(.text), $0.message.text(.reasoning)) }
    }

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
        let error = state.withLock { state -> CursorError? in
            let end = Cursor(events: state.events.count, bytes: state.message.count)
            guard cursor.events <= end.events else { return .beyondEnd(end) }
            if cursor.events == end.events {
                guard cursor.bytes <= end.bytes else { return .beyondEnd(end) }
                guard state.message.isBoundary(cursor.bytes) else { return .insideCharacter }
            }
            reader.attachedAt = end.events
            state.readers.append(reader)
            return nil
        }
        if let error { throw error }
        return reader
    }

    /// Begins to watch without reading: the watcher is woken like a reader.
    public func watch() -> LogReader {
        let watcher = LogReader(cursor: Cursor(events: .max))
        state.withLock { $0.readers.append(watcher) }
        return watcher
    }

    /// Whether `finished` has been recorded.
    public var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Ends what `attach` or `watch` began.
    public func detach(_ reader: LogReader) {
        state.withLock { state in
            state.readers.removeAll { $0 === reader }
            state.dropRead()
        }
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

    /// How the execution ended; nil while it has not.
    public var finished: ExecutionEvent.Finished? {
        state.withLock { state in
            guard case .finished(let finished) = state.events.last?.event else { return nil }
            return finished
        }
    }

    /// The place behind all that there is.
    public var end: Cursor {
        state.withLock { Cursor(events: $0.events.count, bytes: $0.message.count) }
    }

    /// The execution as the control plane sees it: its request and the fold over its log, the unfinished message
    /// included.
    public var snapshot: AgentExecution {
        state.withLock { $0.fold.snapshot(unfinished: $0.message) }
    }

    /// How many readers and watchers there are.
    var readerCount: Int { state.withLock { $0.readers.count } }

    /// How many complete messages are kept because a live reader is still in them.
    var unreadMessages: Int { state.withLock { $0.unread.count } }

    /// Waits until `finished` has been recorded, or the calling task is cancelled.
    public func awaitEnd() async {
        let watcher = watch()
        defer { detach(watcher) }
        while !isFinished && !Task.isCancelled { await watcher.signal.wait() }
    }
}
