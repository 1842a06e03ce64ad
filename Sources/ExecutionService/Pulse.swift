import EventLoop

/// Wakes a silent stream for a ping, and one whose time is over. Confined to its loop.
final class Pulse {
    private let interval: Duration
    private let signal: Signal
    private var silence: LazyTimer?
    private var deadline: LoopTimer?
    private(set) var isTimedOut = false
    private var isPingDue = false

    init(loop: EventLoop, interval: Duration, timeout: Duration?, signal: Signal) {
        self.interval = interval
        self.signal = signal
        silence = LazyTimer(loop: loop) { [weak self] in self?.silenceIsLong() }
        wrote()
        if let timeout {
            deadline = loop.schedule(after: timeout) { [weak self] in
                self?.isTimedOut = true
                signal.raise()
            }
        }
    }

    func wrote() { silence?.set(after: interval) }

    private func silenceIsLong() {
        isPingDue = true
        signal.raise()
        wrote()
    }

    func takePing() -> Bool {
        defer { isPingDue = false }
        return isPingDue
    }

    func stop() {
        silence?.stop()
        deadline?.cancel()
    }
}
