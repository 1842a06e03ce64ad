import EventLoop
import Synchronization

/// A value that comes once and that any number of tasks wait for.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Signal] = []
    }

    private let state = Mutex(State())

    /// The value, if it has come.
    var value: Value? { state.withLock { $0.value } }

    /// Gives the value; only the first counts.
    func fulfil(_ value: Value) {
        let waiting = state.withLock { state in
            guard state.value == nil else { return [Signal]() }
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for signal in waiting { signal.raise() }
    }

    /// Waits for the value; nil if the task is cancelled or `limit` is over before.
    func wait(within limit: Duration? = nil, on loop: EventLoop) async -> Value? {
        let signal = Signal()
        let isHere = state.withLock { state in
            if state.value == nil { state.waiting.append(signal) }
            return state.value != nil
        }
        if isHere { return value }
        let alarm = limit.map { Alarm(after: $0, on: loop, signal) }
        defer { alarm?.cancel() }
        while value == nil, !Task.isCancelled, alarm?.isOver != true { await signal.wait() }
        state.withLock { state in state.waiting.removeAll { $0 === signal } }
        return value
    }
}

/// Raises a signal after a while, unless it is called off.
final class Alarm: Sendable {
    private final class Box {
        var timer: LoopTimer?
    }

    private let loop: EventLoop
    private let box: LoopBound<Box>
    private let over = Atomic<Bool>(false)

    init(after delay: Duration, on loop: EventLoop, _ signal: Signal) {
        self.loop = loop
        box = LoopBound(Box(), on: loop)
        loop.execute { [box, weak self] in
            box.value.timer = box.loop.schedule(after: delay) {
                self?.over.store(true, ordering: .releasing)
                signal.raise()
            }
        }
    }

    /// Whether the time is over.
    var isOver: Bool { over.load(ordering: .acquiring) }

    func cancel() {
        loop.execute { [box] in
            box.value.timer?.cancel()
            box.value.timer = nil
        }
    }
}
