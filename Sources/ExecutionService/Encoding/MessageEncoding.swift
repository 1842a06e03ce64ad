import StigmerProtos
import SwiftProtobuf

/// The two forms of one message.
enum MessageEncoding: Sendable {
    case json
    case proto

    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .proto: "application/proto"
        }
    }

    func encode(_ message: some Message) throws -> [UInt8] {
        switch self {
        case .json: try message.jsonBytes()
        case .proto: try message.serializedBytes()
        }
    }
}
