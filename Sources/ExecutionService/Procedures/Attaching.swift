import Executions

/// Begins to read a log behind a cursor as a caller writes it; an empty one is the log's start.
func attach(_ log: EventLog, after: String) throws(ServiceError) -> LogReader {
    guard let cursor = after.isEmpty ? .start : Cursor(after) else {
        throw .invalid("\(after.debugDescription) is no cursor: one looks like \"5\" or \"5.140\"")
    }
    do {
        return try log.attach(from: cursor)
    } catch {
        switch error {
        case .beyondEnd(let end):
            throw ServiceError(.outOfRange, "the cursor \(after) is beyond the log, which ends at \(end)")
        case .insideCharacter:
            throw .invalid("the cursor \(after) is inside a character: pass one that an event carried")
        }
    }
}
