/// A command's output on its way to whoever watches: whole characters, not more often than ten times a second, and up
/// to a limit.
struct StreamedOutput {
    private let report: @Sendable (String) -> Void
    private var room: Int
    private var pending: [UInt8] = []
    private var next = ContinuousClock.now

    /// Hands on at most `limit` bytes.
    init(limit: Int, _ report: @escaping @Sendable (String) -> Void) {
        room = limit
        self.report = report
    }

    /// Takes in what was written next.
    mutating func append(_ bytes: ArraySlice<UInt8>) { if room > 0 { pending += bytes.prefix(room - pending.count) } }

    /// Hands on what is there, if it is time.
    mutating func flush(isLast: Bool = false) {
        guard !pending.isEmpty, isLast || pending.count >= room || ContinuousClock.now >= next else { return }
        let isFull = pending.count >= room
        let count = isLast || isFull ? pending.count : pending.count - incompleteSuffix(pending[...])
        guard count > 0 else { return }
        report(String(decoding: pending[..<count], as: UTF8.self) + (isFull ? "\n… (no more of it is shown)\n" : ""))
        room -= count
        pending.removeFirst(count)
        next = .now + .milliseconds(100)
    }
}
