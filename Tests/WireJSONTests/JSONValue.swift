import Foundation
import WireJSON

/// A whole document, so that the reader's values can be compared with Foundation's.
enum JSONValue: Equatable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads `bytes` with the reader under test.
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        try bytes.withUnsafeBytes { try JSONReader.read($0) { try JSONValue(&$0) } }
    }

    /// Walks `bytes` without reading a value: the grammar alone.
    static func skip(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try JSONReader.read($0) { try $0.skipValue() } }
    }

    init(_ reader: inout JSONReader) throws {
        switch try reader.peekKind() {
        case .object:
            var members: [String: JSONValue] = [:]
            try reader.readObject { key, reader in members[key.string] = try JSONValue(&reader) }
            self = .object(members)
        case .array:
            var elements: [JSONValue] = []
            try reader.readArray { elements.append(try JSONValue(&$0)) }
            self = .array(elements)
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readDouble())
        case .bool: self = .bool(try reader.readBool())
        case .null:
            try reader.readNull()
            self = .null
        }
    }

    /// Reads `bytes` with Foundation's parser.
    static func foundation(_ bytes: [UInt8]) throws -> JSONValue {
        JSONValue(any: try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]))
    }

    private init(any: Any) {
        switch any {
        case let members as [String: Any]: self = .object(members.mapValues { JSONValue(any: $0) })
        case let elements as [Any]: self = .array(elements.map { JSONValue(any: $0) })
        case let string as String: self = .string(string)
        // Foundation's numbers and booleans are one class; only the type's code tells them apart.
        case let number as NSNumber:
            self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }
}
