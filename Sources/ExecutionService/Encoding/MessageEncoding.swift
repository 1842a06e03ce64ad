import StigmerProtos
import SwiftProtobuf
import WireJSON

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
        case .json:
            if let message = message as? any HandwrittenJSON {
                var writer = JSONWriter()
                writer.bytes.reserveCapacity(960)
                if message.write(to: &writer) { return writer.bytes }
            }
            return try message.jsonBytes()
        case .proto:
            return try message.serializedBytes()
        }
    }
}
