import EventLoop

/// The one deadline of a connection: what is waited for, and until when. Confined to the connection's loop.
final class ConnectionClock {
    /// What a deadline waits for.
    enum Wait {
        case handshake
        case firstByte
        case head
        case body
        case nextRequest
        case reader
        case end
    }

    private let loop: EventLoop
    private let expired: (Wait) -> Void
    private var deadline: (time: UInt64, wait: Wait)?
    private var alarm: LoopTimer?
    private var alarmTime: UInt64 = 0

    /// Makes a clock that calls `expired` once for each deadline that comes.
    init(loop: EventLoop, expired: @escaping (Wait) -> Void) {
        self.loop = loop
        self.expired = expired
    }

    /// What is waited for now; nil if nothing is.
    var wait: Wait? { deadline?.wait }

    /// Replaces the deadline.
    func set(_ wait: Wait, _ delay: Duration) {
        let time = loop.now &+ delay.nanosecondsClamped
        deadline = (time, wait)
        if alarm?.isPending == true && alarmTime <= time { return }
        setAlarm(time)
    }

    func clear() { deadline = nil }

    func stop() {
        deadline = nil
        alarm?.cancel()
    }

    /// An alarm that comes too early sets itself anew: a deadline moves with every request, a timer seldom.
    private func setAlarm(_ time: UInt64) {
        alarm?.cancel()
        alarmTime = time
        let now = loop.now
        alarm = loop.schedule(after: .nanoseconds(Int64(clamping: time - min(now, time)))) { [weak self] in
            guard let self, let deadline else { return }
            if deadline.time > loop.now { return setAlarm(deadline.time) }
            self.deadline = nil
            expired(deadline.wait)
        }
    }
}
