import Foundation

/// Certificates made by `openssl` for the time of the tests, in a folder of their own.
public struct TestCertificates: Sendable {
    /// The certificates of this test run.
    public static let made = Task { try await TestCertificates() }

    private let folder: String

    /// The root of all but ``stranger``.
    public var root: String { file("root.pem") }
    /// For `localhost` and 127.0.0.1.
    public var good: Pair { pair("good") }
    /// Another for the same.
    public var renewed: Pair { pair("renewed") }
    /// For `localhost`, until yesterday.
    public var expired: Pair { pair("expired") }
    /// For `elsewhere.example`.
    public var elsewhere: Pair { pair("elsewhere") }
    /// A caller's.
    public var caller: Pair { pair("caller") }
    /// For `localhost`, signed by itself.
    public var stranger: Pair { pair("stranger") }

    /// A certificate's file and its key's.
    public struct Pair: Sendable {
        /// The certificate, in PEM.
        public let certificate: String
        /// The key, in PEM.
        public let key: String
    }

    /// The path of a file in the folder.
    public func file(_ name: String) -> String { "\(folder)/\(name)" }

    private func pair(_ name: String) -> Pair { Pair(certificate: file("\(name).pem"), key: file("\(name).key")) }

    private init() async throws {
        folder = NSTemporaryDirectory() + "certificates-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await selfSigned("root", "/CN=Root of the tests", "basicConstraints=critical,CA:TRUE")
        try await selfSigned("stranger", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        let here = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        try await signed("good", here)
        try await signed("renewed", here)
        try await signed("expired", here, days: "-1")
        try await signed("elsewhere", "subjectAltName=DNS:elsewhere.example")
        try await signed("caller", "extendedKeyUsage=clientAuth")
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private func selfSigned(_ name: String, _ subject: String, _ extensions: String) async throws {
        try await openssl(
            ["req", "-x509", "-days", "2", "-subj", subject, "-addext", extensions] + Self.newKey
                + ["-keyout", file("\(name).key"), "-out", file("\(name).pem")]
        )
    }

    private func signed(_ name: String, _ extensions: String, days: String = "2") async throws {
        try await openssl(
            ["req", "-subj", "/CN=\(name)", "-addext", extensions] + Self.newKey
                + ["-keyout", file("\(name).key"), "-out", file("\(name).csr")]
        )
        try await openssl([
            "x509", "-req", "-in", file("\(name).csr"), "-CA", root, "-CAkey", file("root.key"), "-days", days,
            "-copy_extensions", "copy", "-out", file("\(name).pem"),
        ])
    }

    private func openssl(_ arguments: [String]) async throws {
        let tool = try CommandLineTool("openssl", arguments)
        try tool.endInput()
        guard try await tool.exit() == 0 else { throw RawClient.Failure(description: tool.output) }
    }
}
