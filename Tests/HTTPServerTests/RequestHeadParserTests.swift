import HTTPTypes
import Testing

@testable import HTTPServer

/// Held against these rows were: every request of llhttp's suite (https://github.com/nodejs/llhttp, `test/request`:
/// connection, content-length, invalid, lenient-headers, method, sample, transfer-encoding and uri; in its strict mode),
/// and what RFC 9112, 2.2, 3 to 3.2.4 and 6.1 to 6.3, asks of a server. What llhttp reads and this refuses: requests
/// without Host, folded header lines, fragments, a user in a target, several codings, HTTP/0.9, and the methods beyond
/// RFC 9110's and PATCH.
@Suite("Request heads")
struct RequestHeadParserTests {
    /// What came, and its `HeadMeaning`.
    struct Row: CustomTestStringConvertible {
        let bytes: String
        let meaning: String

        init(_ bytes: String, _ meaning: String) {
            self.bytes = bytes
            self.meaning = meaning
        }

        /// A request that is right but for one piece.
        init(line: String = "POST /x HTTP/1.1", _ headers: String..., host: String? = "Host: a", is meaning: String) {
            let lines = [line] + [host].compactMap { $0 } + headers
            self.init(lines.joined(separator: "\r\n") + "\r\n\r\n", meaning)
        }

        var testDescription: String { bytes.debugDescription }
    }

    static let good = [
        Row("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / none"),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next", "GET / none"),
        Row("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / none"),
        Row("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / none"),
        Row("GET /a/b?c=d&e HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/b ?c=d&e none"),
        Row("GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ? none"),
        Row("GET /a?b?c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a ?b?c none"),
        Row("GET /%C3%A4 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%C3%A4 none"),
        Row("GET //x HTTP/1.1\r\nHost: a\r\n\r\n", "GET //x none"),
        Row("GET /x:80://y HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x:80://y none"),
        Row("GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /b ?c none"),
        Row("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET / none"),
        Row("GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ?b none"),
        Row("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * none"),
        Row("GET / HTTP/1.0\r\n\r\n", "GET / none 1.0 close"),
        Row("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / none 1.0"),
        Row("GET / HTTP/1.0\r\nContent-Length: 3\r\n\r\n", "GET / length(3) 1.0 close"),
        Row("GET / HTTP/1.1\r\nhost:a\r\n\r\n", "GET / none"),
        Row("GET / HTTP/1.1\r\nHOST: \t a \t\r\n\r\n", "GET / none"),
        Row("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / none host="),
        Row("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / none host=[::1]:80"),
        Row("Connection: close", is: "POST /x none close"),
        Row("Connection: foo , CLOSE", is: "POST /x none close"),
        Row("Connection: foo", "Connection: close", is: "POST /x none close"),
        Row("Connection: closed", is: "POST /x none"),
        Row("Content-Length: 0", is: "POST /x length(0)"),
        Row("Content-Length: 000005", is: "POST /x length(5)"),
        Row("Content-Length: 1000", is: "POST /x length(1000)"),
        Row("Transfer-Encoding: chunked", is: "POST /x chunked"),
        Row("Transfer-Encoding: Chunked ", is: "POST /x chunked"),
        Row("Expect: 100-Continue", "Content-Length: 3", is: "POST /x length(3) continue"),
        Row("Expect: 100-continue", is: "POST /x none"),
        Row("X: \u{E4}\u{1F600}", is: "POST /x none"),
        Row("X: a\tb", is: "POST /x none"),
        Row("X:", is: "POST /x none"),
        Row("!#$%&'*+-.^_`|~09: x", is: "POST /x none"),
        Row("Content-Length:  42 ", is: "POST /x length(42)"),
        Row("Content-Length:\t42", is: "POST /x length(42)"),
        Row("Content-Length: 003", "Ohai: world", is: "POST /x length(3)"),
        Row(line: "GET /x HTTP/1.0", "conTENT-Length: 5", is: "GET /x length(5) 1.0 close"),
        Row("Transfer-Encoding:\tchunked", is: "POST /x chunked"),
        Row("Transfer-Encoding: cHuNkeD", is: "POST /x chunked"),
        // A name of its own, which says nothing about the body.
        Row("Transfer_Encoding: chunked", is: "POST /x none"),
        Row("X-Transfer-Encoding: chunked", is: "POST /x none"),
        Row("X: Transfer-Encoding: chunked", is: "POST /x none"),
        Row(line: "GET /;a=b/:c@d HTTP/1.1", is: "GET /;a=b/:c@d none"),
        // A target's own host is the one that counts.
        Row("GET HTTP://b:80?c HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ?c none host=b:80"),
        Row("OPTIONS http://b:8001 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS / none host=b:8001"),
        Row("GET http://b/ HTTP/1.0\r\n\r\n", "GET / none 1.0 close host=b"),
        Row(line: "GET /\"lovely\"?foo=\\\"bar\\\" HTTP/1.1", is: "GET /\"lovely\" ?foo=\\\"bar\\\" none"),
        Row(line: "GET /test.cgi?query=| HTTP/1.1", is: "GET /test.cgi ?query=| none"),
        Row(line: "HEAD /url HTTP/1.1", is: "HEAD /url none"),
        Row(host: "Host: 0.0.0.0=5000", is: "POST /x none host=0.0.0.0=5000"),
        Row("aaaaaaaaaaaaa:++++++++++", is: "POST /x none"),
        Row("Connection: close, token, upgrade, token, keep-alive", is: "POST /x none close"),
        Row("Connection: Something, Upgrade, ,Keep-Alive", "Upgrade: WebSocket", is: "POST /x none"),
    ]

    static let bad = [
        // The request line.
        Row(line: "GET / HTTP/1.1 ", is: "400"),
        Row(line: "GET  / HTTP/1.1", is: "400"),
        Row(line: " GET / HTTP/1.1", is: "400"),
        Row(line: "GET\t/ HTTP/1.1", is: "400"),
        Row(line: "GET /", is: "400"),
        Row(line: "GET", is: "400"),
        Row(line: "GET / http/1.1", is: "400"),
        Row(line: "GET / HTTP/11", is: "400"),
        Row(line: "GET / HTTP/1.10", is: "400"),
        Row(line: "GET / XTTP/1.1", is: "400"),
        Row(line: "GET / HTTP/2.0", is: "505"),
        Row(line: "GET / HTTP/0.9", is: "505"),
        Row(line: "PRI * HTTP/2.0", is: "505"),
        Row(line: "get / HTTP/1.1", is: "501"),
        Row(line: "BREW / HTTP/1.1", is: "501"),
        Row(line: "CONNECT a:80 HTTP/1.1", is: "501"),
        Row(line: "G(T / HTTP/1.1", is: "400"),
        Row(line: "GET x HTTP/1.1", is: "400"),
        Row(line: "GET * HTTP/1.1", is: "400"),
        Row(line: "GET a:80 HTTP/1.1", is: "400"),
        Row(line: "GET /\u{E4} HTTP/1.1", is: "400"),
        Row(line: "GET /\u{7F} HTTP/1.1", is: "400"),
        Row(line: "GET /\u{0} HTTP/1.1", is: "400"),
        Row(line: "GET /\rx HTTP/1.1", is: "400"),
        Row(line: "GET /" + String(repeating: "x", count: 100) + " HTTP/1.1", is: "414"),
        Row(String(repeating: "x", count: 101), "414"),
        Row(line: "GET / ICE/1.0", is: "400"),
        Row(line: "GET / IHTTP/1.0", is: "400"),
        Row(line: "PUT / RTSP/1.0", is: "400"),
        Row(line: "GET / HTTP/5.6", is: "505"),
        Row(line: "GET / HTTP/1.1\r", is: "400"),
        Row(line: "GET / HTTP/1.1\u{0}", is: "400"),
        Row(line: "GET /\tHTTP/1.1", is: "400"),
        Row(line: "GET\u{B}/ HTTP/1.1", is: "400"),
        Row(line: "HTTP/1.1 200 OK", is: "400"),
        Row(line: "ANNOUNCE / HTTP/1.0", is: "501"),
        Row(line: "MKCOLA / HTTP/1.1", is: "501"),
        Row(line: "GET /x#y HTTP/1.1", is: "400"),
        Row(line: "GET /x?q#y HTTP/1.1", is: "400"),
        Row(line: "GET /foo bar/ HTTP/1.1", is: "400"),
        Row(line: "GET ://a/ HTTP/1.1", is: "400"),
        Row(line: "GET ftp://a/ HTTP/1.1", is: "400"),
        Row(line: "GET http:///x HTTP/1.1", is: "400"),
        Row(line: "GET http://a%12:b!&*$@a:1234/toto HTTP/1.1", is: "400"),
        Row(line: "GET http://a,b/ HTTP/1.1", is: "400"),
        Row(line: "GET\u{C}/ HTTP/1.1", is: "400"),
        Row(line: "M-SEARCH * HTTP/1.1", is: "501"),
        Row(line: "REPORT /test HTTP/1.1", is: "501"),
        Row(line: "PURGE /file.txt HTTP/1.1", is: "501"),
        // Line ends.
        Row("GET / HTTP/1.1\nHost: a\n\n", "400"),
        Row("GET / HTTP/1.1\r\nHost: a\n\r\n", "400"),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\n", "400"),
        Row("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        Row("X: a\rb", is: "400"),
        Row("X: a\nContent-Length: 23", is: "400"),
        Row("X:\nTransfer-Encoding: chunked", is: "400"),
        Row("X:\rTransfer-Encoding: chunked", is: "400"),
        Row("X: a\r\n\rTransfer-Encoding: chunked", is: "400"),
        Row("\rZGET /evil: HTTP/1.1", is: "400"),
        // Header lines.
        Row("X: a\r\n b", is: "400"),
        Row("X: a\r\n\tb", is: "400"),
        Row(" X: a", is: "400"),
        Row("X: \u{C}", is: "400"),
        Row("Line1:   abc\r\n\tdef\r\n ghi\r\n\t\tjkl\r\n  mno \r\n\t \tqrs", is: "400"),
        Row("Connection:\r\n close", is: "400"),
        Row("X : a", is: "400"),
        Row("X\t: a", is: "400"),
        Row("X", is: "400"),
        Row(": a", is: "400"),
        Row(":path: a", is: "400"),
        Row("X\u{0}: a", is: "400"),
        Row("\u{E4}: a", is: "400"),
        Row("X(: a", is: "400"),
        Row("X@: a", is: "400"),
        Row("X\u{1}\tY: a", is: "400"),
        Row("Content\rLength: 003", is: "400"),
        Row("Connection\r\u{1B}5eep-Alive", is: "400"),
        Row("name\r\n : value", is: "400"),
        Row("X: a\u{0}b", is: "400"),
        Row("X: a\u{1}b", is: "400"),
        Row("X: a\u{7F}b", is: "400"),
        Row("X: " + String(repeating: "x", count: 1000), is: "431"),
        Row("X: a" + String(repeating: "\r\nX: a", count: 200), is: "431"),
        Row(String(repeating: "\r\n", count: 600), "431"),
        // Host.
        Row(host: nil, is: "400"),
        Row(host: "Host: a\r\nHost: a", is: "400"),
        Row(host: "Host: a\r\nHost : b", is: "400"),
        Row(host: "Host: a/b", is: "400"),
        Row(host: "Host: u@a", is: "400"),
        Row(host: "Host: a b", is: "400"),
        Row(host: "Host: a, b", is: "400"),
        Row(host: "Host: a,b", is: "400"),
        Row(host: "Host: \u{E4}", is: "400"),
        Row(host: "Host: a\\b", is: "400"),
        Row(host: "Host: a#b", is: "400"),
        Row(host: " Host: a", is: "400"),
        Row(line: "GET / HTTP/1.0", host: "Host: a\r\nHost: b", is: "400"),
        // Framing: where two readers could see two requests.
        Row("Content-Length: 5", "Transfer-Encoding: chunked", is: "400"),
        Row("Transfer-Encoding: chunked", "Content-Length: 5", is: "400"),
        Row("Content-Length: 5", "Content-Length: 5", is: "400"),
        Row("Content-Length: 5", "Content-Length: 6", is: "400"),
        Row("Content-Length: 5", "content-length: 6", is: "400"),
        Row("Content-Length: 5, 5", is: "400"),
        Row("Content-Length: +5", is: "400"),
        Row("Content-Length: -5", is: "400"),
        Row("Content-Length: 0x5", is: "400"),
        Row("Content-Length: 5.0", is: "400"),
        Row("Content-Length: 5 5", is: "400"),
        Row("Content-Length: \u{665}", is: "400"),
        Row("Content-Length:", is: "400"),
        Row("Content-Length: 1001", is: "413"),
        Row("Content-Length: 99999999999999999999999", is: "413"),
        Row("Content-Length: 4 2", is: "400"),
        Row("Content-Length: ,5", is: "400"),
        Row("Content-Length: 5;", is: "400"),
        Row("Content-Length: '5'", is: "400"),
        Row("Content-Length: 1_0", is: "400"),
        Row("Content-Length: 1e2", is: "400"),
        Row("Content-Length: \u{B}5", is: "400"),
        Row("Content-Length: 5\u{0}", is: "400"),
        Row("Content-Length: 5", "Content-Length : 6", is: "400"),
        Row("Content-Length: 1", "Transfer-Encoding: identity", is: "400"),
        Row("Transfer-Encoding:", "Content-Length: 5", is: "400"),
        Row("Content-Length: 10", "Transfer-Encoding:", "Transfer-Encoding:", is: "400"),
        Row("Transfer-Encoding: pigeons", is: "400"),
        Row("Transfer-Encoding: identity", is: "400"),
        Row("Transfer-Encoding: chunked, identity", is: "400"),
        Row("Transfer-Encoding: chunked,", is: "400"),
        Row("Transfer-Encoding: ,chunked", is: "400"),
        Row("Transfer-Encoding: chunked;q=1", is: "400"),
        Row("Transfer-Encoding: \"chunked\"", is: "400"),
        Row("Transfer-Encoding: 'chunked'", is: "400"),
        Row("Transfer-Encoding: chunk", is: "400"),
        Row("Transfer-Encoding: \u{A0}chunked", is: "400"),
        Row("Transfer-Encoding: chunked\u{0}", is: "400"),
        Row("Transfer-Encoding\u{0}: chunked", is: "400"),
        Row("Transfer-Encoding\u{A0}: chunked", is: "400"),
        Row(" Transfer-Encoding: chunked", is: "400"),
        Row("Transfer-Encoding:\r\n chunked", is: "400"),
        // A Kelvin sign, which is a k in lower case.
        Row("Transfer-Encoding: chun\u{212A}ed", is: "400"),
        Row("Transfer-Encoding: chunked, deflate", is: "400"),
        Row("Transfer-Encoding: chunked", "Transfer-Encoding: deflate", is: "400"),
        Row("Transfer-Encoding: chunkedchunked", is: "400"),
        Row("Transfer-Encoding: identity", "Content-Length: 5", is: "400"),
        Row("Transfer-Encoding: chunked\r\n  abc", is: "400"),
        // The body's end would be known, but not what is in it.
        Row("Transfer-Encoding: gzip, chunked", is: "501"),
        Row("Transfer-Encoding: deflate", "Transfer-Encoding: chunked", is: "501"),
        Row("Transfer-Encoding: chunked, chunked", is: "400"),
        Row("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", is: "400"),
        Row("Transfer-Encoding: chunked", "Transfer-Encoding: identity", is: "400"),
        Row("Transfer-Encoding: xchunked", is: "400"),
        Row("Transfer-Encoding: \u{B}chunked", is: "400"),
        Row("Transfer-Encoding:", is: "400"),
        Row("Transfer-Encoding : chunked", is: "400"),
        Row(line: "POST / HTTP/1.0", "Transfer-Encoding: chunked", is: "400"),
    ]

    static let unfinished = [
        Row("", "more"), Row("\r", "more"), Row("\r\n", "more"), Row("GET / HTTP/1.1\r\nHost: a\r\n", "more"),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\r", "more"), Row("\r\n\r\n", "more"),
    ]

    @Test("means what it says", arguments: good + bad + unfinished)
    func meaning(_ row: Row) {
        #expect(HeadMeaning.of([Array(row.bytes.utf8)]) == row.meaning)
    }

    @Test("means the same however it is cut in two, and byte by byte", arguments: good + bad)
    func meaningOfPieces(_ row: Row) {
        let bytes = Array(row.bytes.utf8)
        for cut in 1..<bytes.count {
            let meaning = HeadMeaning.of([Array(bytes[..<cut]), bytes])
            #expect(meaning == row.meaning, "cut at \(cut)")
        }
        #expect(HeadMeaning.of((1...bytes.count).map { Array(bytes[..<$0]) }) == row.meaning)
    }

    @Test("takes its own bytes only")
    func length() throws {
        var parser = RequestHeadParser(configuration: HTTPServerConfiguration())
        let head = Array("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let result = try (head + Array("body\r\n\r\n".utf8)).withUnsafeBytes { try parser.parse($0) }
        #expect(result?.length == head.count)
        #expect(result?.head.headers[values: HTTPField.Name("host") ?? .accept] == ["a"])
    }
}
