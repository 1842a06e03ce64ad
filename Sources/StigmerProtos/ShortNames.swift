import SwiftProtobuf

// The .proto files say `swift_prefix = ""`, so a message's Swift name is its proto name: `AgentExecution`, `ToolCall`,
// `ExecutionEvent`. What is left to shorten is named here, so that code above need not import SwiftProtobuf for it.

/// A JSON object: `ToolCall.args`, `AgentMessage.metadata`.
public typealias ProtobufStruct = Google_Protobuf_Struct

/// Any JSON value: `EffectiveSetting.value`.
public typealias ProtobufValue = Google_Protobuf_Value

/// A JSON array of any values.
public typealias ProtobufList = Google_Protobuf_ListValue

/// A point in time in seconds and nanoseconds since 1970, UTC: `ExecutionEvent.time`.
public typealias ProtobufTimestamp = Google_Protobuf_Timestamp

extension ExecutionEvent {
    /// What happened: one case for each kind of event.
    public typealias Kind = OneOf_Event
}

extension ProtobufValue {
    /// JSON's null. A plain `nil` assigned to a message's field means null too, which is easily read as "not set".
    public static var null: ProtobufValue { ProtobufValue(nilLiteral: ()) }
}
