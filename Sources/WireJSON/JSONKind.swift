/// The kinds of value that JSON has.
public enum JSONKind: Equatable, Sendable {
    case object
    case array
    case string
    case number
    case bool
    case null

    /// The kind with its article, for a sentence: `an object`.
    public var name: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}
