import TestSupport

extension Fault {
    /// Answers that are no stream of the provider's, or no HTTP.
    static let answers: [Fault] = [
        Fault("200 with a page", .fails(.internal, says: "text/html instead of a stream")) { _ in
            [.answer(200, ["Content-Type": "text/html; charset=utf-8"], "<html>Welcome</html>")]
        },
        Fault(
            "200 with JSON that is no stream",
            .fails(.internal, says: "application/json instead of a stream"),
            dialects: [.anthropic, .openAI]
        ) { _ in [.answer(200, ["Content-Type": "application/json"], #"{"status":"ok"}"#)] },
        Fault(
            "200 with JSON that is no answer",
            .fails(.unavailable, says: "not complete"),
            attempts: 3,
            dialects: [.ollama]
        ) { _ in [.answer(200, ["Content-Type": "application/json"], #"{"status":"ok"}"#)] },
        Fault("200 with an error in JSON", .fails(.unavailable, says: "as scripted"), attempts: 3) {
            [.answer(200, ["Content-Type": "application/json"], $0.dialect.errorBody("as scripted"))]
        },
        Fault("200 with text", .fails(.internal), dialects: [.ollama]) { _ in
            [.answer(200, ["Content-Type": "text/plain"], "Ollama is running\n")]
        },
        Fault("gzip that nobody asked for", .fails(.internal, says: "gzip")) {
            [
                .raw("HTTP/1.1 200 OK\r\nContent-Type: \($0.dialect.streamType)\r\nContent-Encoding: gzip\r\n"),
                .raw("Content-Length: 25\r\n\r\n"),
                .raw([31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 231, 2, 0, 32, 48, 58, 54, 6, 0, 0]),
            ]
        },
        Fault("the encoding that is none", .completes("Hello")) {
            [
                .answer(
                    200,
                    ["Content-Type": $0.dialect.streamType, "Content-Encoding": "identity"],
                    $0.dialect.text("Hello") + $0.dialect.end
                )
            ]
        },
        Fault("not HTTP", .fails(.internal, says: "does not speak HTTP")) { _ in
            [.raw("SSH-2.0-OpenSSH_9.2p1\r\n"), .close]
        },
        Fault("chunked garbage", .fails(.internal)) { [$0.dialect.start, .raw("hello\r\n"), .hang] },
        afterText("chunked garbage later", .fails(.internal, kept: "Hello")) { _ in [.raw("hello\r\n"), .hang] },
        Fault("endless headers", .fails(.internal, says: "sent too much")) { _ in
            [.raw("HTTP/1.1 200 OK\r\n")] + (0..<4096).map { .raw("X-\($0): \(String(repeating: "x", count: 60))\r\n") }
                + [.hang]
        },
        Fault("a header without an end", .fails(.internal, says: "sent too much")) { _ in
            [.raw("HTTP/1.1 200 OK\r\nX-Long: "), .raw(String(repeating: "x", count: 300_000)), .hang]
        },
        Fault("a line without an end", .fails(.internal, says: "a line of more than 1048576 bytes")) {
            [$0.dialect.start, .chunk("data: ")]
                + Array(repeating: .chunk(String(repeating: "x", count: 65536)), count: 20) + [.hang]
        },
        afterText("a line without an end later", .fails(.internal, kept: "Hello", says: "a line of more than")) { _ in
            [.chunk("data: ")] + Array(repeating: .chunk(String(repeating: "x", count: 65536)), count: 20) + [.hang]
        },
        Fault("an event without an end", .fails(.internal, says: "more than"), dialects: [.anthropic, .openAI]) {
            let line = "data: \(String(repeating: "x", count: 65530))\n"
            return [$0.dialect.start] + Array(repeating: .chunk(line), count: 20) + [.hang]
        },
    ]

    /// Providers that say nothing.
    static let silences: [Fault] = [
        Fault(
            "silent before the head",
            .fails(.deadlineExceeded, says: "the limit for the first one"),
            clocks: .short(\.firstToken)
        ) { _ in [.hang] },
        Fault(
            "silent before the first text",
            .fails(.deadlineExceeded, says: "the limit for the first one"),
            clocks: .short(\.firstToken)
        ) { [$0.dialect.start, .hang] },
        Fault(
            "pings without a first text",
            .fails(.deadlineExceeded, says: "the limit for the first one"),
            clocks: .short(\.firstToken)
        ) { [$0.dialect.start, .chunk($0.dialect.ping), .chunk($0.dialect.unknown), .chunk($0.dialect.ping), .hang] },
        afterText(
            "silent between tokens",
            .fails(.deadlineExceeded, kept: "Hello", says: "the limit between tokens"),
            clocks: .short(\.betweenTokens)
        ) { _ in [.hang] },
        afterText(
            "pings between tokens",
            .fails(.deadlineExceeded, kept: "Hello", says: "the limit between tokens"),
            clocks: .short(\.betweenTokens)
        ) { [.chunk($0.ping), .chunk($0.ping), .hang] },
        afterText(
            "silent inside a piece",
            .fails(.deadlineExceeded, kept: "Hello", says: "the limit between tokens"),
            clocks: .short(\.betweenTokens)
        ) { [.chunk($0.cutInJSON), .hang] },
    ]
}
