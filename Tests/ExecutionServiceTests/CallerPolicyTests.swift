import HTTPTypes
import Testing

@testable import ExecutionService
@testable import HTTPServer

@Suite("Who may call from a browser")
struct CallerPolicyTests {
    private static func head(
        _ method: HTTPRequest.Method = .post,
        host: String?,
        origin: String? = nil,
        _ more: HTTPFields = [:]
    ) -> RequestHead {
        var headers = more
        if let host, let name = HTTPField.Name("Host") { headers[name] = host }
        headers[.origin] = origin
        return RequestHead(
            method: method,
            path: "/v1/execute",
            query: nil,
            headers: headers,
            isHTTP11: true,
            framing: .none
        )
    }

    struct HostRow: CustomTestStringConvertible {
        let listening: String
        let host: String?
        let isLetIn: Bool
        var allowed: [String] = []
        var isEncrypted = false

        var testDescription: String { "\(listening) called as \(host ?? "nothing")" }
    }

    private static let hostRows: [HostRow] = [
        HostRow(listening: "127.0.0.1:7235", host: "127.0.0.1:7235", isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "localhost", isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "LocalHost:9999", isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "127.8.9.10:1", isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "[::1]:7235", isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "[::1]", isLetIn: true),
        // HTTP/1.0 has none, and no browser leaves it out.
        HostRow(listening: "127.0.0.1:7235", host: nil, isLetIn: true),
        HostRow(listening: "127.0.0.1:7235", host: "evil.example", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "evil.example:7235", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "localhost.evil.example", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "127.0.0.1.evil.example:7235", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "evil.localhost", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "localhost.", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: ":7235", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "::1", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "[::1", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "localhost:port", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "192.168.1.5:7235", isLetIn: false),
        HostRow(listening: "127.0.0.1:7235", host: "[::2]:7235", isLetIn: false),
        HostRow(listening: "192.168.1.5:7235", host: "192.168.1.5:7235", isLetIn: true),
        HostRow(listening: "192.168.1.5:7235", host: "192.168.1.6:7235", isLetIn: false),
        HostRow(listening: "box.lan:7235", host: "BOX.lan:7235", isLetIn: true),
        // Every address of the machine: any address may be its own, a name is not.
        HostRow(listening: "0.0.0.0:7235", host: "192.168.1.5:7235", isLetIn: true),
        HostRow(listening: ":7235", host: "[fe80::1]:7235", isLetIn: true),
        HostRow(listening: "0.0.0.0:7235", host: "evil.example:7235", isLetIn: false),
        HostRow(listening: "0.0.0.0:7235", host: "runner:7235", isLetIn: true, allowed: ["other", "Runner"]),
        HostRow(listening: "0.0.0.0:7235", host: "runner.evil.example", isLetIn: false, allowed: ["runner"]),
        HostRow(listening: "127.0.0.1:7235", host: "evil.example", isLetIn: true, allowed: ["*"]),
        HostRow(listening: "127.0.0.1:7235", host: "evil.example", isLetIn: true, isEncrypted: true),
    ]

    @Test("a host that is not the service's own is refused by name", arguments: hostRows)
    func hosts(row: HostRow) throws {
        let policy = CallerPolicy(
            listening: try #require(ListenAddress(row.listening)),
            isEncrypted: row.isEncrypted,
            allowedHosts: row.allowed
        )
        if row.isLetIn {
            #expect(try policy.judge(Self.head(host: row.host)) == .serve(headers: [:]))
        } else {
            let error = #expect(throws: ServiceError.self) { try policy.judge(Self.head(host: row.host)) }
            #expect(error?.code == .permissionDenied)
            #expect(error?.status == 403)
            #expect(error?.message.contains((row.host ?? "").debugDescription) == true)
        }
    }

    @Test(
        "a page of a foreign origin is refused, one of this machine or of an allowed origin is not",
        arguments: [
            ("http://localhost:3000", [], true), ("http://127.0.0.1:7235", [], true), ("http://[::1]:80", [], true),
            ("https://localhost", [], true), ("http://box.lan:7235", [], true), ("HTTP://BOX.LAN:7235", [], true),
            ("http://box.lan", [], false), ("https://evil.example", [], false), ("null", [], false), ("", [], false),
            ("http://localhost.evil.example", [], false), ("http://127.0.0.1.evil.example", [], false),
            ("file://localhost", [], false), ("chrome-extension://localhost", [], false), ("http://", [], false),
            ("https://app.example", ["https://App.example"], true),
            ("http://app.example", ["https://app.example"], false),
            ("https://app.example:444", ["https://app.example"], false), ("null", ["null"], true),
            ("https://evil.example", ["*"], true), ("null", ["*"], true),
        ] as [(String, [String], Bool)]
    )
    func origins(origin: String, allowed: [String], isLetIn: Bool) throws {
        let policy = CallerPolicy(listening: ListenAddress(host: "box.lan", port: 7235), allowedOrigins: allowed)
        let head = Self.head(host: "box.lan:7235", origin: origin)
        if isLetIn {
            guard case .serve(let headers) = try policy.judge(head) else {
                Issue.record("taken for a preflight")
                return
            }
            #expect(headers[.accessControlAllowOrigin] == origin)
            #expect(headers[.accessControlExposeHeaders]?.contains("Execution-Id") == true)
            #expect(headers[.vary] == "Origin")
        } else {
            let error = #expect(throws: ServiceError.self) { try policy.judge(head) }
            #expect(error?.status == 403)
            #expect(error?.message.contains(origin.debugDescription) == true)
        }
    }

    @Test("an allowed origin does not make up for a foreign host")
    func originDoesNotAllowHost() {
        let policy = CallerPolicy(allowedOrigins: ["*"])
        #expect(throws: ServiceError.self) {
            try policy.judge(Self.head(host: "evil.example", origin: "http://evil.example"))
        }
    }

    @Test("a browser that asks first is told what the page may do")
    func preflight() throws {
        let policy = CallerPolicy(allowedOrigins: ["https://app.example"])
        var asks: HTTPFields = [
            .accessControlRequestMethod: "POST", .accessControlRequestHeaders: "content-type,connect-protocol-version",
        ]
        let name = try #require(HTTPField.Name("Access-Control-Request-Private-Network"))
        asks[name] = "true"
        let head = Self.head(.options, host: "localhost:7235", origin: "https://app.example", asks)
        guard case .preflight(let headers) = try policy.judge(head) else {
            Issue.record("not taken for a preflight")
            return
        }
        #expect(headers[.accessControlAllowOrigin] == "https://app.example")
        #expect(headers[.accessControlAllowMethods]?.contains("DELETE") == true)
        #expect(headers[.accessControlAllowHeaders] == "content-type,connect-protocol-version")
        #expect(headers[try #require(HTTPField.Name("Access-Control-Allow-Private-Network"))] == "true")
        let foreign = Self.head(.options, host: "localhost:7235", origin: "https://evil.example", asks)
        #expect(throws: ServiceError.self) { try policy.judge(foreign) }
    }

    @Test("a program that sends no Origin gets no CORS headers, and its OPTIONS is no preflight")
    func noOrigin() throws {
        let head = Self.head(.options, host: "localhost", [.accessControlRequestMethod: "POST"])
        #expect(try CallerPolicy(allowedOrigins: ["*"]).judge(head) == .serve(headers: [:]))
    }
}
