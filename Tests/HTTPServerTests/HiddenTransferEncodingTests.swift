import Testing

@testable import HTTPServer

/// The ways to hide a Transfer-Encoding of PortSwigger's HTTP Request Smuggler: all that its `DesyncBox` (of
/// https://github.com/PortSwigger/http-request-smuggler) makes for HTTP/1, under the names that it has there.
///
/// Such a request hides the field from one reader and not from the next, beside a Content-Length. So it must be refused,
/// unless the field is plainly another one.
@Suite("A hidden Transfer-Encoding")
struct HiddenTransferEncodingTests {
    /// A way, the header lines it makes, a byte a scalar, and what they mean without a Content-Length.
    struct Row: CustomTestStringConvertible {
        let technique: String
        let lines: String
        let meaning: String

        init(_ technique: String, _ lines: String, _ meaning: String) {
            self.technique = technique
            self.lines = lines
            self.meaning = meaning
        }

        var testDescription: String { "\(technique): \(lines.debugDescription)" }
    }

    static let named = [
        Row("vanilla", "Transfer-Encoding: chunked", "chunked"),
        Row("underjoin1", "Transfer_Encoding: chunked", "none"),
        Row("spacejoin1", "Transfer Encoding: chunked", "400"),
        Row("space1", "Transfer-Encoding : chunked", "400"),
        Row("nameprefix1", "Foo: bar\r\n Transfer-Encoding: chunked", "400"),
        Row("nameprefix2", "Foo: bar\r\n\tTransfer-Encoding: chunked", "400"),
        Row("valueprefix1", "Transfer-Encoding:  chunked", "chunked"),
        Row("nospace1", "Transfer-Encoding:chunked", "chunked"),
        Row("linewrapped1", "Transfer-Encoding:\n chunked", "400"),
        Row("gareth1", "Transfer-Encoding\n : chunked", "400"),
        Row("badsetupCR", "Foo: bar\rTransfer-Encoding: chunked", "400"),
        Row("badsetupLF", "Foo: bar\nTransfer-Encoding: chunked", "400"),
        Row("vertwrap", "Transfer-Encoding: \n\u{B}chunked", "400"),
        Row("tabwrap", "Transfer-Encoding: \r\n\tchunked", "400"),
        Row("multiCase", "tRANSFER-ENCODING: chunked", "chunked"),
        Row("UPPERCASE", "TRANSFER-ENCODING: chunked", "chunked"),
        Row("0dwrap", "Foo: bar\r\n\rTransfer-Encoding: chunked", "400"),
        Row("0dspam", "Tra\rnsfer-Encoding: chunked", "400"),
        Row("connection", "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked", "chunked"),
        Row("spjunk", "Transfer-Encoding x: chunked", "400"),
        Row("backslash", "Transfer\\Encoding: chunked", "400"),
        Row("badwrap", " Transfer-Encoding: chunked\r\nX-Blah-Ignore: chunked", "400"),
        Row("spaceFF", "Transfer-Encoding:\u{FF}chunked", "400"),
        Row("unispace", "Transfer-Encoding:\u{A0}chunked", "400"),
        Row("commaCow", "Transfer-Encoding: chunked, identity", "400"),
        Row("cowComma", "Transfer-Encoding: identity, chunked", "501"),
        Row("contentEnc", "Content-Encoding: chunked", "none"),
        Row("quoted", "Transfer-Encoding: \"chunked\"", "400"),
        Row("aposed", "Transfer-Encoding: 'chunked'", "400"),
        Row("dualchunk", "Transfer-Encoding: chunked\r\nTransfer-encoding: identity", "400"),
        Row("lazygrep", "Transfer-Encoding: chunk", "400"),
        Row("0dsuffix", "Transfer-Encoding: chunked\r", "400"),
        Row("tabsuffix", "Transfer-Encoding: chunked\t", "chunked"),
        Row("revdualchunk", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "501"),
        Row("bodysplit", "X: y\r\nFoo: barn\n\nTransfer-Encoding: chunked", "400"),
        Row("nested", "Transfer-Encoding: identity, chunked, identity", "400"),
        Row("encode", "Transfer-%45ncoding: chunked", "none"),
        Row("accentTE", "Transf\u{82}r-Encoding: chunked", "400"),
        Row("accentCH", "Transfer-Encoding: ch\u{96}nked", "400"),
    ]

    /// A tab is white space like any other; the rest are control characters.
    static let special: [Row] = ["\u{0}", "\t", "\u{B}", "\u{C}", "\r", "\u{7F}"].flatMap {
        (special: String) -> [Row] in
        let meaning = special == "\t" ? "chunked" : "400"
        return [
            Row("spacefix1", "Transfer-Encoding:" + special + "chunked", meaning),
            Row("prefix1", "Transfer-Encoding: " + special + "chunked", meaning),
            Row("suffix1", "Transfer-Encoding: chunked" + special, meaning),
        ]
    }

    @Test("is refused, or plainly no such thing", arguments: named + special)
    func meaning(_ row: Row) {
        let isStatus = row.meaning.allSatisfy(\.isNumber)
        #expect(HeadMeaning.of([request(row.lines)]) == (isStatus ? row.meaning : "POST /x \(row.meaning)"))
    }

    @Test("is refused beside a Content-Length, or plainly no such thing", arguments: named + special)
    func meaningBesideALength(_ row: Row) {
        let expected = row.meaning == "none" ? "POST /x length(5)" : "400"
        #expect(HeadMeaning.of([request("Content-Length: 5\r\n" + row.lines)]) == expected)
        #expect(HeadMeaning.of([request(row.lines + "\r\nContent-Length: 5")]) == expected)
    }

    private func request(_ lines: String) -> [UInt8] {
        let badFirst = lines.hasPrefix(" ") ? [lines, "Host: a"] : ["Host: a", lines]
        let text = (["POST /x HTTP/1.1"] + badFirst).joined(separator: "\r\n") + "\r\n\r\n"
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}
