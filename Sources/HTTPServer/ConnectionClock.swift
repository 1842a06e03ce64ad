import EventLoop

/// The one deadline of a connection: what is waited for, and until when. Confined to the connection's loop.
struct ConnectionClock {
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

    private let timer: LazyTimer
    /// What is waited for now, or was when its time came; nil if nothing is.
    private(set) var wait: Wait?

    /// Makes a clock that calls `expired` once for each deadline that comes.
    init(loop: EventLoop, expired: @escaping () -> Void) {
        timer = LazyTimer(loop: loop, expired)
    }

    /// Replaces the deadline.
    mutating func set(_ wait: Wait, _ delay: Duration) {
        self.wait = wait
        timer.set(after: delay)
    }

    mutating func clear() {
        wait = nil
        timer.clear()
    }

    mutating func stop() {
        wait = nil
        timer.stop()
    }
}
