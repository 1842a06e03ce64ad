import EventLoop
import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@Suite("Servers' certificates")
struct ClientTLSTests {
    /// `openssl s_server`, which answers with a page about the connection.
    private static func serve(_ pair: TestCertificates.Pair) async throws -> (tool: CommandLineTool, port: String) {
        let tool = try CommandLineTool(
            "openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", pair.certificate, "-key", pair.key]
        )
        try await tool.waitFor("ACCEPT 127.0.0.1:")
        let line = tool.output.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }
        return (tool, line?.split(separator: ":").last.map(String.init) ?? "")
    }

    private static func fetch(_ port: String, caFile: String?, _ backend: ReadinessBackend) async throws -> String {
        let group = try EventLoopGroup(count: 1, backend: backend)
        let client = try HTTPClient(group: group, caFile: caFile)
        let loop = group.next()
        return try await loop.run {
            let request = HTTPClientRequest(method: .get, url: "https://localhost:\(port)/")
            return try await text(try await client.send(request, on: loop))
        }
    }

    @Test("a server whose root is trusted is read", arguments: ReadinessBackend.allCases)
    func trusted(backend: ReadinessBackend) async throws {
        let made = try await TestCertificates.made.value
        let (tool, port) = try await Self.serve(made.good)
        let page = try await Self.fetch(port, caFile: made.root, backend)
        #expect(page.contains("TLSv1.3"))
        _ = tool
    }

    @Test(
        "a server whose certificate is wrong is refused before anything is sent, and why is said",
        arguments: [
            (\.good, false, "unable to get local issuer certificate"), (\.stranger, true, "self-signed"),
            (\.expired, true, "expired"), (\.elsewhere, true, "subject name"),
        ] as [(KeyPath<TestCertificates, TestCertificates.Pair> & Sendable, Bool, String)]
    )
    func refused(
        pair: KeyPath<TestCertificates, TestCertificates.Pair> & Sendable,
        isRootTrusted: Bool,
        words: String
    ) async throws {
        let made = try await TestCertificates.made.value
        let (tool, port) = try await Self.serve(made[keyPath: pair])
        let error = await #expect(throws: HTTPClientError.self) {
            try await Self.fetch(port, caFile: isRootTrusted ? made.root : nil, .standard)
        }
        #expect(error?.kind == .certificateRefused)
        #expect(error?.detail.contains(words) == true, "\(error?.detail ?? "")")
        _ = tool
    }
}
