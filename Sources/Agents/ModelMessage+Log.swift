import Models
import StigmerProtos

extension ReasoningBlock {
    /// A block as the log has it.
    public init(_ block: ExecutionEvent.ReasoningBlock) {
        self.init(
            text: block.text,
            signature: block.signature.isEmpty ? nil : block.signature,
            redacted: block.redacted.isEmpty ? nil : block.redacted
        )
    }
}

extension ToolCall {
    /// What a struct holds in place of arguments that are no JSON object.
    private static let malformed = "malformed_arguments"

    /// A call as the log has it before it begins.
    public init(_ call: ModelToolCall) {
        self = .with {
            $0.id = call.id
            $0.name = call.name
            $0.status = .toolCallPending
            $0.args =
                (try? ProtobufStruct(jsonUTF8Bytes: Array(call.arguments.utf8)))
                ?? .with { $0.fields[Self.malformed] = .init(stringValue: call.arguments) }
        }
    }

    /// The call as the model made it.
    public var asked: ModelToolCall {
        let arguments =
            if args.fields.count == 1, case .stringValue(let text)? = args.fields[Self.malformed]?.kind {
                text
            } else {
                (try? args.jsonBytes()).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
            }
        return ModelToolCall(id: id, name: name, arguments: arguments)
    }

    /// What the model is told of its outcome.
    public var outcome: ModelMessage {
        ModelMessage(
            .tool,
            error.isEmpty ? result : error,
            toolCallID: id,
            toolName: name,
            isToolFailure: !error.isEmpty
        )
    }
}
