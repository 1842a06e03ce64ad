import EventLoop

/// Says again and again that nothing has come yet. Confined to its loop.
final class WaitingNotice {
    private let loop: EventLoop
    private let interval: Duration
    private let say: (Int64) -> Void
    private var timer: LoopTimer?
    private var told: Int64 = 0

    /// - Parameter say: is told for how many seconds nothing has come.
    init(loop: EventLoop, interval: Duration, say: @escaping (Int64) -> Void) {
        self.loop = loop
        self.interval = interval
        self.say = say
        again()
    }

    private func again() {
        timer = loop.schedule(after: interval) { [weak self] in
            guard let self else { return }
            told += 1
            say(told * interval.components.seconds)
            again()
        }
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }
}
