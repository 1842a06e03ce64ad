import Dispatch
import EventLoop
import Synchronization
import TestSupport
import Testing

@Suite("Tasks and jobs of a loop")
struct LoopTaskTests {
    @Test("a task is on its loop after every kind of suspension", arguments: ReadinessBackend.allCases)
    func staysOnLoop(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 2, backend: backend)
        let loop = group.loops[1]
        let places = await loop.run { () -> [Bool] in
            var places = [loop.isCurrent]
            try? await loop.sleep(for: .milliseconds(1))
            places.append(loop.isCurrent)
            let signal = Signal()
            DispatchQueue.global().async { signal.raise() }
            await signal.wait()
            places.append(loop.isCurrent)
            await Task.yield()
            places.append(loop.isCurrent)
            await group.loops[0].run { #expect(group.loops[0].isCurrent && !loop.isCurrent) }
            places.append(loop.isCurrent)
            return places
        }
        #expect(places == [true, true, true, true, true])
        #expect(!loop.isCurrent)
    }

    @Test("a spawned task and its children run on the loop", arguments: ReadinessBackend.allCases)
    func spawns(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let (task, child) = (Gate(), Gate())
        await loop.spawn {
            if loop.isCurrent { task.open() }
            async let done: Void = { if loop.isCurrent { child.open() } }()
            await done
        }.value
        #expect(task.isOpen)
        #expect(child.isOpen)
    }

    @Test("jobs from many threads all run, each thread's in its order", arguments: ReadinessBackend.allCases)
    func executesAll(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let seen = Mutex<[[Int]]>(Array(repeating: [], count: 8))
        for thread in 0..<8 {
            DispatchQueue.global().async {
                for number in 0..<1250 { loop.execute { seen.withLock { $0[thread].append(number) } } }
            }
        }
        try await eventually("10,000 jobs run") { seen.withLock { $0.reduce(0) { $0 + $1.count } } == 10_000 }
        #expect(seen.withLock { $0.allSatisfy { $0 == Array(0..<1250) } })
    }

    @Test("a loop that has gone to sleep wakes for each single job", arguments: ReadinessBackend.allCases)
    func wakes(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        for round in 0..<2000 {
            #expect(await loop.run { round } == round)
        }
    }

    @Test("a turn flushes after its jobs and its ends have made no further ones", arguments: ReadinessBackend.allCases)
    func endsTurnsInOrder(backend: ReadinessBackend) async throws {
        final class Ending: TurnEnding {
            let action: () -> Void
            init(_ action: @escaping () -> Void) { self.action = action }
            func turnEnded() { action() }
        }
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let seen = Mutex<[String]>([])
        loop.execute {
            loop.atFlush(Ending { seen.withLock { $0.append("flush") } })
            loop.atEndOfTurn(
                Ending {
                    seen.withLock { $0.append("end") }
                    loop.execute { seen.withLock { $0.append("job of the end") } }
                }
            )
            loop.execute { seen.withLock { $0.append("job") } }
        }
        try await eventually("the flush") { seen.withLock { $0.contains("flush") } }
        #expect(seen.withLock { $0 } == ["end", "job", "job of the end", "flush"])
    }

    @Test(
        "a stopped group lets its loops go, and jobs that come too late still run",
        arguments: ReadinessBackend.allCases
    )
    func stops(backend: ReadinessBackend) async throws {
        let ranLate = Mutex(0)
        func useGroup() async throws -> () -> EventLoop? {
            let group = try EventLoopGroup(count: 1, backend: backend)
            let loop = group.next()
            await loop.run { try? await loop.sleep(for: .milliseconds(1)) }
            return { [weak loop] in loop }
        }
        let find = try await useGroup()
        for _ in 0..<100 { find()?.execute { ranLate.withLock { $0 += 1 } } }
        try await eventually("the loop is released") { find() == nil }

        var group: EventLoopGroup? = try EventLoopGroup(count: 1, backend: backend)
        let loop = try #require(group?.next())
        group = nil
        let value = await loop.run { 7 }
        #expect(value == 7)
        loop.execute { ranLate.withLock { $0 = -1 } }
        try await eventually("a late job runs") { ranLate.withLock { $0 } == -1 }
    }
}
