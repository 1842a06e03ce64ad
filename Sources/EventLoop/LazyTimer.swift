/// A deadline that is moved far more often than it comes. Confined to its loop.
///
/// Moving the deadline later costs a comparison: the loop's timer stays where it is, and when it comes too early it
/// sets itself anew. A deadline is reached once; then there is none until the next is set.
public final class LazyTimer {
    private let loop: EventLoop
    private let reached: () -> Void
    private var alarm: LoopTimer?
    private var alarmTime: UInt64 = 0

    /// What is waited for, on the loop's clock in nanoseconds; nil if nothing is.
    public private(set) var deadline: UInt64?

    /// Makes a timer without a deadline.
    ///
    /// - Parameter reached: is called on the loop when a deadline comes.
    public init(loop: EventLoop, _ reached: @escaping () -> Void) {
        self.loop = loop
        self.reached = reached
    }

    /// Replaces the deadline by one at `time` on the loop's clock.
    public func set(_ time: UInt64) {
        deadline = time
        if alarmTime <= time, let alarm, alarm.isPending { return }
        setAlarm(time)
    }

    /// Replaces the deadline by one after `delay`.
    public func set(after delay: Duration) { set(loop.now &+ delay.nanosecondsClamped) }

    /// Waits for nothing until the next deadline is set, which will likely be soon.
    public func clear() { deadline = nil }

    /// Waits for nothing, and takes nothing of the loop any more.
    public func stop() {
        deadline = nil
        alarm?.cancel()
        alarm = nil
    }

    private func setAlarm(_ time: UInt64) {
        alarm?.cancel()
        alarmTime = time
        alarm = loop.schedule(at: time) { [weak self] in
            guard let self, let deadline else { return }
            if deadline > loop.now { return setAlarm(deadline) }
            self.deadline = nil
            reached()
        }
    }
}
