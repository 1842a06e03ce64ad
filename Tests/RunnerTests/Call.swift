import StigmerProtos
import SwiftProtobuf
import TestSupport

/// One streamed execution as its caller saw it.
struct Call {
    /// The answer did not come to its end.
    struct Cut: Error {
        let answer: String
    }

    let status: Int
    let executionID: String
    let events: [ExecutionEvent]
    /// The whole answer, for what must not stand in it.
    let raw: String

    /// Executes over HTTP and reads to the end of the stream.
    ///
    /// - Parameters:
    ///   - model: crosses to another provider, as `openai:m`.
    ///   - onText: called when the first piece of text has come.
    static func execute(
        port: UInt16,
        model: String? = nil,
        onText: () -> Void = {}
    ) async throws -> Call {
        let client = try RawClient(port: port)
        let config = model.map { #","executionConfig":{"modelName":"\#($0)"}"# } ?? ""
        try await client.send(post("/v1/execute", #"{"spec":{"message":"Hi"\#(config)}}"#))
        var hasText = false
        try await eventually("the execution's stream ends", within: .seconds(60)) {
            client.receive()
            if !hasText, client.received.firstRange(of: Array("textDelta".utf8)) != nil {
                hasText = true
                onText()
            }
            return client.ending != nil || client.received.suffix(5).elementsEqual("0\r\n\r\n".utf8)
                || client.received.starts(with: "HTTP/1.1 4".utf8)
        }
        let response = try await client.response()
        guard response.isWhole else { throw Cut(answer: response.body) }
        guard response.status == 200 else {
            return Call(status: response.status, executionID: "", events: [], raw: response.head + response.body)
        }
        return Call(
            status: response.status,
            executionID: response.header("Execution-Id") ?? "",
            events: try response.body.split(separator: "\n").map { try ExecutionEvent(jsonString: String($0)) },
            raw: response.head + response.body
        )
    }

    /// A request with a JSON body.
    static func post(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Sends a request on a connection of its own.
    static func send(_ request: String, port: UInt16) async throws -> RawClient.Response {
        let client = try RawClient(port: port)
        try await client.send(request)
        return try await client.response()
    }

    static func get(_ path: String, port: UInt16) async throws -> RawClient.Response {
        try await send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", port: port)
    }

    /// What the pieces say together.
    var text: String {
        events.reduce(into: "") { if case .textDelta(let delta)? = $1.event { $0 += delta.text } }
    }

    var completed: [ExecutionEvent.MessageCompleted] {
        events.compactMap { if case .messageCompleted(let completed)? = $0.event { completed } else { nil } }
    }

    var finished: [ExecutionEvent.Finished] {
        events.compactMap { if case .finished(let finished)? = $0.event { finished } else { nil } }
    }

    var retries: Int {
        events.count { if case .progress(let progress)? = $0.event { progress.what == "retrying" } else { false } }
    }

    /// The cursors of the durable events.
    var durable: [String] { events.map(\.cursor).filter { !$0.contains(".") } }
}
