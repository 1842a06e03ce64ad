import StigmerProtos
import SwiftProtobuf

/// Reads a request's message, and says what is wrong with one that cannot be read.
enum RequestDecoder {
    static func decode<Request: Message>(
        _ body: [UInt8], _ negotiated: Negotiation
    ) throws(ServiceError) -> Request {
        let message = negotiated.framing.isConnect ? try unwrapped(body) : body[...]
        switch negotiated.message {
        case .json:
            do {
                return try Request(jsonUTF8Bytes: message)
            } catch {
                throw JSONDiagnosis.explain(error, in: Array(message), as: Request.self)
            }
        case .proto:
            do {
                return try Request(serializedBytes: message)
            } catch {
                throw .invalid("the body is not a binary \(Request.protoMessageName): \(error)")
            }
        }
    }

    /// A caller sends one envelope: these procedures take one message.
    private static func unwrapped(_ body: [UInt8]) throws(ServiceError) -> ArraySlice<UInt8> {
        guard body.count >= 5 else { throw .invalid("the body is not a Connect envelope: it has \(body.count) bytes") }
        guard body[0] & 1 == 0 else { throw ServiceError(.unimplemented, "compressed Connect messages are not taken") }
        guard body[0] == 0 else { throw .invalid("the Connect envelope has the unknown flags \(body[0])") }
        let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard body.count == 5 + length else {
            throw .invalid("the Connect envelope says \(length) bytes, but \(body.count - 5) follow it")
        }
        return body[5...]
    }
}
