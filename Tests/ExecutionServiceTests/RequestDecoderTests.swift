import Failures
import StigmerProtos
import Testing

@testable import ExecutionService

@Suite struct RequestDecoderTests {
    private static let json = Array(#"{"spec":{"message":"Hi"}}"#.utf8)
    private static let proto: [UInt8] = [0x22, 4, 0x1A, 2, 0x48, 0x69]

    private static let plainJSON = Negotiation(message: .json, framing: .lines, compression: nil)
    private static let plainProto = Negotiation(message: .proto, framing: .lines, compression: nil)

    private static func connect(_ message: MessageEncoding, _ compression: String? = nil) -> Negotiation {
        Negotiation(message: message, framing: .connect(message), compression: compression)
    }

    static let good: [(body: [UInt8], negotiated: Negotiation)] = [
        (json, plainJSON),
        (proto, plainProto),
        (gzip(json), Negotiation(message: .json, framing: .serverSentEvents, compression: "gzip")),
        (gzip(proto), Negotiation(message: .proto, framing: .lines, compression: "gzip")),
        (Frames.envelope(json), connect(.json)),
        (Frames.envelope(proto), connect(.proto)),
        (Frames.envelope(proto), connect(.proto, "gzip")),
        (Frames.envelope(proto), connect(.proto, "br")),
        (Frames.envelope(gzip(proto), flags: 1), connect(.proto, "gzip")),
    ]

    @Test(arguments: good.indices)
    func aRequestIsReadInEveryForm(index: Int) throws {
        let row = Self.good[index]
        let request: AgentExecution = try RequestDecoder.decode(row.body, row.negotiated)
        #expect(request.spec.message == "Hi")
    }

    @Test func theEmptyBinaryMessageIsEmpty() throws {
        let request: AgentExecution = try RequestDecoder.decode([], Self.plainProto)
        #expect(request == AgentExecution())
    }

    static let bad: [(body: [UInt8], negotiated: Negotiation, code: FailureCode, words: String)] = [
        (json, plainProto, .invalidArgument, "not a binary"),
        ([0x22], plainProto, .invalidArgument, "not a binary"),
        ([], connect(.json), .invalidArgument, "it has 0 bytes"),
        ([0, 0, 0, 0], connect(.json), .invalidArgument, "it has 4 bytes"),
        (json, connect(.json), .invalidArgument, "unknown flags"),
        (Frames.envelope(json, flags: 2), connect(.json), .invalidArgument, "unknown flags 2"),
        (Frames.envelope(json) + [0], connect(.json), .invalidArgument, "says 25 bytes, but 26 follow"),
        (Array(Frames.envelope(json).dropLast()), connect(.json), .invalidArgument, "says 25 bytes, but 24 follow"),
        (Frames.envelope(json) + Frames.envelope(json), connect(.json), .invalidArgument, "says 25 bytes"),
        ([0, 0xFF, 0xFF, 0xFF, 0xFF], connect(.json), .invalidArgument, "says 4294967295 bytes"),
        (Frames.envelope(gzip(json), flags: 1), connect(.json), .invalidArgument, "no Connect-Content-Encoding"),
        (Frames.envelope(json, flags: 1), connect(.json, "gzip"), .invalidArgument, "not gzip"),
        (Frames.envelope(json, flags: 1), connect(.json, "br"), .unimplemented, "\"br\" is not taken"),
        (json, Negotiation(message: .json, framing: .lines, compression: "zstd"), .unimplemented, "\"zstd\""),
        (json, Negotiation(message: .json, framing: .lines, compression: "gzip"), .invalidArgument, "not gzip"),
        (
            gzip([UInt8](repeating: 0x20, count: 4 * 1024 * 1024 + 1)),
            Negotiation(message: .json, framing: .lines, compression: "gzip"), .resourceExhausted, "over 4194304 bytes"
        ),
    ]

    @Test(arguments: bad.indices)
    func aWrongOneIsRefusedWithItsReason(index: Int) {
        let row = Self.bad[index]
        let error = #expect(throws: ServiceError.self) {
            let _: AgentExecution = try RequestDecoder.decode(row.body, row.negotiated)
        }
        #expect(error?.code == row.code)
        #expect(error?.message.contains(row.words) == true, "\(error?.message ?? "")")
    }
}
