import Agents
import EventLoop
import StigmerProtos
import Synchronization
import TestSupport
import Testing

@testable import Executions

/// One writer and many readers at random paces. The writer's script follows from the seed, so that each reader knows
/// what must stand at every byte.
@Suite struct EventLogPropertyTests {
    /// What is written: durable events, and before a message's completion its pieces.
    private struct Script: Sendable {
        enum Act: Sendable {
            case piece(DeltaKind, [UInt8])
            case complete, progress, discard, finish
        }

        var acts: [Act] = []
        /// The bytes of the message that follows so many events.
        var messages: [Int: [UInt8]] = [:]
        /// Whether each event, by its number, is the completion of a message.
        var completions: Set<Int> = []
        var events = 0

        init(seed: UInt64) {
            var random = SeededRandom(seed: seed)
            let characters = ["a", " ", "\n", "é", "€", "😀", "\u{2028}", "\u{0}"]
            for _ in 0..<25 {
                if Bool.random(using: &random) { add(.progress) }
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 0...30, using: &random) {
                    let length = Int.random(in: 0...12, using: &random)
                    let text = (0..<length).map { _ in characters.randomElement(using: &random) ?? "" }.joined()
                    acts.append(.piece(Bool.random(using: &random) ? .text : .reasoning, Array(text.utf8)))
                    bytes += Array(text.utf8)
                }
                messages[events] = bytes
                if Int.random(in: 0..<8, using: &random) == 0 {
                    add(.discard)
                } else {
                    completions.insert(events + 1)
                    add(.complete)
                }
            }
            add(.finish)
        }

        private mutating func add(_ act: Act) {
            acts.append(act)
            events += 1
        }

        func write(to log: EventLog, seed: UInt64) async {
            var random = SeededRandom(seed: seed)
            for act in acts {
                switch act {
                case .piece(let kind, let bytes): bytes.withUnsafeBytes { _ = log.append(kind, $0) }
                case .complete: log.complete()
                case .progress: log.progress()
                case .discard: log.record(.messageDiscarded(.init()))
                case .finish: log.finish()
                }
                if Int.random(in: 0..<3, using: &random) == 0 { await Task.yield() }
            }
        }
    }

    /// Follows one reader and says what was wrong first; nil if nothing was.
    private struct Check {
        let script: Script
        var place: Cursor
        var complaint: String?

        mutating func take(_ entry: EventLog.Entry, isUnbroken: Bool) {
            guard complaint == nil else { return }
            switch entry {
            case .event(let event):
                if event.cursor != "\(place.events + 1)" { complaint = "event \(event.cursor) behind \(place)" }
                let length = script.messages[place.events]?.count ?? 0
                if isUnbroken, script.completions.contains(place.events + 1), place.bytes != length {
                    complaint = "the completion came at byte \(place.bytes) of \(length)"
                }
                place = Cursor(events: place.events + 1)
            case .delta(_, let bytes, let cursor):
                let start = cursor.bytes - bytes.count
                if cursor.events != place.events || start != place.bytes {
                    complaint = "a piece from \(start) to \(cursor) behind \(place)"
                } else if !(script.messages[cursor.events] ?? []).dropFirst(start).starts(with: bytes) {
                    complaint = "the bytes before \(cursor) are others"
                } else if String(validating: bytes, as: UTF8.self) == nil {
                    complaint = "a character is cut before \(cursor)"
                }
                place = cursor
            }
        }
    }

    /// - Parameter cuts: whether the reader leaves now and then and comes back with its last cursor.
    private static func follow(_ log: EventLog, _ script: Script, seed: UInt64, cuts: Bool) async -> String? {
        var random = SeededRandom(seed: seed)
        for _ in 0..<Int.random(in: 0...20, using: &random) { await Task.yield() }
        var check = Check(script: script, place: .start)
        var then = EventLog.Continuation.more
        while then != .ended {
            guard let reader = try? log.attach(from: check.place) else { return "cannot attach at \(check.place)" }
            // What was completed before it came has no pieces.
            let attachedAt = log.end.events
            var reads = cuts ? Int.random(in: 1...15, using: &random) : .max
            repeat {
                for _ in 0..<Int.random(in: 0...4, using: &random) { await Task.yield() }
                then = log.read(reader, limit: Int.random(in: 1...300, using: &random)) {
                    check.take($0, isUnbroken: !cuts && check.place.events > attachedAt)
                }
                if then == .waiting { await reader.signal.wait() }
                reads -= 1
            } while then != .ended && reads > 0 && check.complaint == nil
            log.detach(reader)
            if let complaint = check.complaint { return "seed \(seed): \(complaint)" }
        }
        return check.place == Cursor(events: script.events) ? nil : "ended at \(check.place) of \(script.events)"
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func fiftyReadersSeeTheSameBytesAtAnyPace(seed: UInt64) async {
        let script = Script(seed: seed)
        let log = EventLog()
        await withTaskGroup(of: String?.self) { group in
            for number in 0..<50 as Range<UInt64> {
                group.addTask {
                    await Self.follow(log, script, seed: seed << 32 | number, cuts: number % 3 == 0)
                }
            }
            group.addTask {
                await script.write(to: log, seed: seed)
                return nil
            }
            for await complaint in group { #expect(complaint == nil) }
        }
        #expect(log.readerCount == 0)
        #expect(log.unreadMessages == 0)
        #expect(log.end == Cursor(events: script.events))
    }
}
