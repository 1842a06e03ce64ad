import Agents
import EventLoop
import StigmerProtos
import Synchronization

/// One execution's log: durable events without gaps, and the message in progress after the last of them.
///
/// Anyone may read from any place at any time and at any pace; nobody's reading holds up the writer, who is the
/// execution alone. The status that `get` shows is a fold over these events and is written nowhere else.
public final class EventLog: Sendable {
    private struct State {
        var events: [ExecutionEvent] = []
        var message = MessageInProgress()
        var fold: StatusFold
        var isFinished = false
        var readers: [Signal] = []
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
            $0.time = ProtobufTimestamp(date: surroundings.now())
        }
        let readers = state.withLock { state -> [Signal] in
            guard !state.isFinished else { return [] }
            var event = event
            event.cursor = Cursor(events: state.events.count + 1).description
            switch kind {
            case .messageCompleted, .messageDiscarded: state.message.clear()
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
        for reader in readers { reader.raise() }
    }

    /// Adds a piece to the message in progress.
    func append(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        guard !utf8.isEmpty else { return }
        let readers = state.withLock { state -> [Signal] in
            guard !state.isFinished else { return [] }
            state.message.append(kind, utf8)
            return state.readers
        }
        for reader in readers { reader.raise() }
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

    /// Whether a reader may begin at `cursor`.
    public func check(_ cursor: Cursor) throws(CursorError) {
        let error = state.withLock { state -> CursorError? in
            let end = Cursor(events: state.events.count, bytes: state.message.count)
            guard cursor.events <= end.events else { return .beyondEnd(end) }
            // A message that has been completed since supersedes its pieces.
            guard cursor.events == end.events else { return nil }
            guard cursor.bytes <= end.bytes else { return .beyondEnd(end) }
            return state.message.isBoundary(cursor.bytes) ? nil : .insideCharacter
        }
        if let error { throw error }
    }

    /// Gives what stands behind `cursor` and moves it on.
    ///
    /// - Parameter limit: about how many bytes to give at most, so that the reader's own buffer stays bounded; what
    ///   is left is read by the next call.
    public func read(from cursor: inout Cursor, limit: Int, _ give: (Entry) -> Void) -> Continuation {
        state.withLock { state in
            var given = 0
            while given < limit {
                if cursor.events < state.events.count {
                    let event = state.events[cursor.events]
                    cursor = Cursor(events: cursor.events + 1)
                    given += EventLog.assumedEventSize
                    give(.event(event))
                } else if let piece = state.message.piece(from: cursor.bytes) {
                    cursor.bytes = piece.range.upperBound
                    given += piece.range.count
                    state.message.bytes.withUnsafeBytes { bytes in
                        give(.delta(piece.kind, UnsafeRawBufferPointer(rebasing: bytes[piece.range]), cursor))
                    }
                } else {
                    return state.isFinished ? .ended : .waiting
                }
            }
            return .more
        }
    }

    private static let assumedEventSize = 1024

    /// Lets `signal` be raised whenever something is added.
    public func attach(_ signal: Signal) {
        state.withLock { $0.readers.append(signal) }
    }

    /// Ends what `attach` began.
    public func detach(_ signal: Signal) {
        state.withLock { $0.readers.removeAll { $0 === signal } }
    }

    /// Whether `finished` has been recorded.
    public var isFinished: Bool { state.withLock { $0.isFinished } }

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

    /// Waits until `finished` has been recorded, or the calling task is cancelled.
    public func awaitEnd() async {
        let signal = Signal()
        attach(signal)
        defer { detach(signal) }
        while !isFinished && !Task.isCancelled { await signal.wait() }
    }
}
