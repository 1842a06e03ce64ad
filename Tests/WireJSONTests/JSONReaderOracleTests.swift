import TestSupport
import Testing
import WireJSON

/// The reader against Foundation's parser: same texts accepted, same values read.
@Suite struct JSONReaderOracleTests {
    static let seeds = [
        #"{"model":"qwen2.5-coder:7b","message":{"role":"assistant","content":" hello"},"done":false}"#,
        #"{"a":[1,-2.5e3,0,1e-7,123456789012345678,0.1],"b":{"c":[[],{}],"d":null,"e":true,"f":false}}"#,
        #"["\u00e9\ud83d\ude00\n\t\"\\\/\b\f\r","é😀漢字","","x"]"#,
        "\t{ \"k\" : [ 1 , 2 ] ,\r\n \"l\" : \"a long plain run of text that spans several words\" } ",
        #"[[[[[["deep"]]]]],{"a":{"b":{"c":{}}}}]"#,
        #""just a string""#, "-0.0", "true",
    ]
    /// Bytes that make or break a document.
    static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "0", "-", ".", "e", "E+", "1", "9",
            " ",
            "\n", "null", "true", "nul", "\u{7f}", "é", "😀", "//", "NaN", "\\x", "\\u00",
        ].map { Array($0.utf8) } + [
            [0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0x01], [0x1f], [0xe2, 0x82],
        ]

    @Test(arguments: 0..<40)
    func mutatedDocumentsReadAsFoundationReadsThem(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for _ in 0..<500 {
            let text = Self.mutate(&random)
            let ours = try? OracleJSON.read(text)
            let skips = (try? OracleJSON.skip(text)) != nil
            let theirs = Self.isOutsideTheOracle(text) ? nil : try? OracleJSON.foundation(text)
            let shown = String(decoding: text, as: UTF8.self)
            #expect(skips == (ours != nil) || Self.hasHugeNumber(text), "skipping and reading disagree: \(shown)")
            if !Self.isOutsideTheOracle(text) { #expect(ours == theirs, "\(shown) \(text)") }
            if ours != nil { accepted += 1 }
        }
        // Both sides of the fence must have been visited, or the comparison says nothing.
        #expect((50..<450).contains(accepted))
    }

    private static func mutate(_ random: inout SeededRandom) -> [UInt8] {
        var text = Array(seeds[Int.random(in: 0..<seeds.count, using: &random)].utf8)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: 0...text.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
            case 1 where place < text.count: text.remove(at: place)
            case 2 where place < text.count: text[place] = UInt8.random(in: 0...255, using: &random)
            case 3:
                let end = min(text.count, place + Int.random(in: 0...6, using: &random))
                text.replaceSubrange(place..<end, with: text[..<min(text.count, end - place)])
            default: break
            }
        }
        return text
    }

    /// Where Foundation on Linux knowingly leaves RFC 8259, so that it cannot judge.
    private static func isOutsideTheOracle(_ text: [UInt8]) -> Bool {
        // It reads other encodings too, told by zero bytes near the beginning or a byte order mark.
        // It lets an array end in a comma.
        text.prefix(4).contains(0) || String(decoding: text, as: UTF8.self).contains(/,[ \t\r\n]*\]/)
            || [0xef, 0xfe, 0xff].contains(text.first ?? 0) || hasHugeNumber(text)
    }

    /// An exponent of three digits may leave the range of a double, which is the reader's error and not the grammar's.
    private static func hasHugeNumber(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).contains(/[eE]\+?\d{3}/)
    }
}
