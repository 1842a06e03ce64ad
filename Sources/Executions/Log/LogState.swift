import Agents
import StigmerProtos

/// What an execution's log holds, and what of it can be seen.
///
/// Events are recorded first and seen when they are committed; the message in progress stands behind all recorded
/// ones, so it is seen when they all are.
struct LogState {
    private(set) var events: [ExecutionEvent]
    /// So many events are committed.
    private(set) var committed: Int
    var message = MessageInProgress()
    /// When the first piece of a message came, in nanoseconds of uptime.
    var firstToken: UInt64?
    /// What the recorded model calls used together.
    private(set) var usage: TokenUsage?
    /// `finished` is recorded.
    private(set) var isFinished: Bool
    var readers: [LogReader] = []
    /// Messages that are complete, by the number of events before them, while their completion is not committed or a
    /// live reader is still in them.
    private(set) var unread: [Int: MessageInProgress] = [:]
    /// The sum of the committed events.
    private var fold: StatusFold

    init(_ stored: StoredExecution) {
        events = stored.events
        committed = events.count
        isFinished = stored.isFinished
        fold = StatusFold(stored)
        for event in events { addUsage(event) }
    }

    /// Whether everything recorded is committed.
    var isCommitted: Bool { committed == events.count }

    /// `finished` can be seen.
    var hasEnded: Bool { isFinished && isCommitted }

    /// The place behind all that can be seen.
    var end: Cursor { Cursor(events: committed, bytes: messageInSight.count) }

    var snapshot: AgentExecution { fold.snapshot(unfinished: messageInSight) }

    /// The message that is unfinished for those who look.
    private var messageInSight: MessageInProgress {
        isCommitted ? message : unread[committed] ?? MessageInProgress()
    }

    /// Adds an event; nil behind the end.
    mutating func record(_ event: ExecutionEvent) -> (ExecutionEvent, number: Int)? {
        guard !isFinished else { return nil }
        var event = event
        event.cursor = Cursor(events: events.count + 1).description
        switch event.event {
        case .messageCompleted:
            // Until the completion can be seen, the pieces can; and a reader that lags gets them before it.
            if !message.isEmpty { unread[events.count] = message }
            message.clear()
        case .messageDiscarded:
            message.clear()
        case .finished:
            message.clear()
            isFinished = true
        default:
            // Between the pieces of one message no event may stand: their byte positions would lose their origin.
            assert(message.isEmpty, "an event inside a message")
        }
        addUsage(event)
        events.append(event)
        return (event, events.count)
    }

    mutating func commit(_ number: Int) {
        for event in events[committed..<number] { fold.apply(event) }
        committed = number
        dropRead()
    }

    private mutating func addUsage(_ event: ExecutionEvent) {
        switch event.event {
        case .messageCompleted(let completed) where completed.hasUsage:
            usage = (usage ?? TokenUsage()).adding(completed.usage)
        case .subAgentCompleted(let completed) where completed.hasUsage:
            usage = (usage ?? TokenUsage()).adding(completed.usage)
        default: break
        }
    }

    // MARK: Readers

    mutating func attach(_ reader: LogReader) -> EventLog.CursorError? {
        let cursor = reader.cursor
        // After a restart a reader may come back before the event that voids its bytes is committed.
        guard cursor.events <= events.count else { return .beyondEnd(end) }
        if cursor.events == events.count || (cursor.events >= committed && unread[cursor.events] != nil) {
            let message = cursor.events == events.count ? message : unread[cursor.events] ?? message
            guard cursor.bytes <= message.count else { return .beyondEnd(end) }
            guard message.isBoundary(cursor.bytes) else { return .insideCharacter }
        }
        reader.attachedAt = committed
        readers.append(reader)
        return nil
    }

    mutating func detach(_ reader: LogReader) {
        readers.removeAll { $0 === reader }
        dropRead()
    }

    private mutating func dropRead() {
        guard !unread.isEmpty else { return }
        unread = unread.filter { [committed, readers] events, message in
            events >= committed || readers.contains { $0.isIn(message, after: events) }
        }
    }

    /// What stops the giving of pieces.
    enum Step {
        case event(ExecutionEvent)
        case stop(EventLog.Continuation)
    }

    /// Gives the pieces before a reader, and moves it behind them and the event that follows.
    mutating func givePieces(
        to reader: LogReader,
        limit: Int,
        _ given: inout Int,
        _ give: (EventLog.Entry) throws -> Void
    ) rethrows -> Step {
        while given < limit {
            let cursor = reader.cursor
            if let message = message(after: cursor.events, for: reader), let piece = message.piece(from: cursor.bytes) {
                reader.cursor.bytes = piece.range.upperBound
                given += piece.range.count
                try message.bytes.withUnsafeBytes { bytes in
                    let utf8 = UnsafeRawBufferPointer(rebasing: bytes[piece.range])
                    try give(.delta(piece.kind, utf8, reader.cursor))
                }
            } else if cursor.events < committed {
                reader.cursor = Cursor(events: cursor.events + 1)
                dropRead()
                return .event(events[cursor.events])
            } else {
                return .stop(hasEnded ? .ended : .waiting)
            }
        }
        return .stop(.more)
    }

    /// The message whose pieces follow so many events; of one that was complete before the reader came, there are
    /// none.
    private func message(after events: Int, for reader: LogReader) -> MessageInProgress? {
        guard events <= committed else { return nil }
        if events == self.events.count { return message }
        return events >= reader.attachedAt ? unread[events] : nil
    }
}
