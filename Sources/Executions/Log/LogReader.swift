import EventLoop

/// One reader of one log: where it stands, and how it is woken.
///
/// `@unchecked Sendable`: `cursor` and `attachedAt` are read and written only inside the log's lock.
public final class LogReader: @unchecked Sendable {
    /// Is raised whenever something is added to the log.
    public let signal = Signal()
    var cursor: Cursor
    /// How many events the log had when the reader came: of messages completed before, it gets no pieces.
    var attachedAt = 0

    init(cursor: Cursor) { self.cursor = cursor }

    /// Whether the reader has still to read something of `message`, which follows so many events.
    func isIn(_ message: MessageInProgress, after events: Int) -> Bool {
        attachedAt <= events && (cursor.events < events || (cursor.events == events && cursor.bytes < message.count))
    }
}
