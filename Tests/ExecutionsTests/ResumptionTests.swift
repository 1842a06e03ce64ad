import Failures
import StigmerProtos
import Testing

@testable import Executions

/// How an execution goes on from each place at which the runner can have died.
@Suite struct ResumptionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [ExecutionEvent.Kind]
        var resumptions = 1
        /// The code of the end; empty for a good end, nil for asking the model.
        let end: String?
        let voids: Bool
    }

    private static func message(_ stop: String = "stop", calls: [String] = []) -> ExecutionEvent.Kind {
        .messageCompleted(
            .with {
                $0.stopReason = stop
                $0.message.toolCalls = calls.map { id in .with { $0.id = id } }
            }
        )
    }

    private static func starts(_ id: String) -> ExecutionEvent.Kind {
        .toolCallStarted(.with { $0.toolCall.id = id })
    }

    private static func ends(_ id: String) -> ExecutionEvent.Kind {
        .toolCallCompleted(.with { $0.toolCall.id = id })
    }

    private static let started = ExecutionEvent.Kind.started(.init())

    static let rows = [
        Row(testDescription: "before its start", events: [], end: nil, voids: false),
        Row(testDescription: "while it asked", events: [started], end: nil, voids: true),
        Row(testDescription: "the third time", events: [started], resumptions: 3, end: nil, voids: true),
        Row(testDescription: "the fourth time", events: [started], resumptions: 4, end: "aborted", voids: true),
        Row(testDescription: "between answer and end", events: [started, message()], end: "", voids: false),
        Row(
            testDescription: "the fourth time there",
            events: [started, message()],
            resumptions: 4,
            end: "",
            voids: false
        ),
        Row(
            testDescription: "between failure and end",
            events: [started, message("error")],
            end: "unavailable",
            voids: false
        ),
        Row(
            testDescription: "between cancel and end",
            events: [started, message("cancelled")],
            end: "canceled",
            voids: false
        ),
        Row(testDescription: "before its tools", events: [started, message(calls: ["a"])], end: nil, voids: true),
        Row(
            testDescription: "behind its tools",
            events: [started, message(calls: ["a"]), starts("a"), ends("a")],
            end: nil,
            voids: true
        ),
    ]

    private static func stored(_ events: [ExecutionEvent.Kind], _ resumptions: Int) -> StoredExecution {
        StoredExecution(
            request: .init(),
            createdAt: 0,
            resumptions: resumptions,
            events: events.map { kind in .with { $0.event = kind } }
        )
    }

    @Test(arguments: rows) func goesOn(row: Row) {
        let resumption = Resumption(Self.stored(row.events, row.resumptions), attempts: 3)
        #expect(resumption.isFirstStart == row.events.isEmpty)
        #expect(resumption.voidsMessage == row.voids)
        switch resumption.next {
        case .ask: #expect(row.end == nil)
        case .end(let failure): #expect((failure?.code.rawValue ?? "") == row.end)
        }
    }

    @Test func whatHadBegunIsUnknownAndNothingElse() {
        let events = [
            Self.started, Self.message(calls: ["a", "b", "c"]), Self.starts("a"), Self.ends("a"), Self.starts("b"),
        ]
        let unknown = Resumption(Self.stored(events, 1), attempts: 3).unknownOutcomes
        #expect(unknown.map { $0.id } == ["b"])
        #expect(unknown.first?.status == .toolCallFailed)
        #expect(unknown.first?.error.contains("unknown") == true)
    }
}
