import StigmerProtos
import SwiftProtobuf

/// Reads a request's message, and says what is wrong with one that cannot be read.
enum RequestDecoder {
    /// Bodies up to this size are decoded on the loop: that takes less than a visit to another thread disturbs.
    private static let loopLimit = 64 * 1024

    /// Decodes a small body here and a large one on another thread, so that it holds up no stream of this loop.
    static func decodeAnywhere<Request: Message & Sendable>(
        _ body: [UInt8],
        _ negotiated: Negotiation
    ) async throws(ServiceError) -> Request {
        // What is compressed may be as long as a body may be, however short it came.
        guard body.count > loopLimit || negotiated.compression != nil else { return try decode(body, negotiated) }
        let result = await withTaskExecutorPreference(globalConcurrentExecutor) {
            do throws(ServiceError) {
                return Result<Request, ServiceError>.success(try decode(body, negotiated))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    static func decode<Request: Message>(
        _ body: [UInt8],
        _ negotiated: Negotiation
    ) throws(ServiceError) -> Request {
        let message = try plain(body, negotiated)
        switch negotiated.message {
        case .json:
            if let byHand = (Request.self as? any HandreadJSON.Type)?.init(usualJSON: message) as? Request {
                return byHand
            }
            do {
                return try Request(jsonUTF8Bytes: message)
            } catch {
                throw JSONDiagnosis.explain(error, in: message, as: Request.self)
            }
        case .proto:
            do {
                return try Request(serializedBytes: message)
            } catch {
                throw .invalid("the body is not a binary \(Request.protoMessageName): \(error)")
            }
        }
    }

    /// Decompressed bodies and messages may be as long as those that come plain.
    private static let limit = 4 * 1024 * 1024

    private static func plain(_ body: [UInt8], _ negotiated: Negotiation) throws(ServiceError) -> [UInt8] {
        guard negotiated.framing.isConnect else {
            guard let coding = negotiated.compression else { return body }
            return try decompressed(body, coding)
        }
        // A caller sends one envelope: these procedures take one message.
        guard body.count >= 5 else { throw .invalid("the body is not a Connect envelope: it has \(body.count) bytes") }
        let flags = body[0]
        guard flags & ~1 == 0 else { throw .invalid("the Connect envelope has the unknown flags \(flags)") }
        let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard body.count == 5 + length else {
            throw .invalid("the Connect envelope says \(length) bytes, but \(body.count - 5) follow it")
        }
        guard flags == 1 else { return Array(body[5...]) }
        guard let coding = negotiated.compression else {
            throw .invalid("the Connect envelope is compressed, but no Connect-Content-Encoding says how")
        }
        return try decompressed(body[5...], coding)
    }

    private static func decompressed(
        _ bytes: some Collection<UInt8>,
        _ coding: String
    ) throws(ServiceError) -> [UInt8] {
        guard coding == "gzip" else {
            throw ServiceError(
                .unimplemented,
                "the coding \(coding.debugDescription) is not taken; gzip and identity are",
                headers: [.acceptEncoding: "gzip, identity"]
            )
        }
        return try Gzip.decompressed(bytes, limit: limit)
    }
}
