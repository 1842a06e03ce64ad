import Agents
import Foundation
import StigmerProtos
import Testing

@testable import Executions

@Suite struct StatusFoldTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let write: @Sendable (EventLog) -> Void
        let status: String

        init(_ name: String, _ status: String, _ write: @escaping @Sendable (EventLog) -> Void) {
            testDescription = name
            self.status = status
            self.write = write
        }
    }

    private static let time = #""2026-11-23T04:05:06.789Z""#
    private static let human = #"{"type":"MESSAGE_HUMAN","content":"Hi","timestamp":\#(time)}"#
    private static let running = #""phase":"EXECUTION_IN_PROGRESS","startedAt":\#(time)"#

    private static func call(_ id: String, _ status: ToolCallStatus) -> ToolCall {
        .with {
            $0.id = id
            $0.name = "n"
            $0.status = status
        }
    }

    private static func child(_ id: String, _ status: SubAgentStatus) -> SubAgentExecution {
        .with {
            $0.id = id
            $0.status = status
        }
    }

    static let rows = [
        Row("nothing yet", #"{"phase":"EXECUTION_PENDING","messages":[\#(human)]}"#) { _ in },
        Row("started", #"{\#(running),"messages":[\#(human)]}"#) { $0.record(.started(.init())) },
        Row("progress changes nothing", #"{\#(running),"messages":[\#(human)]}"#) {
            $0.record(.started(.init()))
            $0.progress()
        },
        Row(
            "the unfinished message is shown",
            #"{\#(running),"messages":[\#(human),{"type":"MESSAGE_AI","content":"one two"}]}"#
        ) {
            $0.record(.started(.init()))
            $0.reasoning("hm")
            $0.text("one ")
            $0.text("two")
        },
        Row("reasoning alone is no message yet", #"{\#(running),"messages":[\#(human)]}"#) {
            $0.record(.started(.init()))
            $0.reasoning("hm")
        },
        Row("discarded pieces are not shown", #"{\#(running),"messages":[\#(human)]}"#) {
            $0.record(.started(.init()))
            $0.text("void")
            $0.record(.messageDiscarded(.init()))
        },
        Row("a message", #"{"phase":"EXECUTION_PENDING","messages":[\#(human),{"content":"ab"}]}"#) {
            $0.text("a")
            $0.text("b")
            $0.complete()
        },
        Row(
            "a tool call replaces its beginning",
            #"""
            {"phase":"EXECUTION_PENDING","messages":[\#(human)],"toolCalls":[
            {"id":"1","name":"n","status":"TOOL_CALL_COMPLETED"},{"id":"2","name":"n","status":"TOOL_CALL_RUNNING"}]}
            """#
        ) {
            $0.record(.toolCallStarted(.with { $0.toolCall = call("1", .toolCallRunning) }))
            $0.record(.toolCallStarted(.with { $0.toolCall = call("2", .toolCallRunning) }))
            $0.record(.toolCallCompleted(.with { $0.toolCall = call("1", .toolCallCompleted) }))
        },
        Row(
            "a sub-agent replaces its beginning",
            #"""
            {"phase":"EXECUTION_PENDING","messages":[\#(human)],
            "subAgentExecutions":[{"id":"1","status":"SUB_AGENT_FAILED"}]}
            """#
        ) {
            $0.record(.subAgentStarted(.with { $0.subAgentExecution = child("1", .subAgentInProgress) }))
            $0.record(.subAgentCompleted(.with { $0.subAgentExecution = child("1", .subAgentFailed) }))
        },
        Row(
            "the last to-do list counts",
            #"{"phase":"EXECUTION_PENDING","messages":[\#(human)],"todos":{"b":{"id":"b"}}}"#
        ) {
            $0.record(.todosUpdated(.with { $0.todos = ["a": .with { $0.id = "a" }] }))
            $0.record(.todosUpdated(.with { $0.todos = ["b": .with { $0.id = "b" }] }))
        },
        Row("completed", #"{"phase":"EXECUTION_COMPLETED","completedAt":\#(time),"messages":[\#(human)]}"#) {
            $0.finish()
        },
        Row(
            "failed",
            #"{"phase":"EXECUTION_FAILED","error":"why","completedAt":\#(time),"messages":[\#(human)]}"#
        ) {
            $0.record(
                .finished(
                    .with {
                        $0.phase = .executionFailed
                        $0.error = .with { $0.message = "why" }
                    }
                )
            )
            $0.record(.started(.init()))
        },
    ]

    @Test(arguments: rows)
    func theStatusIsTheSumOfTheEvents(row: Row) throws {
        let log = EventLog()
        row.write(log)
        let expected = try AgentExecutionStatus(jsonUTF8Bytes: Array(row.status.utf8))
        #expect(log.snapshot.status == expected)
        #expect(log.snapshot.spec.message == "Hi")
    }

    /// The status's strings and the events' times tell the same millisecond, whichever it is.
    @Test func timesAreWrittenToTheMillisecond() {
        for millisecond in 0..<1000 {
            let time = ProtobufTimestamp.with {
                $0.seconds = 1_795_406_706
                $0.nanos = Int32(millisecond) * 1_000_000
            }
            let digits = String(repeating: "0", count: 3 - "\(millisecond)".count) + "\(millisecond)"
            #expect(time.rfc3339 == "2026-11-23T04:05:06.\(digits)Z")
        }
    }
}
