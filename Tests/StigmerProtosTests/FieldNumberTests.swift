import StigmerProtos
import SwiftProtobuf
import Testing

/// Field numbers are what the control plane's generated stubs read. Each row is a message with its fields set and the
/// numbers that must then be on the wire, in order. Catches a number that was changed, or two that were swapped.
@Suite struct FieldNumberTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let fields: [Field]

        init(_ message: some Message & Sendable, _ fields: [Field]) throws {
            testDescription = type(of: message).protoMessageName
            bytes = try message.serializedBytes()
            self.fields = fields
        }
    }

    /// A field as its key on the wire says it, with the bytes of its value.
    struct Field: Sendable, Equatable {
        let number: UInt64
        let value: [UInt8]

        init(_ number: UInt64, _ value: [UInt8]) {
            self.number = number
            self.value = value
        }

        /// A field that holds a string.
        static func text(_ number: UInt64, _ text: String) -> Field { Field(number, Array(text.utf8)) }
        /// A field that holds a small number, or an enum's value.
        static func small(_ number: UInt64, _ value: UInt8) -> Field { Field(number, [value]) }
        /// A field that holds an empty message.
        static func empty(_ number: UInt64) -> Field { Field(number, []) }
    }

    @Test(arguments: try Self.requests() + Self.outcomes() + Self.commons() + Self.own() + Self.agents())
    func fieldsStandAtTheirNumbers(row: Row) throws {
        #expect(try #require(fields(of: row.bytes)) == row.fields)
    }

    @Test func everyKindOfEventStandsAtItsNumber() throws {
        let kinds: [(ExecutionEvent.Kind, UInt64)] = [
            (.started(.init()), 10), (.textDelta(.init()), 11), (.reasoningDelta(.init()), 12),
            (.messageCompleted(.init()), 13), (.messageDiscarded(.init()), 14), (.toolCallStarted(.init()), 15),
            (.toolCallCompleted(.init()), 16), (.todosUpdated(.init()), 17), (.subAgentStarted(.init()), 18),
            (.subAgentCompleted(.init()), 19), (.progress(.init()), 20), (.finished(.init()), 21),
        ]
        for (kind, number) in kinds {
            let event = ExecutionEvent.with { $0.event = kind }
            #expect(fields(of: try event.serializedBytes()) == [.empty(number)])
        }
    }

    @Test func enumValuesStandAtTheirNumbers() {
        #expect(
            ExecutionPhase.allCases.map(\.rawValue) == Array(0...5)
                && ExecutionPhase.allCases.map { "\($0)" } == [
                    "unspecified", "executionPending", "executionInProgress", "executionCompleted", "executionFailed",
                    "executionCancelled",
                ]
        )
    }

    static func requests() throws -> [Row] {
        [
            try Row(
                AgentExecution.with {
                    $0.apiVersion = "v"
                    $0.kind = "k"
                    $0.metadata = .init()
                    $0.spec = .init()
                    $0.status = .init()
                },
                [.text(1, "v"), .text(2, "k"), .empty(3), .empty(4), .empty(5)]
            ),
            try Row(
                AgentExecutionSpec.with {
                    $0.sessionID = "s"
                    $0.agentID = "a"
                    $0.message = "m"
                    $0.executionConfig = .init()
                    $0.runtimeEnv = ["": .init()]
                    $0.callbackToken = .init([7])
                },
                [.text(1, "s"), .text(2, "a"), .text(3, "m"), .empty(4), Field(5, [0x0A, 0, 0x12, 0]), .small(6, 7)]
            ),
            try Row(
                ExecutionConfig.with {
                    $0.modelName = "m"
                    $0.temperature = 0
                    $0.maxTokens = 9
                },
                [.text(1, "m"), Field(100, [0, 0, 0, 0, 0, 0, 0, 0]), .small(101, 9)]
            ),
            try Row(
                ListAgentExecutionsRequest.with {
                    $0.pageSize = 5
                    $0.pageToken = "t"
                    $0.phase = .executionInProgress
                    $0.tags = ["g"]
                },
                [.small(1, 5), .text(2, "t"), .small(3, 2), .text(4, "g")]
            ),
            try Row(
                ListAgentExecutionsBySessionRequest.with {
                    $0.sessionID = "s"
                    $0.pageSize = 5
                    $0.pageToken = "t"
                },
                [.text(1, "s"), .small(2, 5), .text(3, "t")]
            ),
        ]
    }

    static func outcomes() throws -> [Row] {
        [
            try Row(
                AgentExecutionStatus.with {
                    $0.messages = [.init()]
                    $0.phase = .executionCancelled
                    $0.toolCalls = [.init()]
                    $0.subAgentExecutions = [.init()]
                    $0.error = "e"
                    $0.startedAt = "s"
                    $0.completedAt = "c"
                    $0.todos = ["": .init()]
                    $0.callbackToken = .init([7])
                    $0.audit = .init()
                },
                [
                    .empty(1), .small(2, 5), .empty(3), .empty(4), .text(6, "e"), .text(7, "s"), .text(8, "c"),
                    Field(9, [0x0A, 0, 0x12, 0]), .small(10, 7), .empty(99),
                ]
            ),
            try Row(
                AgentMessage.with {
                    $0.type = .messageSystem
                    $0.content = "c"
                    $0.timestamp = "t"
                    $0.toolCalls = [.init()]
                    $0.metadata = .init()
                },
                [.small(1, 4), .text(2, "c"), .text(3, "t"), .empty(4), .empty(5)]
            ),
            try Row(
                ToolCall.with {
                    $0.id = "i"
                    $0.name = "n"
                    $0.args = .init()
                    $0.result = "r"
                    $0.status = .toolCallFailed
                    $0.componentMetadata = .init()
                    $0.startedAt = "s"
                    $0.completedAt = "c"
                    $0.error = "e"
                },
                [
                    .text(1, "i"), .text(2, "n"), .empty(3), .text(4, "r"), .small(5, 4), .empty(6), .text(7, "s"),
                    .text(8, "c"), .text(9, "e"),
                ]
            ),
            try Row(
                SubAgentExecution.with {
                    $0.id = "i"
                    $0.name = "n"
                    $0.input = "q"
                    $0.output = "a"
                    $0.status = .subAgentFailed
                    $0.startedAt = "s"
                    $0.completedAt = "c"
                    $0.error = "e"
                    $0.metadata = .init()
                },
                [
                    .text(1, "i"), .text(2, "n"), .text(3, "q"), .text(4, "a"), .small(5, 4), .text(6, "s"),
                    .text(7, "c"), .text(8, "e"), .empty(9),
                ]
            ),
            try Row(
                TodoItem.with {
                    $0.id = "i"
                    $0.content = "c"
                    $0.status = .todoCancelled
                    $0.createdAt = "a"
                    $0.updatedAt = "u"
                },
                [.text(1, "i"), .text(2, "c"), .small(3, 4), .text(4, "a"), .text(5, "u")]
            ),
            try Row(
                AgentExecutionList.with {
                    $0.totalPages = 3
                    $0.entries = [.init()]
                    $0.nextPageToken = "t"
                },
                [.small(1, 3), .empty(2), .text(100, "t")]
            ),
            try Row(
                AgentExecutionUpdateStatusInput.with {
                    $0.executionID = "i"
                    $0.status = .init()
                },
                [.text(1, "i"), .empty(2)]
            ),
        ]
    }

    static func commons() throws -> [Row] {
        [
            try Row(
                ApiResourceMetadata.with {
                    $0.name = "n"
                    $0.slug = "s"
                    $0.id = "i"
                    $0.org = "o"
                    $0.ownerScope = .UNRECOGNIZED(2)
                    $0.labels = ["": ""]
                    $0.annotations = ["": ""]
                    $0.tags = ["t"]
                    $0.version = .init()
                },
                [
                    .text(1, "n"), .text(2, "s"), .text(3, "i"), .text(4, "o"), .small(5, 2),
                    Field(6, [0x0A, 0, 0x12, 0]), Field(7, [0x0A, 0, 0x12, 0]), .text(8, "t"), .empty(9),
                ]
            ),
            try Row(
                ApiResourceAuditInfo.with {
                    $0.createdBy = .init()
                    $0.createdAt = .init()
                    $0.updatedBy = .init()
                    $0.updatedAt = .init(seconds: 1)
                    $0.event = "e"
                },
                [.empty(1), .empty(2), .empty(3), Field(4, [0x08, 1]), .text(5, "e")]
            ),
            try Row(
                ExecutionValue.with {
                    $0.value = "v"
                    $0.isSecret = true
                },
                [.text(1, "v"), .small(2, 1)]
            ),
        ]
    }

    static func own() throws -> [Row] {
        [
            try Row(
                StreamEventsRequest.with {
                    $0.executionID = "i"
                    $0.after = "5.140"
                },
                [.text(1, "i"), .text(2, "5.140")]
            ),
            try Row(
                TokenUsage.with {
                    $0.inputTokens = 0
                    $0.outputTokens = 2
                    $0.cachedInputTokens = 3
                },
                [.small(1, 0), .small(2, 2), .small(3, 3)]
            ),
        ]
    }

    /// The fields of a message in the order of the wire; nil if the bytes are no message. Numbers of one byte only.
    private func fields(of bytes: [UInt8]) -> [Field]? {
        var rest = bytes[...]
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        var found: [Field] = []
        while !rest.isEmpty {
            guard let key = varint() else { return nil }
            let length: Int
            switch key & 7 {
            case 0: length = 1
            case 1: length = 8
            case 2:
                guard let said = varint(), said <= rest.count else { return nil }
                length = Int(said)
            default: return nil
            }
            guard rest.count >= length else { return nil }
            found.append(Field(key >> 3, Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return found
    }
}
