/// The kinds of value that JSON has.
public enum JSONKind: Equatable, Sendable {
    /// Members between braces.
    case object
    /// Elements between brackets.
    case array
    /// Text between quotation marks.
    case string
    /// A number, whole or not.
    case number
    /// `true` or `false`.
    case bool
    /// `null`.
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
