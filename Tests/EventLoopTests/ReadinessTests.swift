import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Readiness of descriptors")
struct ReadinessTests {
    struct Case: CustomTestStringConvertible {
        let backend: ReadinessBackend
        let trigger: Trigger
        var testDescription: String { "\(backend) \(trigger)" }

        static let all = ReadinessBackend.allCases.flatMap { backend in
            [Trigger.edge, .level].map { Case(backend: backend, trigger: $0) }
        }
    }

    @Test("a watcher that reads until nothing is left gets every byte and the end", arguments: Case.all)
    func readsAll(_ one: Case) async throws {
        let group = try EventLoopGroup(count: 1, backend: one.backend)
        let loop = group.next()
        let pair = try SocketPair()
        let total = Mutex(0)
        let ended = Gate()
        let near = pair.near
        await loop.run {
            let watcher = Watcher { _ in
                while true {
                    let count = read(near, loop.scratch.baseAddress, 1000)
                    if count > 0 { total.withLock { $0 += count } }
                    if count == 0 {
                        if !ended.isOpen { loop.unwatch(near, closing: true) }
                        ended.open()
                    }
                    if count <= 0 { return }
                }
            }
            #expect(throws: Never.self) { try loop.watch(near, for: .read, trigger: one.trigger, watcher) }
        }
        for number in 1...100 {
            pair.send(count: 3000)
            if number % 10 == 0 {
                try await eventually("piece \(number) is read") { total.withLock { $0 } == number * 3000 }
            }
        }
        pair.closeFar()
        try await eventually("the end is seen") { ended.isOpen }
    }

    @Test("a level-triggered watcher is called until it has read", arguments: ReadinessBackend.allCases)
    func levelRepeats(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let pair = try SocketPair()
        let calls = Mutex(0)
        let near = pair.near
        await loop.run {
            let watcher = Watcher { _ in calls.withLock { $0 += 1 } }
            #expect(throws: Never.self) { try loop.watch(near, for: .read, trigger: .level, watcher) }
        }
        pair.send(count: 1)
        try await eventually("five calls") { calls.withLock { $0 } >= 5 }
        // No interest, no calls; interest again, calls again.
        await loop.run { loop.setInterest([], of: near) }
        await passTurns(loop)
        let before = calls.withLock { $0 }
        await passTurns(loop)
        #expect(calls.withLock { $0 } == before)
        await loop.run { loop.setInterest(.read, of: near) }
        try await eventually("more calls") { calls.withLock { $0 } > before }
        await loop.run { loop.unwatch(near, closing: true) }
    }

    @Test("room to write is told when it comes", arguments: Case.all)
    func tellsWritable(_ one: Case) async throws {
        let group = try EventLoopGroup(count: 1, backend: one.backend)
        let loop = group.next()
        let pair = try SocketPair()
        let near = pair.near
        let writable = Mutex(0)
        let filled = Gate()
        await loop.run {
            while write(near, loop.scratch.baseAddress, 4096) > 0 {}
            let watcher = Watcher { events in
                if events.contains(.writable) { writable.withLock { $0 += 1 } }
            }
            #expect(throws: Never.self) { try loop.watch(near, for: [.read, .write], trigger: one.trigger, watcher) }
            filled.open()
        }
        await passTurns(loop)
        #expect(writable.withLock { $0 } == 0)
        pair.drainFar()
        try await eventually("room is told") { writable.withLock { $0 } > 0 }
        await loop.run { loop.unwatch(near, closing: true) }
    }

    @Test(
        "an event of a descriptor's former life does not reach its next watcher",
        arguments: ReadinessBackend.allCases
    )
    func reusedDescriptor(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        for _ in 0..<50 {
            // Both are readable in one batch; the first that is called ends the other, whose number is taken anew.
            let pairs = [try SocketPair(), try SocketPair()]
            for pair in pairs { pair.send(count: 1) }
            let descriptors = pairs.map(\.near)
            let wrongCalls = Mutex(0)
            let next = try SocketPair()
            let nextNear = next.near
            let done = Gate()
            await loop.run {
                for index in 0..<2 {
                    let (mine, other) = (descriptors[index], descriptors[1 - index])
                    let watcher = Watcher { _ in
                        if done.isOpen { return wrongCalls.withLock { $0 += 1 } }
                        done.open()
                        loop.unwatch(other, closing: false)
                        loop.unwatch(mine, closing: false)
                        // Another socket under the same number, without a moment in which the number is free.
                        guard dup2(nextNear, other) == other else { return }
                        let nobody = Watcher { _ in wrongCalls.withLock { $0 += 1 } }
                        #expect(throws: Never.self) {
                            try loop.watch(other, for: .read, trigger: .level, nobody)
                        }
                    }
                    #expect(throws: Never.self) { try loop.watch(mine, for: .read, trigger: .level, watcher) }
                }
            }
            try await eventually("one of them is called") { done.isOpen }
            await passTurns(loop)
            #expect(wrongCalls.withLock { $0 } == 0)
            await loop.run { for descriptor in descriptors { loop.unwatch(descriptor, closing: true) } }
            next.closeNear()
        }
    }

    @Test("jobs that always make another do not keep a socket waiting", arguments: ReadinessBackend.allCases)
    func jobsDoNotStarve(backend: ReadinessBackend) async throws {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let loop = group.next()
        let pair = try SocketPair()
        let near = pair.near
        let called = Gate()
        @Sendable func again() { if !called.isOpen { loop.execute(again) } }
        await loop.run {
            let watcher = Watcher { events in
                guard events.contains(.readable) else { return }
                called.open()
                loop.unwatch(near, closing: true)
            }
            #expect(throws: Never.self) { try loop.watch(near, for: .read, trigger: .edge, watcher) }
        }
        loop.execute(again)
        pair.send(count: 1)
        try await eventually("the socket is served") { called.isOpen }
    }
}

/// Lets the loop see whatever is there to see: a few turns, each with a sleep in it.
private func passTurns(_ loop: EventLoop) async {
    for _ in 0..<5 { try? await loop.sleep(for: .milliseconds(1)) }
}

private final class Watcher: ReadinessWatcher {
    private let body: (ReadyEvents) -> Void
    init(_ body: @escaping (ReadyEvents) -> Void) { self.body = body }
    func ready(_ events: ReadyEvents) { body(events) }
}

/// Two connected sockets; the near one is non-blocking and closed by the loop that watches it.
private final class SocketPair: Sendable {
    let near: Int32
    private let far: Int32
    private let farIsOpen = Mutex(true)

    init() throws {
        var ends: [Int32] = [0, 0]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw POSIXError(.EMFILE) }
        (near, far) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit { closeFar() }

    func send(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(write(far, bytes, count) == count)
    }

    func drainFar() {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while read(far, &bytes, bytes.count) > 0 {}
    }

    func closeFar() {
        let mustClose = farIsOpen.withLock { open in
            defer { open = false }
            return open
        }
        if mustClose { close(far) }
    }

    func closeNear() { close(near) }
}
