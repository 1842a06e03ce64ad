import Agents
import Executions
import Foundation
import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing

@testable import ExecutionService

@Suite struct EventEncoderTests {
    private static let framings: [Framing] = [.lines, .serverSentEvents, .connect(.json), .connect(.proto)]

    private func encode(
        _ kind: DeltaKind,
        _ text: String,
        _ cursor: Cursor = Cursor(events: 5, bytes: 140),
        _ framing: Framing = .lines
    ) -> [UInt8] {
        var out: [UInt8] = []
        Array(text.utf8).withUnsafeBytes {
            do {
                try EventEncoder(framing: framing).append(.delta(kind, $0, cursor), to: &out)
            } catch {
                Issue.record(error)
            }
        }
        return out
    }

    @Test func aDeltaIsAsSmallAsItLooks() {
        let text = encode(.text, " hello")
        #expect(text == Array(#"{"cursor":"5.140","textDelta":{"text":" hello"}}"#.utf8) + [0x0A])
        let reasoning = encode(.reasoning, "hm", Cursor(events: 0, bytes: 2))
        #expect(reasoning == Array(#"{"cursor":"0.2","reasoningDelta":{"text":"hm"}}"#.utf8) + [0x0A])
        let event = encode(.text, "a\n", Cursor(events: 1, bytes: 2), .serverSentEvents)
        let frame = "id: 1.2\nevent: text_delta\ndata: {\"cursor\":\"1.2\",\"textDelta\":{\"text\":\"a\\n\"}}\n\n"
        #expect(String(decoding: event, as: UTF8.self) == frame)
        #expect(encode(.text, "a", Cursor(events: 1, bytes: 2), .connect(.json)).prefix(5) == [0, 0, 0, 0, 41])
    }

    static let texts = [
        "plain", "", "\n", "\r\n", "\r", "a\nb\n\nc", "\"quoted\" \\ and / {json}",
        "\u{0}\u{1}\u{8}\t\u{B}\u{C}\u{1F}\u{7F}",
        "\u{85}", "\u{2028}", "\u{2029}x", "a\u{2028}\u{2029}\u{85}b", "é€😀👩‍👩‍👧", "\u{FEFF}\u{FFFD}\u{10FFFF}",
        "data: x\n\nid: 9\n\n",
        ": ping\n\n", String(repeating: "long \u{2028}", count: 5000), "Â\u{80}â", "\u{2027}\u{202A}",
    ]

    @Test(arguments: texts)
    func noTextBreaksAFrame(text: String) throws {
        for kind in [DeltaKind.text, .reasoning] {
            for framing in Self.framings {
                let frames = encode(kind, text, Cursor(events: 7, bytes: 9), framing)
                let events = try decode(frames + frames, framing)
                #expect(events.count == 2)
                #expect(events.first == expected(kind, text, "7.9"), "\(framing)")
            }
        }
    }

    @Test func aDurableEventWithAnyTextIsOneFrame() throws {
        for text in Self.texts {
            let event = ExecutionEvent.with {
                $0.cursor = "3"
                $0.messageCompleted.message.content = text
            }
            for framing in Self.framings {
                var out: [UInt8] = []
                try EventEncoder(framing: framing).append(.event(event), to: &out)
                #expect(try decode(out, framing) == [event])
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func deltasMeanWhatSwiftProtobufWouldSay(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 1...40, using: &random)).map { _ -> Unicode.Scalar in
                let range: ClosedRange<UInt32> =
                    [0...0x7F, 0x80...0x2FF, 0x2000...0x20FF, 0x1F600...0x1F64F].randomElement(using: &random)
                    ?? 0...0x7F
                return Unicode.Scalar(UInt32.random(in: range, using: &random)) ?? "?"
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let cursor = Cursor(
                events: Int.random(in: 0...9, using: &random),
                bytes: Int.random(in: 0...9999, using: &random)
            )
            let line = encode(.text, text, cursor)
            let event = expected(.text, text, cursor.description)
            #expect(try Frames.lines(line) == [event])
            let mine = try JSONSerialization.jsonObject(with: Data(line)) as? NSDictionary
            let theirs = try JSONSerialization.jsonObject(with: event.jsonUTF8Data()) as? NSDictionary
            #expect(mine != nil && mine == theirs)
        }
    }

    @Test func eachKindOfEventHasItsNameInServerSentEvents() throws {
        let kinds: [(ExecutionEvent.Kind, String)] = [
            (.started(.init()), "started"), (.messageCompleted(.init()), "message_completed"),
            (.messageDiscarded(.init()), "message_discarded"), (.toolCallStarted(.init()), "tool_call_started"),
            (.toolCallCompleted(.init()), "tool_call_completed"), (.todosUpdated(.init()), "todos_updated"),
            (.subAgentStarted(.init()), "sub_agent_started"), (.subAgentCompleted(.init()), "sub_agent_completed"),
            (.progress(.init()), "progress"), (.finished(.init()), "finished"),
        ]
        for (kind, name) in kinds {
            var out: [UInt8] = []
            let event = ExecutionEvent.with { ($0.cursor, $0.event) = ("4", kind) }
            try EventEncoder(framing: .serverSentEvents).append(.event(event), to: &out)
            let frame = try #require(try Frames.serverSentEvents(out).events.first)
            #expect(frame.id == "4" && frame.name == name && frame.event == event)
        }
    }

    @Test func anEventThatJSONCannotCarryIsAnErrorAndNoGap() {
        let event = ExecutionEvent.with {
            $0.cursor = "3"
            $0.toolCallStarted.toolCall.args.fields["x"] = .init(numberValue: .nan)
        }
        var out: [UInt8] = []
        #expect(throws: (any Error).self) { try EventEncoder.lines.append(.event(event), to: &out) }
        #expect(out.isEmpty)
    }

    @Test(arguments: [0, 1, 255, 256, 65_536, 20_000_000])
    func anEnvelopeTellsItsLength(count: Int) throws {
        let message = [UInt8](repeating: 1, count: count)
        let envelope = Frames.envelope(message)
        let length = withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) }
        #expect(Array(envelope[0..<5]) == [0] + length)
        #expect(try Frames.connect(envelope).messages == [message])
    }

    private func expected(_ kind: DeltaKind, _ text: String, _ cursor: String) -> ExecutionEvent {
        .with {
            $0.cursor = cursor
            $0.event = kind == .text ? .textDelta(.with { $0.text = text }) : .reasoningDelta(.with { $0.text = text })
        }
    }

    private func decode(_ bytes: [UInt8], _ framing: Framing) throws -> [ExecutionEvent] {
        switch framing {
        case .lines: try Frames.lines(bytes)
        case .serverSentEvents: try Frames.serverSentEvents(bytes).events.map(\.event)
        case .connect(.json): try Frames.connect(bytes).messages.map { try ExecutionEvent(jsonUTF8Bytes: $0) }
        case .connect(.proto): try Frames.connect(bytes).messages.map { try ExecutionEvent(serializedBytes: $0) }
        }
    }
}
