import Testing

@testable import HTTPServer

/// Held against these rows were every body of llhttp's `test/request/transfer-encoding.md`, in its strict mode, and RFC
/// 9112, 7.1. The text of an extension is not read: unlike llhttp this takes one that is empty or whose quotes do not
/// end, as the chunk ends at CR LF all the same.
@Suite("The chunked coding")
struct ChunkedDecoderTests {
    /// What came, and what it means: the body between bars and how many bytes are left, a status, or "more".
    struct Row: CustomTestStringConvertible {
        let bytes: String
        let meaning: String

        init(_ bytes: String, _ meaning: String) {
            self.bytes = bytes
            self.meaning = meaning
        }

        var testDescription: String {
            bytes.debugDescription.count > 100 ? "\(bytes.utf8.count) bytes" : bytes.debugDescription
        }
    }

    static let rows = [
        Row("0\r\n\r\n", "|| 0"),
        Row("5\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "|hello world| 0"),
        Row("5\r\nhello\r\n0\r\n\r\nGET /", "|hello| 5"),
        Row("a\r\n0123456789\r\n0\r\n\r\n", "|0123456789| 0"),
        Row("A\r\n0123456789\r\n00\r\n\r\n", "|0123456789| 0"),
        Row("00000005\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("2\r\n\r\n\r\n0\r\n\r\n", "|\r\n| 0"),
        Row("5;a=b\r\nhello\r\n0;c=\"d\"\r\n\r\n", "|hello| 0"),
        Row("5 \t;a\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("0\r\nX: a\r\nY: b\r\n\r\nrest", "|| 4"),
        Row("1e\r\nall your base are belong to us\r\n0\r\n\r\n", "|all your base are belong to us| 0"),
        Row("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", "|hello world| 0"),
        Row("5;a;b=c;d=\"e; \\\"f\"\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5\r\nhello\r\n0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\n", "|hello| 0"),
        Row("5;ilovew3;somuchlove=aretheseparametersfor;another=withvalue\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5;ilovew3=\"I \\\"love\\\"; \\\\extensions\\\\\";foo=bar\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5;\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5;a=\"b\r\nhello\r\n0\r\n\r\n", "|hello| 0"),
        Row("5;a=\tb\r\nhello\r\n0;\u{E4}\r\nX: \t\u{E4}\r\n\r\n", "|hello| 0"),
        Row("", "more"),
        Row("5\r\nhell", "more"),
        Row("5\r\nhello\r\n", "more"),
        Row("0\r\n", "more"),
        Row("0\r\n\r", "more"),
        Row("0\r\nX: a\r\n", "more"),
        Row("\r\n", "400"),
        Row(" 5\r\nhello\r\n0\r\n\r\n", "400"),
        Row("g\r\n", "400"),
        Row("-5\r\nhello\r\n", "400"),
        Row("+5\r\nhello\r\n", "400"),
        Row("0x5\r\nhello\r\n", "400"),
        Row("5,\r\nhello\r\n", "400"),
        Row("5 5\r\nhello\r\n", "400"),
        Row("5\u{0}\r\nhello\r\n", "400"),
        Row("5\nhello\r\n0\r\n\r\n", "400"),
        Row("5\rxhello\r\n0\r\n\r\n", "400"),
        Row("5;a\nhello\r\n0\r\n\r\n", "400"),
        Row("5;a\rb\r\nhello\r\n0\r\n\r\n", "400"),
        Row("5;a\u{0}\r\nhello\r\n0\r\n\r\n", "400"),
        Row("5;a\u{7F}\r\nhello\r\n0\r\n\r\n", "400"),
        Row("2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n", "400"),
        Row("5_0\r\nhello\r\n", "400"),
        Row("5 \r\nhello\r\n0\r\n\r\n", "400"),
        Row("5\t\r\nhello\r\n0\r\n\r\n", "400"),
        Row("3 \n  \r\nfoo\r\n\r\n", "400"),
        Row("3\r\nfoo\r\n\r\n\r\n", "400"),
        Row("5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n", "400"),
        Row("5\r\nABCDE0\r\n\r\n", "400"),
        Row("\u{665}\r\nhello\r\n", "400"),
        Row("5\r\r\nhello\r\n0\r\n\r\n", "400"),
        Row("5\n\r\nhello\r\n0\r\n\r\n", "400"),
        Row("5\r\nhello\r\r\n0\r\n\r\n", "400"),
        Row("0\r\nX: a\u{0}b\r\n\r\n", "400"),
        Row("0\r\n\u{1}: a\r\n\r\n", "400"),
        Row("5\r\nhello0\r\n\r\n", "400"),
        Row("5\r\nhello\n0\r\n\r\n", "400"),
        Row("5\r\nhello\rx", "400"),
        Row("4\r\nhello\r\n0\r\n\r\n", "400"),
        Row("0\r\n\n", "400"),
        Row("0\r\n\rx", "400"),
        Row("0\r\nX: a\n\r\n", "400"),
        Row("0\r\nX: a\rb\r\n\r\n", "400"),
        Row("000000005\r\nhello\r\n0\r\n\r\n", "413"),
        Row("100000000\r\n", "413"),
        Row("ffffffffffffffff\r\n", "413"),
        Row("fffffffffffffffff\r\n", "413"),
        Row("5;" + String(repeating: "a", count: 20_000), "400"),
        Row("5" + String(repeating: " ", count: 20_000), "400"),
        Row("0\r\n" + String(repeating: "a: b\r\n", count: 5_000), "400"),
        Row(String(repeating: "1;abcdefgh\r\na\r\n", count: 3_000), "400"),
    ]

    @Test("means what it says", arguments: rows)
    func meaning(_ row: Row) {
        #expect(meaning(of: [Array(row.bytes.utf8)]) == row.meaning)
    }

    @Test(
        "means the same however it is cut in two, and byte by byte",
        arguments: rows.filter { $0.bytes.utf8.count < 200 }
    )
    func meaningOfPieces(_ row: Row) {
        let bytes = Array(row.bytes.utf8)
        for cut in 0...bytes.count {
            let meaning = meaning(of: [Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(meaning == row.meaning, "cut at \(cut)")
        }
        #expect(meaning(of: bytes.map { [$0] }) == row.meaning)
    }

    private func meaning(of pieces: [[UInt8]]) -> String {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var left = 0
        do {
            for piece in pieces {
                left += try piece.count - piece.withUnsafeBytes { try decoder.decode($0, into: &body) }
            }
        } catch let rejection as Rejection {
            return "\(rejection.status)"
        } catch {
            return "\(error)"
        }
        return decoder.isDone ? "|\(String(decoding: body, as: UTF8.self))| \(left)" : "more"
    }
}
