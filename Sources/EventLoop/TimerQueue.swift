import HeapModule

/// One call that a loop will make later.
public final class LoopTimer {
    fileprivate var body: (() -> Void)?
    private let cancelled: CancelledCount

    fileprivate init(_ body: @escaping () -> Void, cancelled: CancelledCount) {
        self.body = body
        self.cancelled = cancelled
    }

    /// Makes the call not happen; on the loop only, harmless when it has happened.
    public func cancel() {
        guard body != nil else { return }
        body = nil
        cancelled.number += 1
    }

    /// Whether the call is still to come.
    public var isPending: Bool { body != nil }
}

/// How many timers in a queue will not fire.
private final class CancelledCount {
    var number = 0
}

/// Timers by deadline. A cancelled one stays until its time comes or until most of the queue is cancelled.
struct TimerQueue {
    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0
    private let cancelled = CancelledCount()

    var count: Int { heap.count }

    mutating func add(deadline: UInt64, _ body: @escaping () -> Void) -> LoopTimer {
        if cancelled.number > 64 && cancelled.number > heap.count / 2 {
            heap = Heap(heap.unordered.filter(\.timer.isPending))
            cancelled.number = 0
        }
        let timer = LoopTimer(body, cancelled: cancelled)
        sequence += 1
        heap.insert(Entry(deadline: deadline, sequence: sequence, timer: timer))
        return timer
    }

    var nextDeadline: UInt64? {
        mutating get {
            while let first = heap.min, !first.timer.isPending { removeFirst() }
            return heap.min?.deadline
        }
    }

    mutating func takeDue(at time: UInt64) -> LoopTimer? {
        guard let first = heap.min, first.deadline <= time else { return nil }
        removeFirst()
        return first.timer
    }

    private mutating func removeFirst() {
        guard let first = heap.popMin(), !first.timer.isPending else { return }
        cancelled.number -= 1
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
