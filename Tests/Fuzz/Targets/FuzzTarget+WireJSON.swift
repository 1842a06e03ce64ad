import TestSupport
import WireJSON

extension FuzzTarget {
    /// A document is accepted and read as Foundation does, and what is written of it is the same document.
    static let json = FuzzTarget(name: "json") { input throws(Finding) in
        let skipped = Result { () throws(JSONError) in try Pieces.lend(input, skip) }
        let read = Result { try Pieces.lend(input) { try JSONReader.read($0) { try OracleJSON(&$0) } } }
        switch (skipped, read) {
        case (.success, .success(let value)): try check(value, writtenAs: input)
        case (.success, .failure(let error as JSONError)) where error.kind == .numberOutOfRange: break
        case (.failure(let error), .failure(let other as JSONError))
        where error == other || other.kind == .numberOutOfRange: break
        default: throw Finding("skipped it is \(skipped), read it is \(read)")
        }
        let theirs = try? OracleJSON.foundation(input)
        switch (read, theirs) {
        case (.success(let ours), let theirs?) where ours.isNearly(theirs): break
        case (.failure, nil): break
        case (.failure(let error as JSONError), .some) where OracleJSON.foundationIsLenient(input, error): break
        default: throw Finding("here it is \(read), for Foundation \(theirs.map { "\($0)" } ?? "no JSON")")
        }
    }

    private static func skip(_ text: UnsafeRawBufferPointer) throws(JSONError) {
        var reader = JSONReader(text)
        try reader.skipValue()
        try reader.finish()
    }

    private static func check(_ value: OracleJSON, writtenAs input: [UInt8]) throws(Finding) {
        var writer = JSONWriter()
        value.write(to: &writer)
        let written = writer.bytes
        guard (try? OracleJSON.read(written)) == value else {
            throw Finding("\(value) is written as \(String(decoding: written, as: UTF8.self))")
        }
        let raw = Pieces.lend(input) { text in
            var reader = JSONReader(text)
            return (try? reader.readRaw()).map { Array($0) }
        }
        guard let raw, (try? OracleJSON.read(raw)) == value else { throw Finding("its raw value is another one") }
        let int = try? Pieces.lend(input) { text in try JSONReader.read(text) { try $0.readInt() } }
        if let int, value != .number(Double(int)) { throw Finding("\(value) is read as the whole number \(int)") }
    }
}
