import Synchronization
import TestSupport
import Testing

@testable import EventLoop

@Suite("Timers and sleep")
struct TimerTests {
    @Test("timers fire in the order of their deadlines, and cancelled ones never", arguments: ReadinessBackend.allCases)
    func firesInOrder(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let fired = Mutex<[Int]>([])
        await loop.run {
            for delay in [30, 5, 20, 10, 25, 15] {
                let timer = loop.schedule(after: .milliseconds(delay)) { fired.withLock { $0.append(delay) } }
                if delay == 20 { timer.cancel() }
                #expect(timer.isPending == (delay != 20))
            }
            let first = loop.schedule(after: .milliseconds(7)) { fired.withLock { $0.append(7) } }
            loop.schedule(after: .milliseconds(5)) { first.cancel() }
            loop.schedule(after: .seconds(-1)) { fired.withLock { $0.append(-1) } }
        }
        try await eventually("the last timer fires") { fired.withLock { $0.last } == 30 }
        // The one of 7 ms may be due together with the one that cancels it, but comes after it.
        #expect(fired.withLock { $0 } == [-1, 5, 10, 15, 25, 30])
    }

    @Test("a timer never fires before its time", arguments: ReadinessBackend.allCases)
    func firesNotEarly(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        for microseconds in [1, 400, 1500, 2999] {
            let start = ContinuousClock.now
            try await loop.sleep(for: .microseconds(microseconds))
            #expect(ContinuousClock.now - start >= .microseconds(microseconds))
        }
    }

    @Test("sleep ends at once when its task is cancelled", arguments: ReadinessBackend.allCases)
    func sleepCancels(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let started = Gate()
        let task = Task(executorPreference: loop) { () -> Bool in
            started.open()
            do {
                try await loop.sleep(for: .seconds(3600))
                return false
            } catch {
                return loop.isCurrent
            }
        }
        try await eventually("the task sleeps") { started.isOpen }
        task.cancel()
        #expect(await task.value)
    }

    @Test("sleep in a task that is cancelled already does not wait", arguments: ReadinessBackend.allCases)
    func sleepOfCancelled(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let gate = Signal()
        let task = loop.spawn {
            await gate.wait()
            await #expect(throws: CancellationError.self) { try await loop.sleep(for: .seconds(3600)) }
        }
        task.cancel()
        await task.value
    }

    @Test("cancelled timers do not pile up until their time comes")
    func cancelledTimersGo() {
        var queue = TimerQueue()
        let kept = queue.add(deadline: 1) {}
        for number in 0..<10_000 { queue.add(deadline: 1000 + UInt64(number)) {}.cancel() }
        #expect(queue.count < 200)
        #expect(queue.nextDeadline == 1)
        #expect(queue.takeDue(at: 1) === kept)
        #expect(queue.takeDue(at: .max)?.isPending != true)
    }
}

@Suite("Lazy timer")
struct LazyTimerTests {
    /// What a timer did, and its loop.
    private final class Seen {
        var times: [UInt64] = []
    }

    @Test("a deadline moved later is reached once and not before its time", arguments: ReadinessBackend.allCases)
    func movedLater(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let reached = Signal()
        await loop.run {
            let start = loop.now
            let seen = Seen()
            let timer = LazyTimer(loop: loop) {
                seen.times.append(loop.now)
                reached.raise()
            }
            for step in 1...1000 { timer.set(start + UInt64(step) * 20_000) }
            #expect(timer.deadline == start + 20_000_000)
            await reached.wait()
            try? await loop.sleep(for: .milliseconds(1))
            #expect(seen.times.count == 1)
            #expect(seen.times[0] >= start + 20_000_000)
            #expect(timer.deadline == nil)
        }
    }

    @Test("a deadline moved earlier comes earlier, and one set after the last was reached comes too")
    func movedEarlier() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.next()
        let reached = Signal()
        await loop.run {
            let timer = LazyTimer(loop: loop) { reached.raise() }
            timer.set(after: .seconds(3600))
            timer.set(after: .milliseconds(1))
            await reached.wait()
            timer.set(after: .milliseconds(1))
            await reached.wait()
        }
    }

    @Test("a deadline that was cleared or stopped is not reached; the next one is", arguments: [true, false])
    func cleared(stops: Bool) async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.next()
        let last = Signal()
        await loop.run {
            let seen = Seen()
            let timer = LazyTimer(loop: loop) { seen.times.append(loop.now) }
            timer.set(after: .microseconds(100))
            stops ? timer.stop() : timer.clear()
            loop.schedule(after: .milliseconds(2)) { last.raise() }
            await last.wait()
            #expect(seen.times.isEmpty)
            timer.set(after: .microseconds(100))
            loop.schedule(after: .milliseconds(2)) { last.raise() }
            await last.wait()
            #expect(seen.times.count == 1)
        }
    }
}

@Suite("Signal")
struct SignalTests {
    @Test("a signal raised early lets one wait through, however often it was raised")
    func keepsOne() async throws {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let passed = Gate()
        let second = Task {
            await signal.wait()
            passed.open()
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(!passed.isOpen)
        signal.raise()
        await second.value
        #expect(passed.isOpen)
    }

    @Test("each raise after a wait wakes it again: none is lost between two threads")
    func losesNone() async {
        let (ping, pong) = (Signal(), Signal())
        let other = Task {
            for _ in 0..<5000 {
                await ping.wait()
                pong.raise()
            }
        }
        for _ in 0..<5000 {
            ping.raise()
            await pong.wait()
        }
        await other.value
    }

    @Test("a cancelled task does not wait")
    func cancels() async {
        let signal = Signal()
        let task = Task { await signal.wait() }
        task.cancel()
        await task.value
    }
}
