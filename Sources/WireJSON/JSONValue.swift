/// A JSON value as a tree, for what is too small or too free in form to be read piece by piece.
///
/// An object keeps the order of its members; of a name that stands twice the last counts.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A whole number that fits into 64 bits.
    case int(Int)
    /// Any other number.
    case double(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object([Member])

    /// A member of an object.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: JSONValue

        /// Names a value.
        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of an object with this name; nil if there is none or this is no object.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The text of a string; nil for anything else.
    public var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The whole number, one written with a fraction of zero included; nil for anything else.
    public var integer: Int? {
        switch self {
        case .int(let number): number
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }

    /// The truth value; nil for anything else.
    public var boolean: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements of an array; nil for anything else.
    public var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// The members of an object; nil for anything else.
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
}

extension JSONValue {
    /// Reads a whole JSON text.
    ///
    /// - Throws: ``JSONError`` with the place of what is wrong.
    public init(_ utf8: [UInt8]) throws {
        self = try utf8.withUnsafeBytes { bytes in
            try JSONReader.read(bytes) { reader in try JSONValue(&reader) }
        }
    }

    /// Reads a whole JSON text.
    ///
    /// - Throws: ``JSONError`` with the place of what is wrong.
    public init(json text: String) throws { try self.init(Array(text.utf8)) }

    /// Reads the value that comes next.
    public init(_ reader: inout JSONReader) throws {
        switch try reader.peekKind() {
        case .null:
            try reader.readNull()
            self = .null
        case .bool: self = .bool(try reader.readBool())
        case .number:
            let raw = String(decoding: try reader.readRaw(), as: UTF8.self)
            if let number = Int(raw) { self = .int(number) } else { self = .double(Double(raw) ?? .nan) }
        case .string: self = .string(try reader.readString())
        case .array:
            var elements: [JSONValue] = []
            try reader.readArray { elements.append(try JSONValue(&$0)) }
            self = .array(elements)
        case .object:
            var members: [Member] = []
            try reader.readObject { key, reader in
                let name = key.string
                members.removeAll { $0.name == name }
                members.append(Member(name, try JSONValue(&reader)))
            }
            self = .object(members)
        }
    }

    /// The value as compact JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The value as compact JSON.
    public var jsonText: String { String(decoding: json, as: UTF8.self) }

    /// Writes the value.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .int(let number): writer.int(number)
        case .double(let number): writer.double(number)
        case .string(let text): writer.string(text)
        case .array(let elements): writer.array { for element in elements { element.write(to: &$0) } }
        case .object(let members):
            writer.object { writer in
                for member in members {
                    writer.key(member.name)
                    member.value.write(to: &writer)
                }
            }
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0, $1) })
    }
}
