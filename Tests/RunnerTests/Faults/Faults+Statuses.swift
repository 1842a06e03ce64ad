import TestSupport

extension Fault {
    private static func refusal(_ status: Int, _ headers: [String: String] = [:]) -> @Sendable (Stage) -> [ScriptedStep]
    {
        {
            [
                .answer(
                    status,
                    headers.merging(["Content-Type": "application/json"]) { mine, _ in mine },
                    $0.dialect.errorBody("as scripted")
                )
            ]
        }
    }

    /// What a status means, when a call is repeated, and for how long the provider may make it wait.
    static let statuses: [Fault] = [
        Fault("400", .fails(.invalidArgument, says: "(400: as scripted)"), refusal(400)),
        Fault("401", .fails(.unauthenticated, says: "does not accept the key"), refusal(401)),
        Fault("402", .fails(.resourceExhausted, says: "paid first"), refusal(402)),
        Fault("403", .fails(.permissionDenied, says: "(403: as scripted)"), refusal(403)),
        Fault("404", .fails(.notFound, says: "no model \"m\""), refusal(404)),
        Fault("413", .fails(.invalidArgument, says: "(413: as scripted)"), refusal(413)),
        Fault("418", .fails(.invalidArgument, says: "(418: as scripted)"), refusal(418)),
        Fault("408", .fails(.deadlineExceeded, says: "(after 3 attempts)"), attempts: 3, refusal(408)),
        Fault("429", .fails(.resourceExhausted, says: "(after 3 attempts)"), attempts: 3, refusal(429)),
        Fault("500", .fails(.unavailable, says: "(after 3 attempts)"), attempts: 3, refusal(500)),
        Fault("501", .fails(.unavailable, says: "(501: as scripted)"), attempts: 3, refusal(501)),
        Fault("502", .fails(.unavailable, says: "(502: as scripted)"), attempts: 3, refusal(502)),
        Fault("503", .fails(.unavailable, says: "(503: as scripted)"), attempts: 3, refusal(503)),
        Fault("504", .fails(.deadlineExceeded, says: "(504: as scripted)"), attempts: 3, refusal(504)),
        Fault("529", .fails(.unavailable, says: "(529: as scripted)"), attempts: 3, refusal(529)),
        Fault("204", .fails(.internal, says: "status 204")) { _ in
            [.raw("HTTP/1.1 204 No Content\r\n\r\n")]
        },
        Fault("408, then well", .recovers, attempts: 2, refusal(408)),
        Fault("503 twice, then well", .recovers, attempts: 3, refusal(503)),
        Fault(
            "429 with Retry-After in seconds",
            .recovers,
            attempts: 2,
            waits: [.seconds(7)],
            refusal(429, ["Retry-After": "7"])
        ),
        Fault(
            "429 with Retry-After as a date",
            .recovers,
            attempts: 2,
            waits: [.seconds(12)],
            refusal(429, ["Retry-After": "Sun, 06 Nov 1994 08:49:49 GMT"])
        ),
        Fault(
            "503 with a Retry-After that is past",
            .recovers,
            attempts: 2,
            waits: [.zero],
            refusal(503, ["Retry-After": "Sun, 06 Nov 1994 08:00:00 GMT"])
        ),
        Fault(
            "529 with Retry-After",
            .recovers,
            attempts: 3,
            waits: [.seconds(1), .seconds(1)],
            refusal(529, ["retry-after": "1"])
        ),
        Fault(
            "429 with retry-after-ms",
            .recovers,
            attempts: 2,
            waits: [.milliseconds(20)],
            refusal(429, ["retry-after-ms": "20", "Retry-After": "1"])
        ),
        Fault(
            "429 with a Retry-After that is none",
            .recovers,
            attempts: 2,
            refusal(429, ["Retry-After": "in a while"])
        ),
        Fault(
            "429 with a Retry-After below zero",
            .recovers,
            attempts: 2,
            refusal(429, ["Retry-After": "-5"])
        ),
        Fault(
            "429 with a Retry-After beyond the longest wait",
            .fails(.resourceExhausted, says: "asks to wait 61 s, longer than the 60 s allowed"),
            refusal(429, ["Retry-After": "61"])
        ),
        Fault(
            "503 with a date beyond the longest wait",
            .fails(.resourceExhausted, says: "longer than the 60 s allowed"),
            refusal(503, ["Retry-After": "Mon, 07 Nov 1994 08:49:37 GMT"])
        ),
        Fault("503 with a page", .fails(.unavailable, says: "status 503"), attempts: 3) { _ in
            [.answer(503, ["Content-Type": "text/html"], "<html><h1>Bad day</h1></html>")]
        },
        Fault("500 whose body is cut", .fails(.unavailable), attempts: 3) { _ in
            [.raw("HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n{\"error\":"), .close]
        },
        Fault("400 whose body never ends", .fails(.invalidArgument), clocks: .short(\.betweenTokens)) { _ in
            [.raw("HTTP/1.1 400 No\r\nContent-Length: 1000\r\n\r\n{\"error\":"), .hang]
        },
        Fault("400 with a body of a megabyte", .fails(.invalidArgument)) {
            [.answer(400, [:], $0.dialect.errorBody(String(repeating: "x", count: 1 << 20)))]
        },
        redirect(301), redirect(302), redirect(303), redirect(307), redirect(308),
    ]

    private static func redirect(_ status: Int) -> Fault {
        Fault("redirect \(status)", .fails(.failedPrecondition, says: "redirect (\(status)), which is not followed")) {
            [.answer(status, ["Location": $0.elsewhere + "/v1/messages"], "")]
        }
    }
}
