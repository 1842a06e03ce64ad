/// What ``eventually(_:within:isolation:_:)`` throws when its condition has not come true in time.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was waited for, and how long.
    public let description: String
}

/// Waits until `condition` holds, looking every millisecond.
///
/// - Parameters:
///   - what: What is waited for, for the message of the failure.
///   - limit: How long to wait at most; generous, as the machine may be busy.
/// - Throws: ``NeverHappened`` after `limit`, or whatever `condition` throws.
public func eventually(
    _ what: String,
    within limit: Duration = .seconds(30),
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > deadline { throw NeverHappened(description: "\(what): not within \(limit)") }
        try await Task.sleep(for: .milliseconds(1))
    }
}
