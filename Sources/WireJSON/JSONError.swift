/// Why a text is not the JSON that was asked for, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What was wrong.
    public enum Kind: Equatable, Sendable {
        /// The text ended inside a value.
        case unexpectedEnd
        /// A byte that the grammar of RFC 8259 does not allow here.
        case unexpectedByte(UInt8)
        /// Bytes after the end of the value.
        case trailingBytes
        /// A string holds bytes that are not UTF-8 (Unicode 15, table 3-7).
        case invalidUTF8
        /// A string holds an unescaped control character (below U+0020).
        case controlCharacter(UInt8)
        /// A backslash sequence that JSON does not have.
        case invalidEscape
        /// A `\u` escape of one half of a surrogate pair without the other.
        case loneSurrogate
        /// A number that breaks the grammar, as `01`, `1.` or `+1` do.
        case invalidNumber
        /// A number that the type asked for cannot hold.
        case numberOutOfRange
        /// Arrays and objects nested deeper than ``JSONReader/maximumDepth``.
        case tooDeep
        /// A well-formed value of another kind than the one asked for.
        case wrongKind(expected: JSONKind, found: JSONKind)
    }

    /// What was wrong.
    public let kind: Kind
    /// How many bytes from the beginning of the text it stands.
    public let offset: Int

    /// Creates an error of `kind` at byte `offset`.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// The error as part of a sentence: `expected a string, found null at byte 12`.
    public var description: String {
        let what =
            switch kind {
            case .unexpectedEnd: "the JSON ends in the middle of a value"
            case .unexpectedByte(let byte): "unexpected \(Self.name(of: byte))"
            case .trailingBytes: "something follows the end of the JSON value"
            case .invalidUTF8: "a string is not valid UTF-8"
            case .controlCharacter(let byte): "unescaped control character \(Self.name(of: byte)) in a string"
            case .invalidEscape: "unknown backslash escape in a string"
            case .loneSurrogate: "half a surrogate pair in a string"
            case .invalidNumber: "malformed number"
            case .numberOutOfRange: "number out of range"
            case .tooDeep: "nested deeper than \(JSONReader.maximumDepth) levels"
            case .wrongKind(let expected, let found): "expected \(expected.name), found \(found.name)"
            }
        return "\(what) at byte \(offset)"
    }

    private static func name(of byte: UInt8) -> String {
        (0x21...0x7e).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "0x\(String(byte, radix: 16))"
    }
}
