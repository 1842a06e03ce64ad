import EventLoop
import Foundation
import HTTPServer
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite("TLS")
struct TLSTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func files(
        _ pair: (TestCertificates) -> TestCertificates.Pair = { $0.good },
        askingCallers: Bool = false
    ) async throws -> (TLSConfiguration, TestCertificates) {
        let made = try await TestCertificates.made.value
        let pair = pair(made)
        let configuration = TLSConfiguration(
            certificateFile: pair.certificate,
            keyFile: pair.key,
            clientCAFile: askingCallers ? made.root : nil
        )
        return (configuration, made)
    }

    private static func curl(_ arguments: String...) async throws -> (code: Int32, output: String) {
        let tool = try CommandLineTool(
            "curl",
            ["--silent", "--show-error", "--max-time", "30", "--noproxy", "*"] + arguments
        )
        try tool.endInput()
        return (try await tool.exit(), tool.output)
    }

    private static func openssl(_ port: UInt16, _ arguments: String...) throws -> CommandLineTool {
        try CommandLineTool("openssl", ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments)
    }

    // MARK: Handshakes

    @Test("curl is answered over TLS, one request after the other", arguments: ReadinessBackend.allCases)
    func answers(backend: ReadinessBackend) async throws {
        let (tls, made) = try await Self.files()
        try await withServer(backend, tls: tls) { server, port in
            let url = "https://localhost:\(port)/[1-3]"
            let answer = try await Self.curl("--cacert", made.root, "--data", "body", url)
            #expect(answer.code == 0)
            #expect(answer.output.components(separatedBy: "POST /").count == 4)
            #expect(server.figures.acceptedConnections == 1)
        }
    }

    @Test(
        "a caller that checks the certificate refuses a wrong one",
        arguments: [\TestCertificates.expired, \.elsewhere, \.stranger]
    )
    func wrongCertificates(pair: KeyPath<TestCertificates, TestCertificates.Pair> & Sendable) async throws {
        let (tls, made) = try await Self.files { $0[keyPath: pair] }
        try await withServer(.standard, tls: tls) { _, port in
            let refused = try await Self.curl("--cacert", made.root, "https://localhost:\(port)/")
            #expect(refused.code == 60)
            #expect(try await Self.curl("--insecure", "https://localhost:\(port)/").code == 0)
        }
    }

    @Test(
        "TLS 1.2 and 1.3 are spoken, older versions are not",
        arguments: [("-tls1", nil), ("-tls1_1", nil), ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")]
    )
    func versions(flag: String, version: String?) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(.standard, tls: tls) { _, port in
            let client = try Self.openssl(port, flag, "-cipher", "DEFAULT:@SECLEVEL=0")
            if let version {
                try await client.waitFor("New, \(version), Cipher is")
                try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                try await client.waitFor("HTTP/1.1 200 OK")
            } else {
                #expect(try await client.exit() != 0)
                #expect(client.output.contains("alert protocol version"))
            }
        }
    }

    @Test(
        "TLS 1.2 is spoken with forward secrecy and authenticated encryption only",
        arguments: [
            ("AES128-GCM-SHA256", false), ("ECDHE-ECDSA-AES128-SHA", false), ("ECDHE-ECDSA-AES128-GCM-SHA256", true),
        ]
    )
    func ciphers(cipher: String, isSpoken: Bool) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(.standard, tls: tls) { _, port in
            let client = try Self.openssl(port, "-tls1_2", "-cipher", cipher)
            try client.endInput()
            #expect(try await client.exit() == (isSpoken ? 0 : 1))
        }
    }

    @Test("HTTP/1.1 is agreed on, and nobody who knows only other protocols is let in")
    func protocols() async throws {
        let (tls, _) = try await Self.files()
        try await withServer(.standard, tls: tls) { _, port in
            let both = try Self.openssl(port, "-alpn", "h2,http/1.1")
            try await both.waitFor("ALPN protocol: http/1.1")
            let other = try Self.openssl(port, "-alpn", "h2")
            #expect(try await other.exit() != 0)
            #expect(other.output.contains("no application protocol"))
        }
    }

    @Test("renegotiation is refused, and the connection is not begun anew", arguments: ReadinessBackend.allCases)
    func renegotiation(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, tls: tls) { _, port in
            let client = try Self.openssl(port, "-tls1_2")
            try await client.waitFor("Verify return code")
            try client.send("R\n")
            try await client.waitFor("no renegotiation")
        }
    }

    @Test("a session is resumed by its ticket", arguments: ["-tls1_2", "-tls1_3"])
    func resumption(version: String) async throws {
        let (tls, made) = try await Self.files()
        let session = made.file("session\(version)")
        try await withServer(.standard, tls: tls) { _, port in
            let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let first = try Self.openssl(port, version, "-sess_out", session)
            try first.send(request)
            try await first.waitFor("HTTP/1.1 200 OK")
            try await first.exit()
            let second = try Self.openssl(port, version, "-sess_in", session)
            try second.send(request)
            try await second.waitFor("HTTP/1.1 200 OK")
            #expect(second.output.contains("Reused, TLSv1"))
        }
    }

    @Test("a handshake that never ends is cut, however its bytes drip", arguments: ReadinessBackend.allCases)
    func endlessHandshake(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, limits { $0.handshakeTimeout = .milliseconds(100) }, tls: tls) { _, port in
            let silent = try RawClient(port: port)
            let dripping = try RawClient(port: port)
            // The head of a record of 512 bytes that holds a ClientHello.
            try await dripping.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC])
            try await eventually("the dripping one is cut") {
                _ = dripping.sendSome([0])
                dripping.receive()
                return dripping.ending != nil
            }
            try await silent.waitForEnd()
            #expect(silent.received.isEmpty)
        }
    }

    @Test("what is no handshake gets an alert and the end", arguments: ReadinessBackend.allCases)
    func garbage(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, tls: tls) { server, port in
            let noise = try RawClient(port: port)
            try await noise.send([UInt8](repeating: 0xA5, count: 3000))
            try await noise.waitForEnd()
            noise.close()
            // A record as TLS has it, with a message that no client begins with.
            let client = try RawClient(port: port)
            try await client.send([0x16, 3, 1, 0, 5, 0x63, 0, 0, 1, 0])
            try await client.waitForEnd()
            #expect(client.received.first == 0x15)
            client.close()
            // Gone in the middle of it.
            let leaving = try RawClient(port: port)
            try await leaving.send([0x16, 3, 1, 2, 0, 1])
            leaving.reset()
            try await eventually("all are gone") { server.figures.openConnections == 0 }
        }
    }

    @Test("who speaks HTTP without TLS is told what to do", arguments: ReadinessBackend.allCases)
    func plainHTTP(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, tls: tls) { _, port in
            let client = try RawClient(port: port)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            let answer = try await client.response()
            #expect(answer.status == 400)
            #expect(answer.body.contains("https://"))
            #expect(try await client.waitForEnd() == .end)
        }
    }

    @Test("one connection too many gets its 503 over TLS")
    func tooMany() async throws {
        let (tls, made) = try await Self.files()
        try await withServer(.standard, limits { $0.maxConnections = 1 }, tls: tls) { _, port in
            let first = try TLSClient(port: port)
            let refused = try await Self.curl("--cacert", made.root, "--include", "https://localhost:\(port)/")
            #expect(refused.output.hasPrefix("HTTP/1.1 503 "))
            try first.send(Self.get)
            #expect(first.receive(until: "GET / ").text.hasPrefix("HTTP/1.1 200 "))
        }
    }

    // MARK: Callers' certificates

    @Test("with a client CA only callers with its certificates are answered", arguments: ["1.2", "1.3"])
    func callers(version: String) async throws {
        let (tls, made) = try await Self.files(askingCallers: true)
        let handled = Mutex(0)
        try await withServer(.standard, tls: tls) { exchange in
            handled.withLock { $0 += 1 }
            await greet(exchange)
        } _: { _, port in
            let url = "https://localhost:\(port)/"
            for refused in [nil, made.stranger, made.expired] {
                let code = try await Self.exitCode(url, made, version, refused)
                #expect(code != 0)
            }
            #expect(handled.withLock { $0 } == 0)
            let code = try await Self.exitCode(url, made, version, made.caller)
            #expect(code == 0)
            #expect(handled.withLock { $0 } == 1)
        }
    }

    /// curl's exit code when it calls with that certificate.
    private static func exitCode(
        _ url: String,
        _ made: TestCertificates,
        _ version: String,
        _ pair: TestCertificates.Pair?
    ) async throws -> Int32 {
        let own = pair.map { ["--cert", $0.certificate, "--key", $0.key] } ?? []
        let arguments = ["--silent", "--noproxy", "*", "--cacert", made.root, "--tls-max", version]
        return try await CommandLineTool("curl", arguments + own + [url]).exit()
    }

    // MARK: Data

    @Test("large bodies come through whole in both directions", arguments: ReadinessBackend.allCases)
    func largeBodies(backend: ReadinessBackend) async throws {
        let (tls, made) = try await Self.files()
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
        let (sent, received) = (made.file("sent-\(backend)"), made.file("received-\(backend)"))
        try Data(body).write(to: URL(fileURLWithPath: sent))
        try await withServer(backend, tls: tls) { exchange in
            guard let body = try? await exchange.readBody() else { return }
            if exchange.head.path == "/whole" { return exchange.respond(status: 200, body: body) }
            exchange.startStream(status: 200, headers: [:])
            for start in stride(from: 0, to: body.count, by: 10_007) where await exchange.drained() {
                exchange.write { $0 += body[start..<min(start + 10_007, body.count)] }
            }
            exchange.finish()
        } _: { _, port in
            for path in ["whole", "pieces"] {
                let answer = try await Self.curl(
                    "--cacert",
                    made.root,
                    "--data-binary",
                    "@\(sent)",
                    "--output",
                    received,
                    "https://localhost:\(port)/\(path)"
                )
                #expect(answer.code == 0, "\(answer.output)")
                #expect(FileManager.default.contentsEqual(atPath: sent, andPath: received))
            }
        }
    }

    @Test("a slow reader gets everything, and the writer waits for it", arguments: ReadinessBackend.allCases)
    func slowReader(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        let piece = [UInt8](repeating: 65, count: 30_000)
        let written = Mutex(0)
        try await withServer(backend, tls: tls) { exchange in
            exchange.startStream(status: 200, headers: [:])
            for _ in 0..<400 where await exchange.drained() {
                exchange.write { $0.append(contentsOf: piece) }
                written.withLock { $0 += 1 }
            }
            exchange.finish()
        } _: { _, port in
            let client = try TLSClient(port: port)
            try client.send(Self.get)
            #expect(client.receive(until: "AAA").text.hasPrefix("HTTP/1.1 200 "))
            try await eventually("the writer stands still") {
                let before = written.withLock { $0 }
                try await Task.sleep(for: .milliseconds(20))
                return before > 0 && written.withLock { $0 } == before
            }
            #expect(written.withLock { $0 } < 400)
            #expect(client.receive(until: "\r\n0\r\n\r\n").text.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test(
        "requests that wait decrypted while one is answered are not forgotten",
        arguments: ReadinessBackend.allCases
    )
    func pipelined(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        let gate = Gate()
        try await withServer(backend, tls: tls) { exchange in
            if exchange.head.path == "/first" { _ = await pass(gate, on: exchange.loop) }
            exchange.respond(status: 204)
        } _: { _, port in
            let client = try TLSClient(port: port)
            try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
            // More than what is kept of following requests, so that reading pauses in the middle of a record.
            let padding = String(repeating: "x", count: 4000)
            for _ in 0..<40 { try client.send("GET /next HTTP/1.1\r\nHost: a\r\nPadding: \(padding)\r\n\r\n") }
            try client.send("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            gate.open()
            let (text, endedInOrder) = client.receive()
            #expect(text.components(separatedBy: "HTTP/1.1 204 ").count == 43)
            #expect(endedInOrder)
        }
    }

    @Test("keys may change in the middle of a connection", arguments: ReadinessBackend.allCases)
    func keyUpdate(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, tls: tls) { _, port in
            let client = try TLSClient(port: port)
            for number in 0..<5 {
                try client.changeKeys()
                try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(client.receive(until: "GET /\(number) ").text.hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test(
        "a caller that has ended its side is still answered in full, and told the end",
        arguments: ReadinessBackend.allCases,
        [false, true]
    )
    func halfClosed(backend: ReadinessBackend, plainly: Bool) async throws {
        let (tls, _) = try await Self.files()
        let gate = Gate()
        try await withServer(backend, tls: tls) { exchange in
            _ = await pass(gate, on: exchange.loop)
            await greet(exchange)
        } _: { _, port in
            let client = try TLSClient(port: port)
            try client.send(Self.get)
            client.endWriting(plainly: plainly)
            gate.open()
            let (text, endedInOrder) = client.receive()
            #expect(text.hasPrefix("HTTP/1.1 200 "))
            #expect(text.hasSuffix("GET / "))
            #expect(endedInOrder)
        }
    }

    @Test("a caller that leaves a stream is noticed", arguments: ReadinessBackend.allCases, [false, true])
    func leaves(backend: ReadinessBackend, plainly: Bool) async throws {
        let (tls, _) = try await Self.files()
        let cancelled = Gate()
        try await withServer(backend, tls: tls) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("begun")
            if await !pass(Gate(), on: exchange.loop) { cancelled.open() }
        } _: { server, port in
            let client = try TLSClient(port: port)
            try client.send(Self.get)
            _ = client.receive(until: "begun")
            client.endWriting(plainly: plainly)
            try await eventually("the handler is cancelled") { cancelled.isOpen }
            try await eventually("the connection is gone") { server.figures.openConnections == 0 }
        }
    }

    @Test("a stream that is cut does not end as TLS has it", arguments: ReadinessBackend.allCases)
    func cut(backend: ReadinessBackend) async throws {
        let (tls, _) = try await Self.files()
        try await withServer(backend, tls: tls) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("half")
            exchange.abort()
        } _: { _, port in
            let client = try TLSClient(port: port)
            try client.send(Self.get)
            let (text, endedInOrder) = client.receive()
            #expect(text.hasSuffix("half\r\n"))
            #expect(!endedInOrder)
        }
    }

    @Test("200 connections at once, each with a stream", arguments: ReadinessBackend.allCases)
    func many(backend: ReadinessBackend) async throws {
        let (tls, made) = try await Self.files()
        let gate = Gate()
        let begun = Mutex(0)
        try await withServer(backend, tls: tls) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("begun \(exchange.head.path)\n")
            if begun.withLock({
                $0 += 1
                return $0
            }) == 200 {
                gate.open()
            }
            _ = await pass(gate, on: exchange.loop)
            exchange.write("ended \(exchange.head.path)\n")
            exchange.finish()
        } _: { server, port in
            let answer = try await Self.curl(
                "--cacert",
                made.root,
                "--parallel",
                "--parallel-immediate",
                "--parallel-max",
                "200",
                "--no-progress-meter",
                "https://localhost:\(port)/[1-200]"
            )
            #expect(answer.code == 0)
            let lines = answer.output.split(separator: "\n")
            #expect(Set(lines.filter { $0.hasPrefix("ended /") }).count == 200)
            #expect(server.figures.acceptedConnections == 200)
        }
    }

    // MARK: Files

    /// Whose certificate the server shows.
    private static func subject(_ port: UInt16) async throws -> String {
        let client = try openssl(port)
        try client.endInput()
        try await client.exit()
        return client.output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init) ?? ""
    }

    @Test("a new certificate is for new connections; a stream goes on", arguments: ReadinessBackend.allCases)
    func renewal(backend: ReadinessBackend) async throws {
        let (tls, made) = try await Self.files()
        let gate = Gate()
        try await withServer(backend, tls: tls) { exchange in
            exchange.startStream(status: 200, headers: [:])
            exchange.write("begun")
            _ = await pass(gate, on: exchange.loop)
            exchange.finish()
        } _: { server, port in
            let stream = try TLSClient(port: port)
            try stream.send(Self.get)
            _ = stream.receive(until: "begun")
            #expect(try await Self.subject(port) == "subject=CN = good")
            let renewed = TLSConfiguration(certificateFile: made.renewed.certificate, keyFile: made.renewed.key)
            server.useTLS(try TLSContext(renewed))
            #expect(try await Self.subject(port) == "subject=CN = renewed")
            gate.open()
            #expect(stream.receive(until: "0\r\n\r\n").text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("files that cannot be used are refused in words that name them")
    func wrongFiles() async throws {
        let made = try await TestCertificates.made.value
        let (good, nothing, text) = (made.good, made.file("nothing.pem"), made.file("text.pem"))
        try "no certificate\n".write(toFile: text, atomically: true, encoding: .utf8)
        let locked = made.file("locked.key")
        let lock = try await CommandLineTool.run(
            "openssl",
            "pkey",
            "-in",
            good.key,
            "-aes256",
            "-passout",
            "pass:x",
            "-out",
            locked
        )
        #expect(lock.code == 0)
        let rows: [(TLSConfiguration, [String])] = [
            (TLSConfiguration(certificateFile: nothing, keyFile: good.key), [nothing, "No such file"]),
            (TLSConfiguration(certificateFile: good.certificate, keyFile: nothing), [nothing, "No such file"]),
            (
                TLSConfiguration(certificateFile: good.certificate, keyFile: good.key, clientCAFile: nothing),
                [nothing, "client CA"]
            ),
            (TLSConfiguration(certificateFile: text, keyFile: good.key), [text, "no start line"]),
            (TLSConfiguration(certificateFile: good.certificate, keyFile: text), [text, "PEM key"]),
            (TLSConfiguration(certificateFile: good.certificate, keyFile: locked), [locked, "without a password"]),
            (
                TLSConfiguration(certificateFile: good.certificate, keyFile: good.key, clientCAFile: text),
                [text, "client CA"]
            ),
            (
                TLSConfiguration(certificateFile: good.certificate, keyFile: made.renewed.key),
                [made.renewed.key, "not that of the certificate"]
            ),
        ]
        for (configuration, words) in rows {
            let error = #expect(throws: TLSError.self) { try TLSContext(configuration) }
            for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
        }
        let old = TLSConfiguration(certificateFile: made.expired.certificate, keyFile: made.expired.key)
        let context = try TLSContext(old)
        #expect(context.expires < Date())
    }
}
