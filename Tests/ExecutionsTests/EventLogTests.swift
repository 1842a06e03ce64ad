import Agents
import EventLoop
import StigmerProtos
import TestSupport
import Testing

@testable import Executions

@Suite struct EventLogTests {
    @Test func eventsAreNumberedWithoutGapsAndNothingFollowsTheEnd() throws {
        let log = EventLog()
        log.record(.started(.init()))
        log.progress()
        log.text("a")
        log.complete()
        log.finish()
        log.finish()
        log.progress()
        log.text("late")
        #expect(try log.readAll(from: .start) == [.event("1"), .event("2"), .event("3"), .event("4")])
        #expect(log.end == Cursor(events: 4))
        #expect(log.isFinished)
    }

    @Test func textAndReasoningShareOneByteCount() throws {
        let log = EventLog()
        log.record(.started(.init()))
        let reader = try log.attach()
        log.reasoning("hm")
        log.reasoning("m")
        log.text("é")
        log.text("!")
        log.reasoning("?")
        #expect(
            log.readAll(reader).given == [
                .event("1"), .reasoning("hmm", 1, 3), .text("é!", 1, 6), .reasoning("?", 1, 7),
            ]
        )
        log.text("x")
        #expect(log.readAll(reader).given == [.text("x", 1, 8)])
        #expect(log.messageInProgress == ("é!x", "hmm?"))
    }

    /// `a é € 😀`: characters of one to four bytes, and the places between them.
    @Test func aReaderMayComeInAtEveryCharacterAndAtNoOtherByte() throws {
        let log = EventLog()
        log.record(.started(.init()))
        log.reasoning("aé")
        log.text("€😀")
        let whole = Array("aé€😀".utf8)
        let places = [0, 1, 3, 6, 10]
        for bytes in 0...whole.count {
            let cursor = Cursor(events: 1, bytes: bytes)
            if places.contains(bytes) {
                let given = try log.readAll(from: cursor)
                let rest = given.flatMap { if case .delta(_, let bytes, _) = $0 { bytes } else { [UInt8]() } }
                #expect(rest == Array(whole[bytes...]))
            } else {
                #expect(throws: EventLog.CursorError.insideCharacter) { try log.attach(from: cursor) }
            }
        }
        let end = EventLog.CursorError.beyondEnd(Cursor(events: 1, bytes: 10))
        #expect(throws: end) { try log.attach(from: Cursor(events: 1, bytes: 11)) }
        #expect(throws: end) { try log.attach(from: Cursor(events: 2)) }
        #expect(throws: end) { try log.attach(from: Cursor(events: .max, bytes: .max)) }
    }

    @Test func aReaderMayComeInBehindEveryEvent() throws {
        let log = EventLog()
        for _ in 0..<5 { log.progress() }
        log.finish()
        for events in 0...6 {
            #expect(
                try log.readAll(from: Cursor(events: events)) == (events..<6).map { .event("\($0 + 1)") },
                "from \(events)"
            )
        }
        let reader = try log.attach(from: log.end)
        #expect(log.readAll(reader).then == .ended)
    }

    @Test func aLaggingReaderGetsEveryPieceBeforeTheCompletion() throws {
        let log = EventLog()
        log.record(.started(.init()))
        let lagging = try log.attach()
        let inside = try log.attach(from: Cursor(events: 1))
        log.text("one ")
        #expect(log.readAll(inside).given == [.text("one ", 1, 4)])
        log.text("two")
        log.complete()
        log.text("three")
        log.complete()
        log.finish()
        #expect(log.readAll(inside).given.first == .text("two", 1, 7))
        #expect(
            log.readAll(lagging).given == [
                .event("1"), .text("one two", 1, 7), .event("2"), .text("three", 2, 5), .event("3"), .event("4"),
            ]
        )
    }

    /// While a lagging reader keeps the pieces alive, one that comes now must be answered as if it were alone.
    @Test(arguments: [0, 1, 2, 3, 999])
    func aReaderThatComesLaterGetsTheCompletionOnly(bytes: Int) throws {
        let log = EventLog()
        log.record(.started(.init()))
        let lagging = try log.attach()
        log.text("é!")
        log.complete()
        #expect(try log.readAll(from: Cursor(events: 1, bytes: bytes)) == [.event("2")])
        #expect(try log.readAll(from: .start) == [.event("1"), .event("2")])
        #expect(log.readAll(lagging).given.count == 3)
    }

    @Test func completedMessagesAreKeptForLiveReadersOnly() throws {
        let log = EventLog()
        let first = try log.attach()
        let second = try log.attach()
        let gone = try log.attach()
        log.text("abc")
        log.complete()
        #expect(log.unreadMessages == 1)
        _ = log.readAll(first)
        _ = log.readAll(second)
        #expect(log.unreadMessages == 1)
        log.detach(gone)
        #expect(log.unreadMessages == 0)
        log.text("abc")
        _ = log.readAll(first)
        _ = log.readAll(second)
        log.complete()
        #expect(log.unreadMessages == 0, "everyone has read all of it")
        let watcher = log.watch()
        log.text("abc")
        _ = log.readAll(first)
        _ = log.readAll(second)
        log.complete()
        #expect(log.unreadMessages == 0, "a watcher reads nothing")
        log.detach(watcher)
    }

    @Test func discardedPiecesAreVoid() throws {
        let log = EventLog()
        let reader = try log.attach()
        log.text("void")
        _ = log.readAll(reader)
        log.record(.messageDiscarded(.with { $0.reason = "fallback" }))
        log.text("new")
        #expect(log.readAll(reader).given == [.event("1"), .text("new", 1, 3)])
    }

    @Test func aReadEndsNearItsLimitAndGoesOn() throws {
        let log = EventLog()
        let reader = try log.attach()
        log.text(String(repeating: "€", count: 100_000))
        var sizes: [Int] = []
        while true {
            var size = 0
            let then = log.read(reader, limit: 20_000) { entry in
                guard case .delta(_, let bytes, _) = entry else { return }
                #expect(bytes.count <= MessageInProgress.pieceLimit)
                #expect(String(validating: bytes, as: UTF8.self) != nil, "a character was cut")
                size += bytes.count
            }
            sizes.append(size)
            if then == .waiting { break }
        }
        #expect(sizes.reduce(0, +) == 300_000)
        #expect(sizes.allSatisfy { $0 <= 20_000 + MessageInProgress.pieceLimit })
        #expect(sizes.count > 8)
    }

    @Test func readersAreWokenByPiecesAndEventsUntilTheyAreDetached() async throws {
        let log = EventLog()
        let reader = try log.attach()
        let woken = Task { await reader.signal.wait() }
        log.text("a")
        await woken.value
        let wokenAgain = Task { await reader.signal.wait() }
        log.complete()
        await wokenAgain.value
        // Leaving while waiting: the wait ends with the task, and nobody is left in the log.
        let leaving = Task {
            await reader.signal.wait()
            log.detach(reader)
        }
        leaving.cancel()
        await leaving.value
        log.finish()
        #expect(log.readerCount == 0)
    }

    @Test func theEndIsAwaitedAndTheWaitEndsWithItsTask() async throws {
        let log = EventLog()
        let cancelled = Task { await log.awaitEnd() }
        let waiting = Task { await log.awaitEnd() }
        try await eventually("both wait") { log.readerCount == 2 }
        cancelled.cancel()
        await cancelled.value
        try await eventually("one is gone") { log.readerCount == 1 }
        #expect(!log.isFinished)
        log.finish()
        await waiting.value
        await log.awaitEnd()
        #expect(log.readerCount == 0)
    }
}
