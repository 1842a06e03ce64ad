import TestSupport

extension Fault {
    /// Streams that are cut, broken off, or end without the provider's word that the answer is complete.
    static let cuts: [Fault] = [
        Fault("closed without an answer", .fails(.unavailable, says: "without an answer"), attempts: 3) { _ in
            [.close]
        },
        Fault("reset without an answer", .fails(.unavailable), attempts: 3) { _ in [.reset] },
        Fault("cut in the head", .fails(.unavailable), attempts: 3) { _ in
            [.raw("HTTP/1.1 200 OK\r\nContent-Ty"), .close]
        },
        Fault("interim response, then cut", .fails(.unavailable), attempts: 3) { _ in
            [.raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), .close]
        },
        Fault("closed after the head", .fails(.unavailable), attempts: 3) { [$0.dialect.start, .close] },
        Fault("cut before the first text, then well", .recovers, attempts: 2) {
            [$0.dialect.start, .chunk($0.dialect.unknown), .close]
        },
        Fault("empty chunked body", .fails(.unavailable, says: "not complete"), attempts: 3) {
            [$0.dialect.start, .end]
        },
        Fault("Content-Length of zero", .fails(.unavailable, says: "not complete"), attempts: 3) {
            [.answer(200, ["Content-Type": $0.dialect.streamType], "")]
        },
        Fault("pings alone", .fails(.unavailable, says: "not complete"), attempts: 3) {
            [$0.dialect.start, .chunk($0.dialect.ping), .chunk($0.dialect.ping), .end]
        },
        Fault("cut in the JSON before the first text", .fails(.unavailable), attempts: 3) {
            [$0.dialect.start, .chunk($0.dialect.cutInJSON), .close]
        },
        afterText("ended without an end marker", .fails(.unavailable, kept: "Hello", says: "not complete")) { _ in
            [.end]
        },
        afterText("closed between tokens", .fails(.unavailable, kept: "Hello", says: "broke in the middle")) { _ in
            [.close]
        },
        afterText("reset between tokens", .fails(.unavailable, kept: "Hello", says: "broke in the middle")) { _ in
            [.reset]
        },
        afterText("cut in a chunk", .fails(.unavailable, kept: "Hello")) {
            [.raw("fff\r\n"), .raw($0.text(" more").prefix(30) + ""), .close]
        },
        afterText("cut in a chunk's size", .fails(.unavailable, kept: "Hello")) { _ in [.raw("ff"), .close] },
        afterText("cut in a character", .fails(.unavailable, kept: "Hello")) { [.chunk($0.cutInCharacter), .close] },
        afterText("ended in a character", .fails(.unavailable, kept: "Hello")) { [.chunk($0.cutInCharacter), .end] },
        afterText("cut in the JSON", .fails(.unavailable, kept: "Hello")) { [.chunk($0.cutInJSON), .close] },
        afterText("ended in the JSON", .fails(.unavailable, kept: "Hello", says: "not complete")) {
            [.chunk($0.cutInJSON), .end]
        },
        Fault("Content-Length of a terabyte, then cut", .fails(.unavailable, kept: "Hello")) {
            [
                .raw(
                    "HTTP/1.1 200 OK\r\nContent-Type: \($0.dialect.streamType)\r\nContent-Length: 1099511627776\r\n\r\n"
                ),
                .raw($0.dialect.text("Hello")), .wait($0.seen), .close,
            ]
        },
        Fault("HTTP/1.0, cut", .fails(.unavailable, kept: "Hello", says: "not complete")) {
            [
                .raw("HTTP/1.0 200 OK\r\nContent-Type: \($0.dialect.streamType)\r\n\r\n"),
                .raw($0.dialect.text("Hello")),
                .wait($0.seen), .close,
            ]
        },
        Fault("HTTP/1.0, whole", .completes("Hello")) {
            [
                .raw("HTTP/1.0 200 OK\r\nContent-Type: \($0.dialect.streamType)\r\n\r\n"),
                .raw($0.dialect.text("Hello") + $0.dialect.end), .close,
            ]
        },
        afterText("closed after the end marker", .completes("Hello")) { [.chunk($0.end), .close] },
        afterText("reset after the end marker", .completes("Hello")) { [.chunk($0.end), .reset] },
        afterText("garbage after the end marker", .completes("Hello")) {
            [.chunk($0.end), .chunk("{]\u{0}\n\ndata: ?\n\n")]
        },
        afterText("garbage chunk after the end marker", .completes("Hello")) {
            [.chunk($0.end), .raw("zz\r\n"), .close]
        },
        afterText("text after the end marker", .completes("Hello")) { [.chunk($0.end + $0.text("!"))] },
        afterText("error after the end marker", .completes("Hello")) { [.chunk($0.end + $0.error)] },
        afterText("end marker twice", .completes("Hello")) { [.chunk($0.end), .chunk($0.end)] },
        afterText("never closed after the end marker", .completes("Hello")) { [.chunk($0.end), .hang] },
    ]

    /// What a provider says inside a stream.
    static let contents: [Fault] = [
        Fault("error before the first text", .fails(.unavailable, says: "(after 3 attempts)"), attempts: 3) {
            [$0.dialect.start, .chunk($0.dialect.error)]
        },
        Fault("error before the first text, then well", .recovers, attempts: 2) {
            [$0.dialect.start, .chunk($0.dialect.error)]
        },
        afterText("error after the first text", .fails(.unavailable, kept: "Hello")) { [.chunk($0.error)] },
        Fault(
            "lasting error before the first text",
            .fails(.invalidArgument),
            dialects: [.anthropic, .openAI]
        ) { [$0.dialect.start, .chunk($0.dialect.lastingError ?? "")] },
        afterText(
            "lasting error after the first text",
            .fails(.invalidArgument, kept: "Hello"),
            dialects: [.anthropic, .openAI]
        ) { [.chunk($0.lastingError ?? "")] },
        Fault("empty pieces", .completes("Hello")) {
            let d = $0.dialect
            return [d.start, .chunk(d.text("") + d.text("")), .chunk(d.text("Hello") + d.text("") + d.end)]
        },
        Fault("lines of white space", .completes("Hello")) {
            let d = $0.dialect
            return [d.start, .chunk("\n \n\t \r\n\r\n"), .chunk(d.text("Hello") + "\n \n\n" + d.end)]
        },
        Fault("pings all along", .completes("Hello")) {
            let d = $0.dialect
            return [d.start, .chunk(d.ping + d.text("Hel") + d.ping), .chunk(d.ping + d.text("lo") + d.ping + d.end)]
        },
        Fault("unknown events", .completes("Hello")) {
            let d = $0.dialect
            return [d.start, .chunk(d.unknown), .chunk(d.text("Hello") + d.unknown + d.end)]
        },
        Fault("one byte a chunk", .completes("Hé😀")) {
            let bytes = Array(($0.dialect.text("Hé😀") + $0.dialect.end).utf8)
            return [$0.dialect.start] + bytes.map { .chunk([$0]) }
        },
        Fault("no Content-Type", .completes("Hello")) {
            [.respond(200, [:]), .chunk($0.dialect.text("Hello") + $0.dialect.end)]
        },
        Fault("interim responses", .completes("Hello")) {
            [
                .raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), $0.dialect.start,
                .chunk($0.dialect.text("Hello") + $0.dialect.end),
            ]
        },
        Fault("chunk extensions and trailers", .completes("Hello")) {
            let body = $0.dialect.text("Hello") + $0.dialect.end
            return [
                .raw("HTTP/1.1 200 OK\r\nContent-Type: \($0.dialect.streamType)\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .raw("\(String(body.utf8.count, radix: 16));a=b\r\n\(body)\r\n0\r\nX-Trailer: 1\r\n\r\n"),
            ]
        },
        Fault("a known field of another type", .fails(.internal)) { [$0.dialect.start, .chunk($0.dialect.wrongType)] },
        afterText("a known field of another type later", .fails(.internal, kept: "Hello")) { [.chunk($0.wrongType)] },
        afterText("an array where an object belongs", .fails(.internal, kept: "Hello", says: "not its API's")) {
            [.chunk($0.name == "ollama" ? "[1]\n" : "data: [1]\n\n")]
        },
        afterText("a text that is no UTF-8", .fails(.internal, kept: "Hello", says: "not its API's")) {
            let bytes = Array($0.text("~").utf8)
            return [.chunk(bytes.map { $0 == UInt8(ascii: "~") ? 0xFF : $0 })]
        },
    ]
}
