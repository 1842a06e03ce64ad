import HeapModule

/// One call that a loop will make later.
public final class LoopTimer {
    fileprivate var body: (() -> Void)?

    fileprivate init(_ body: @escaping () -> Void) { self.body = body }

    /// Makes the call not happen; on the loop only, harmless when it has happened.
    public func cancel() { body = nil }

    /// Whether the call is still to come.
    public var isPending: Bool { body != nil }
}

/// Timers by deadline. A cancelled one stays until its time comes: cancelling is free.
struct TimerQueue {
    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0

    mutating func add(deadline: UInt64, _ body: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(body)
        sequence += 1
        heap.insert(Entry(deadline: deadline, sequence: sequence, timer: timer))
        return timer
    }

    var nextDeadline: UInt64? {
        mutating get {
            while let first = heap.min, !first.timer.isPending { heap.removeMin() }
            return heap.min?.deadline
        }
    }

    mutating func takeDue(at time: UInt64) -> LoopTimer? {
        guard let first = heap.min, first.deadline <= time else { return nil }
        heap.removeMin()
        return first.timer
    }

    private struct Entry: Comparable {
        let deadline: UInt64
        let sequence: UInt64
        let timer: LoopTimer

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.sequence) < (right.deadline, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }
    }
}

extension LoopTimer {
    func fire() {
        let body = body
        self.body = nil
        body?()
    }
}

extension Duration {
    /// Nanoseconds, negative ones as 0, and never so many that a deadline overflows.
    package var nanosecondsClamped: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let capped = UInt64(min(seconds, 1_000_000_000))
        return capped * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
