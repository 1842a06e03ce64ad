/// A time that passes only when it is told to: for loops whose every run of the same program is the same.
///
/// A simulated loop has no sockets and no thread: `run` runs its turns on the calling thread, and when there is nothing
/// left to do the time jumps to the next timer.
///
/// `@unchecked Sendable`: one thread makes it, hands it to loops and runs them; `now` is written by that thread alone.
public final class SimulatedTime: @unchecked Sendable {
    /// Nanoseconds.
    public private(set) var now: UInt64

    /// Makes a time that stands still.
    public init(now: UInt64 = 0) { self.now = now }

    /// Runs a loop's turns until `isDone` says so after one of them, or nothing will ever happen any more.
    ///
    /// - Returns: whether `isDone` said so.
    public func run(_ loop: EventLoop, until isDone: () -> Bool) -> Bool {
        while true {
            loop.enter()
            loop.awoke()
            loop.finishTurn()
            let sleep = loop.prepareToSleep()
            loop.leave()
            if isDone() { return true }
            switch sleep {
            case .none: break
            case .nanoseconds(let nanoseconds): now += nanoseconds
            case .forever: return false
            }
        }
    }
}

extension EventLoop {
    /// Makes a loop that `time` runs.
    public static func simulated(_ time: SimulatedTime) -> EventLoop { EventLoop(simulated: time) }
}

/// No descriptor is ever ready.
final class SimulatedReadiness: Readiness {
    func start(loop: EventLoop) {}
    func add(_ token: Token, interest: Interest, trigger: Trigger) throws(EventLoopError) {
        throw EventLoopError(call: "watching a descriptor on a simulated loop", code: 0)
    }
    func change(_ token: Token, interest: Interest) {}
    func remove(_ descriptor: Int32, closing: Bool) {}
    func wake() {}
    func stop() {}
}
