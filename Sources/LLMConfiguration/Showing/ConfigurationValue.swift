/// A setting's value as it is shown: no key in it.
public enum ConfigurationValue: Sendable, Equatable, CustomStringConvertible {
    /// Text.
    case string(String)
    /// A number; whole numbers are exact.
    case number(Double)
    /// Nothing is set or sent.
    case null

    /// For a table: the text as it is, the number in decimal, `-` for nothing.
    public var description: String {
        switch self {
        case .string(let text): text
        case .number(let number): Self.decimal(number)
        case .null: "-"
        }
    }

    /// As JSON.
    var json: String {
        switch self {
        case .string(let text): text.jsonQuoted
        case .number(let number): Self.decimal(number)
        case .null: "null"
        }
    }

    private static func decimal(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension String {
    /// Between quotation marks, with what JSON requires escaped.
    var jsonQuoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
