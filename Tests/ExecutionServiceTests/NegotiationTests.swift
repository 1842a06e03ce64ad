import HTTPTypes
import Testing

@testable import ExecutionService

/// The table of `wire.md`.
@Suite struct NegotiationTests {
    static let streams: [(type: String?, accept: String?, answer: String?)] = [
        (nil, nil, "application/x-ndjson"),
        ("", nil, "application/x-ndjson"),
        ("*/*", "*/*", "application/x-ndjson"),
        ("application/json", nil, "application/x-ndjson"),
        ("Application/JSON; charset=UTF-8", nil, "application/x-ndjson"),
        ("application/json;charset=\"utf8\"", nil, "application/x-ndjson"),
        ("application/json; charset=us-ascii; x=y", nil, "application/x-ndjson"),
        ("application/x-ndjson", "application/x-ndjson", "application/x-ndjson"),
        ("application/json", "text/event-stream", "text/event-stream"),
        (nil, "Text/Event-Stream", "text/event-stream"),
        ("application/json", "text/event-stream;q=0.9, */*", "text/event-stream"),
        ("application/connect+json", nil, "application/connect+json"),
        ("application/connect+proto", nil, "application/connect+proto"),
        ("application/connect+json", "text/event-stream", "application/connect+json"),
        ("application/connect+json; charset=utf-8", nil, "application/connect+json"),
        ("application/proto", nil, nil),
        ("application/grpc", nil, nil),
        ("text/plain", nil, nil),
        ("application/json; charset=latin1", nil, nil),
        ("application/json; charset=utf-16", nil, nil),
        ("json", nil, nil),
        ("application/jsonx", nil, nil),
    ]

    @Test(arguments: streams)
    func aStreamIsFramedAsTheCallerSays(row: (type: String?, accept: String?, answer: String?)) {
        let head = head(row.type, row.accept)
        #expect(answer { try Negotiation.streaming(head, isForPeople: false).framing.mediaType } == row.answer)
        #expect(answer { try Negotiation.streaming(head, isForPeople: true).framing.mediaType } == row.answer)
    }

    static let unary: [(type: String?, answer: String?)] = [
        (nil, "application/json"), ("*/*", "application/json"), ("application/json", "application/json"),
        ("application/json;charset=utf-8", "application/json"), ("application/proto", "application/proto"),
        ("APPLICATION/PROTO", "application/proto"), ("application/connect+json", nil),
        ("application/connect+proto", nil), ("application/x-protobuf", nil), ("text/json", nil),
        ("application/json; charset=latin1", nil),
    ]

    @Test(arguments: unary)
    func anAnswerIsEncodedAsTheRequest(row: (type: String?, answer: String?)) {
        let head = head(row.type, nil)
        #expect(answer { try Negotiation.unary(head, isForPeople: false).message.mediaType } == row.answer)
    }

    @Test func curlsOwnContentTypeIsTakenOnThePathsForPeopleOnly() {
        let head = head("application/x-www-form-urlencoded", nil)
        #expect(answer { try Negotiation.unary(head, isForPeople: true).message.mediaType } == "application/json")
        #expect(
            answer { try Negotiation.streaming(head, isForPeople: true).framing.mediaType } == "application/x-ndjson"
        )
        #expect(answer { try Negotiation.unary(head, isForPeople: false).message.mediaType } == nil)
        #expect(answer { try Negotiation.streaming(head, isForPeople: false).framing.mediaType } == nil)
    }

    @Test func theTypeOfNoBodyDoesNotMatter() throws {
        let head = RequestHeads.get(["Content-Type": "text/html", "Accept": "text/event-stream"])
        #expect(try Negotiation.streaming(head, isForPeople: true).framing.mediaType == "text/event-stream")
        #expect(try Negotiation.unary(head, isForPeople: true).message.mediaType == "application/json")
    }

    static let compressions: [(header: String, value: String, type: String, expected: String?)] = [
        ("Content-Encoding", "gzip", "application/json", "gzip"),
        ("Content-Encoding", "GZIP", "application/json", "gzip"),
        ("Content-Encoding", "identity", "application/json", nil),
        ("Content-Encoding", "br", "application/json", "br"),
        ("Connect-Content-Encoding", "gzip", "application/connect+json", "gzip"),
        ("Content-Encoding", "gzip", "application/connect+json", nil),
        ("Connect-Content-Encoding", "gzip", "application/json", nil),
    ]

    @Test(arguments: compressions)
    func theBodysCodingIsTold(row: (header: String, value: String, type: String, expected: String?)) throws {
        let head = RequestHeads.post(["Content-Type": row.type, row.header: row.value])
        #expect(try Negotiation.streaming(head, isForPeople: false).compression == row.expected)
    }

    static let timeouts: [(String?, expected: Duration?, isValid: Bool)] = [
        (nil, nil, true), ("0", .zero, true), ("1", .milliseconds(1), true), ("007", .milliseconds(7), true),
        ("1234567890", .milliseconds(1_234_567_890), true), ("9999999999", .milliseconds(9_999_999_999), true),
        ("12345678901", nil, false), ("00000000001", nil, false), ("", nil, false), ("-1", nil, false),
        ("+1", nil, false), ("1.5", nil, false), ("1e3", nil, false), ("1s", nil, false), ("٣", nil, false),
        ("1 2", nil, false),
    ]

    @Test(arguments: timeouts)
    func theCallersTimeIsANumberOfMilliseconds(row: (text: String?, expected: Duration?, isValid: Bool)) throws {
        let headers = RequestHeads.post(row.text.map { ["Connect-Timeout-Ms": $0] } ?? [:]).headers
        if row.isValid {
            #expect(try Negotiation.timeout(headers) == row.expected)
        } else {
            let error = #expect(throws: ServiceError.self) { try Negotiation.timeout(headers) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains((row.text ?? "").debugDescription) == true)
        }
    }

    @Test(arguments: [(nil, true), ("1", true), ("", false), ("0", false), ("2", false), ("1.0", false), ("v1", false)])
    func theProtocolsVersionIsOne(version: String?, isValid: Bool) {
        let head = RequestHeads.post(version.map { ["Connect-Protocol-Version": $0] } ?? [:])
        #expect((answer { try Negotiation.unary(head, isForPeople: false).message.mediaType } != nil) == isValid)
        #expect((answer { try Negotiation.streaming(head, isForPeople: false).framing.mediaType } != nil) == isValid)
    }

    private func head(_ type: String?, _ accept: String?) -> RequestHeads.Head {
        var headers: [String: String] = [:]
        headers["Content-Type"] = type
        headers["Accept"] = accept
        return RequestHeads.post(headers)
    }

    /// What was negotiated; nil if that was refused, which must be with 415 for a type and 400 for anything else.
    private func answer(_ negotiate: () throws -> String) -> String? {
        do {
            return try negotiate()
        } catch let error as ServiceError {
            #expect(error.status == (error.message.contains("content type") ? 415 : 400))
            return nil
        } catch {
            Issue.record(error)
            return nil
        }
    }
}
