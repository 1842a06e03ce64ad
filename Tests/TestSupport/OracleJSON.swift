import Foundation
public import WireJSON

/// A whole document, so that the reader's values can be compared with Foundation's.
public enum OracleJSON: Equatable, Sendable {
    case object([String: OracleJSON])
    case array([OracleJSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads `bytes` with the reader under test.
    public static func read(_ bytes: [UInt8]) throws -> OracleJSON {
        try bytes.withUnsafeBytes { try JSONReader.read($0) { try OracleJSON(&$0) } }
    }

    /// Walks `bytes` without reading a value: the grammar alone.
    public static func skip(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try JSONReader.read($0) { try $0.skipValue() } }
    }

    /// Reads the next value with the reader under test.
    public init(_ reader: inout JSONReader) throws {
        switch try reader.peekKind() {
        case .object:
            var members: [String: OracleJSON] = [:]
            try reader.readObject { key, reader in members[key.string] = try OracleJSON(&reader) }
            self = .object(members)
        case .array:
            var elements: [OracleJSON] = []
            try reader.readArray { elements.append(try OracleJSON(&$0)) }
            self = .array(elements)
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readDouble())
        case .bool: self = .bool(try reader.readBool())
        case .null:
            try reader.readNull()
            self = .null
        }
    }

    /// Writes the value with the writer under test.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .object(let members):
            writer.object { writer in
                for (key, value) in members {
                    writer.key(key)
                    value.write(to: &writer)
                }
            }
        case .array(let elements): writer.array { writer in elements.forEach { $0.write(to: &writer) } }
        case .string(let text): writer.string(text)
        case .number(let number): writer.double(number)
        case .bool(let flag): writer.bool(flag)
        case .null: writer.null()
        }
    }

    /// Reads `bytes` with Foundation's parser.
    public static func foundation(_ bytes: [UInt8]) throws -> OracleJSON {
        OracleJSON(any: try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]))
    }

    /// Whether Foundation on Linux may have read this as `theirs`: numbers of more digits than a double has become
    /// decimals there, and lose their last digits.
    public func isNearly(_ theirs: OracleJSON) -> Bool {
        switch (self, theirs) {
        case (.object(let ours), .object(let theirs)):
            ours.count == theirs.count
                && ours.allSatisfy { key, value in
                    (theirs[key] ?? theirs[Self.unmarked(key)]).map { value.isNearly($0) } ?? false
                }
        case (.array(let ours), .array(let theirs)):
            ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.isNearly($1) }
        case (.string(let ours), .string(let theirs)): ours == theirs || Self.unmarked(ours) == Self.unmarked(theirs)
        case (.number(let ours), .number(let theirs)): abs(ours - theirs) <= 1e-14 * abs(ours)
        default: self == theirs
        }
    }

    /// Without byte order marks, which Foundation on Linux drops at a string's beginning and behind an escape.
    private static func unmarked(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\u{FEFF}" }))
    }

    /// Whether Foundation on Linux takes `text`, which the reader refuses with `error`, because it knowingly leaves
    /// RFC 8259 there.
    public static func foundationIsLenient(_ text: [UInt8], _ error: JSONError) -> Bool {
        switch error.kind {
        // It nests deeper, and makes a number that no double holds infinite or a decimal.
        case .tooDeep, .numberOutOfRange: true
        // It lets an array and an object end in a comma.
        case .unexpectedByte(UInt8(ascii: "]")), .unexpectedByte(UInt8(ascii: "}")):
            text[..<error.offset].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ",")
        // It reads other encodings too, told by zero bytes near the beginning or by a byte order mark.
        default: text.prefix(4).contains(0) || [0xEF, 0xFE, 0xFF].contains(text.first ?? 0)
        }
    }

    private init(any: Any) {
        switch any {
        case let members as [String: Any]: self = .object(members.mapValues { OracleJSON(any: $0) })
        case let elements as [Any]: self = .array(elements.map { OracleJSON(any: $0) })
        case let string as String: self = .string(string)
        // Foundation's numbers and booleans are one class; only the type's code tells them apart.
        case let number as NSNumber:
            self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }
}
