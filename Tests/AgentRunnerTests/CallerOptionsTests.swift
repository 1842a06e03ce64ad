import HTTPServer
import Testing

@testable import agent_runner

@Suite("Where the service listens and whom it answers")
struct CallerOptionsTests {
    @Test(
        "an address that others reach is refused in one line unless somebody insists",
        arguments: [
            ("127.0.0.1:0", true), ("127.1.2.3:80", true), ("localhost:80", true), ("[::1]:80", true),
            ("0.0.0.0:7235", false), (":7235", false), ("[::]:7235", false), ("192.168.1.5:7235", false),
            ("box.lan:7235", false), ("127.0.0.1.evil.example:1", false), ("[::ffff:127.0.0.1]:1", false),
        ]
    )
    func strangers(address: String, isAllowed: Bool) throws {
        let plain = try CallerOptions.parse(["--listen", address])
        if isAllowed {
            #expect(try plain.address(Settings(environment: [:]), tls: nil) == ListenAddress(address))
        } else {
            let onlySpeaks = TLSConfiguration(certificateFile: "c", keyFile: "k")
            #expect(throws: StartError.self) { try plain.address(Settings(environment: [:]), tls: onlySpeaks) }
            let error = #expect(throws: StartError.self) { try plain.address(Settings(environment: [:]), tls: nil) }
            #expect(error?.description.contains("--insecure") == true)
            #expect(error?.description.contains("\n") == false)
        }
        let asks = TLSConfiguration(certificateFile: "c", keyFile: "k", clientCAFile: "ca")
        #expect(try plain.address(Settings(environment: [:]), tls: asks) == ListenAddress(address))
        let insists = try CallerOptions.parse(["--listen", address, "--insecure"])
        #expect(try insists.address(Settings(environment: [:]), tls: nil) == ListenAddress(address))
        #expect(
            try plain.address(Settings(environment: ["STIGMER_INSECURE": "true"]), tls: nil) == ListenAddress(address)
        )
    }

    @Test(
        "what is no origin is refused by name",
        arguments: ["example.org", "https://", "https://example.org/", "https://*.example.org", "https//a", "://a"]
    )
    func noOrigin(text: String) throws {
        let options = try CallerOptions.parse(["--allow-origin", text])
        let address = ListenAddress(host: "127.0.0.1", port: 1)
        let error = #expect(throws: StartError.self) {
            try options.policy(Settings(environment: [:]), listening: address, tls: nil)
        }
        #expect(error?.description.hasPrefix("--allow-origin \(text.debugDescription): give an origin") == true)
    }

    @Test("a list is of flags, else of the variable's entries; a wrong entry is named with where it stands")
    func lists() throws {
        let settings = Settings(environment: ["STIGMER_ALLOW_HOST": "a, b ,,c", "STIGMER_ALLOW_ORIGIN": "http://a,b"])
        #expect(try settings.list("allow-host", [], expected: "x") { $0 } == ["a", "b", "c"])
        #expect(try settings.list("allow-host", ["x", "y"], expected: "x") { $0 } == ["x", "y"])
        #expect(try Settings(environment: [:]).list("allow-host", [], expected: "x") { $0 } == [])
        let error = #expect(throws: StartError.self) {
            try CallerOptions.parse([]).policy(settings, listening: ListenAddress(host: "::1", port: 1), tls: nil)
        }
        #expect(error?.description.hasPrefix("STIGMER_ALLOW_ORIGIN \"b\": ") == true)
    }

    @Test("a host is a name or an address, without a port", arguments: ["a:80", "http://a", "*.a", "a b"])
    func noHost(text: String) throws {
        let options = try CallerOptions.parse(["--allow-host", text])
        #expect(throws: StartError.self) {
            try options.policy(Settings(environment: [:]), listening: ListenAddress(host: "::1", port: 1), tls: nil)
        }
    }

    @Test(
        "a certificate and its key come together, by flag or variable",
        arguments: [
            ([], [:], nil), (["--tls-cert", "c", "--tls-key", "k"], [:], ["c", "k", nil]),
            (["--tls-cert", "c"], ["STIGMER_TLS_KEY": "k", "STIGMER_TLS_CLIENT_CA": "a"], ["c", "k", "a"]),
            (["--tls-client-ca", "a"], ["STIGMER_TLS_CERT": " ", "STIGMER_TLS_KEY": ""], []),
            (["--tls-key", "k"], [:], []),
            (["--tls-cert", "c"], [:], []),
        ] as [([String], [String: String], [String?]?)]
    )
    func files(flags: [String], variables: [String: String], expected: [String?]?) throws {
        let options = try TLSOptions.parse(flags)
        let settings = Settings(environment: variables)
        guard expected?.isEmpty != true else {
            #expect(throws: StartError.self) { try options.configuration(settings) }
            return
        }
        let found = try options.configuration(settings)
        #expect(found.map { [$0.certificateFile, $0.keyFile, $0.clientCAFile] } == expected)
    }
}
