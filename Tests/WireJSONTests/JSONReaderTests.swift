import TestSupport
import Testing
import WireJSON

@Suite struct JSONReaderTests {
    /// A text and why it is refused, nil for one that is accepted.
    static let grammar: [(String, JSONError?)] = [
        ("{}", nil), ("[]", nil), ("\"\"", nil), ("0", nil), ("-0", nil), ("1E+2", nil), (" \t\r\n1 \n", nil),
        (#"{"a":1,"a":2}"#, nil), (#"["\u0000","\uD834\udd1e"]"#, nil), ("[[],{}]", nil), (#"{"":{}}"#, nil),
        ("", JSONError(.unexpectedEnd, at: 0)),
        ("  ", JSONError(.unexpectedEnd, at: 2)),
        ("[1,]", JSONError(.unexpectedByte(UInt8(ascii: "]")), at: 3)),
        ("[1 2]", JSONError(.unexpectedByte(UInt8(ascii: "2")), at: 3)),
        ("[,]", JSONError(.unexpectedByte(UInt8(ascii: ",")), at: 1)),
        (#"{"a":1,}"#, JSONError(.unexpectedByte(UInt8(ascii: "}")), at: 7)),
        (#"{"a" 1}"#, JSONError(.unexpectedByte(UInt8(ascii: "1")), at: 5)),
        ("{a:1}", JSONError(.unexpectedByte(UInt8(ascii: "a")), at: 1)),
        (#"{"a":1]"#, JSONError(.unexpectedByte(UInt8(ascii: "]")), at: 6)),
        ("[1}", JSONError(.unexpectedByte(UInt8(ascii: "}")), at: 2)),
        ("[1", JSONError(.unexpectedEnd, at: 2)),
        ("01", JSONError(.invalidNumber, at: 0)),
        ("-", JSONError(.unexpectedEnd, at: 1)),
        ("[1.]", JSONError(.invalidNumber, at: 3)),
        ("[1e]", JSONError(.invalidNumber, at: 3)),
        ("+1", JSONError(.unexpectedByte(UInt8(ascii: "+")), at: 0)),
        ("NaN", JSONError(.unexpectedByte(UInt8(ascii: "N")), at: 0)),
        ("truE", JSONError(.unexpectedByte(UInt8(ascii: "E")), at: 3)),
        ("nul", JSONError(.unexpectedEnd, at: 3)),
        ("\"a\nb\"", JSONError(.controlCharacter(0x0a), at: 2)),
        (#""abc"#, JSONError(.unexpectedEnd, at: 4)),
        (#""\x""#, JSONError(.invalidEscape, at: 1)),
        (#""\u12g4""#, JSONError(.invalidEscape, at: 1)),
        (#""\ud83d""#, JSONError(.loneSurrogate, at: 1)),
        (#""\ude00\ud83d""#, JSONError(.loneSurrogate, at: 1)),
        (#""\ud83dA""#, JSONError(.loneSurrogate, at: 1)),
        ("{} x", JSONError(.trailingBytes, at: 3)),
        ("1 1", JSONError(.trailingBytes, at: 2)),
        (String(repeating: "[", count: 128) + String(repeating: "]", count: 128), nil),
        (String(repeating: "[", count: 129), JSONError(.tooDeep, at: 128)),
        (String(repeating: #"{"a":["#, count: 65), JSONError(.tooDeep, at: 64 * 6)),
    ]

    @Test(arguments: grammar)
    func textIsAcceptedOrRefusedWithItsPlace(text: String, error: JSONError?) {
        #expect(Self.failure { try OracleJSON.skip(Array(text.utf8)) } == error)
        #expect(Self.failure { _ = try OracleJSON.read(Array(text.utf8)) } == error)
    }

    private static func failure(_ body: () throws -> Void) -> JSONError? {
        do {
            try body()
            return nil
        } catch {
            return error as? JSONError
        }
    }

    static let notUTF8: [[UInt8]] = [
        [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80],
        [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xff],
    ]

    @Test(arguments: notUTF8, [0, 1, 7, 8, 9])
    func bytesThatAreNoUTF8AreRefusedWhereverTheyStand(bytes: [UInt8], before: Int) {
        let text = [0x22] + [UInt8](repeating: 0x61, count: before) + bytes + [0x22]
        #expect(throws: JSONError(.invalidUTF8, at: before + 1)) { try OracleJSON.skip(text) }
    }

    @Test func everyStopByteIsFoundAtEveryPlaceOfAWord() throws {
        for place in 0..<20 {
            for byte in UInt8.min...(.max) {
                var inside = [UInt8](repeating: 0x7f, count: 20)
                inside[place] = byte
                let text = [0x22] + inside + [0x22]
                #expect((try? OracleJSON.read(text)) == (try? OracleJSON.foundation(text)), "\(byte) at \(place)")
            }
        }
    }

    static let numbers: [(String, Int?, Double?)] = [
        ("0", 0, 0), ("-1", -1, -1), ("9223372036854775807", .max, 9.223372036854775807e18),
        ("-9223372036854775808", .min, -9.223372036854775808e18), ("9223372036854775808", nil, 9.223372036854775808e18),
        ("1e3", 1000, 1000), ("2.0", 2, 2), ("0.1", nil, 0.1), ("1e999", nil, nil),
        ("5e-324", nil, Double.leastNonzeroMagnitude),
        ("123456789012345678", 123_456_789_012_345_678, 1.2345678901234568e17), ("1e-999", 0, 0),
    ]

    @Test(arguments: numbers)
    func numbersAreReadExactlyOrRefused(text: String, int: Int?, double: Double?) {
        Array(text.utf8).withUnsafeBytes { bytes in
            #expect((try? JSONReader.read(bytes) { try $0.readInt() }) == int)
            #expect((try? JSONReader.read(bytes) { try $0.readDouble() }) == double)
        }
    }

    @Test func aStringWithoutEscapesIsASliceOfTheText() throws {
        let text = Array(#"{"content":"plain é 😀","escaped":"a\nb\u00e9\ud83d\ude00"}"#.utf8)
        try text.withUnsafeBytes { bytes in
            try JSONReader.read(bytes) { reader in
                try reader.readObject { key, reader in
                    if key == "content" {
                        try reader.withStringBytes {
                            #expect($0.baseAddress == bytes.baseAddress.map { $0 + 12 })
                            #expect(String(decoding: $0, as: UTF8.self) == "plain é 😀")
                        }
                    } else {
                        try reader.withStringBytes { #expect(String(decoding: $0, as: UTF8.self) == "a\nbé😀") }
                    }
                }
            }
        }
    }

    @Test func keysAreComparedUnescaped() throws {
        let text = Array(#"{"\u0064one":1,"done":2,"don":3,"done2":4}"#.utf8)
        var matched: [Int] = []
        try text.withUnsafeBytes { bytes in
            try JSONReader.read(bytes) { reader in
                try reader.readObject { key, reader in
                    switch key {
                    case "done": matched.append(try reader.readInt())
                    default: break
                    }
                }
            }
        }
        #expect(matched == [1, 2])
    }

    @Test func rawValueIsWhatStandsInTheText() throws {
        let text = Array(#"{"arguments": { "a" : [1, "}"] } ,"b":2}"#.utf8)
        var raw = ""
        try text.withUnsafeBytes { bytes in
            try JSONReader.read(bytes) { reader in
                try reader.readObject { key, reader in
                    if key == "arguments" { raw = String(decoding: try reader.readRaw(), as: UTF8.self) }
                }
            }
        }
        #expect(raw == #"{ "a" : [1, "}"] }"#)
    }

    @Test func aValueOfAnotherKindIsNamed() {
        Array(" null".utf8).withUnsafeBytes { bytes in
            #expect(throws: JSONError(.wrongKind(expected: .string, found: .null), at: 1)) {
                try JSONReader.read(bytes) { try $0.readString() }
            }
            #expect((try? JSONReader.read(bytes) { try $0.readOptionalString() }) == .some(nil))
        }
        #expect(
            "\(JSONError(.wrongKind(expected: .string, found: .null), at: 1))"
                == "expected a string, found null at byte 1"
        )
    }

    @Test func anEmptyBufferWithoutAnAddressIsRead() {
        #expect(throws: JSONError(.unexpectedEnd, at: 0)) {
            try JSONReader.read(UnsafeRawBufferPointer(start: nil, count: 0)) { try $0.skipValue() }
        }
    }
}
