import SwiftProtobuf

extension Message {
    /// The message as this runner writes JSON: proto3's mapping, UTF-8, no line breaks, maps in the order of their keys
    /// (a `ProtobufStruct` in none, SwiftProtobuf knows none for it), and whole numbers without a fraction. SwiftProtobuf
    /// writes a double with one (`4096.0`), which is right but not what a person expects of a token limit, a size in
    /// bytes or a tool's argument.
    ///
    /// - Throws: `JSONEncodingError` for a `ProtobufValue` that holds nothing, or a number that JSON cannot carry.
    public func jsonBytes() throws -> [UInt8] {
        var options = JSONEncodingOptions()
        options.useDeterministicOrdering = true
        return withoutEmptyFractions(try jsonUTF8Bytes(options: options))
    }
}

/// JSON whose numbers have lost a fraction that says nothing: `4096.0` is `4096`. Strings stay as they are.
private func withoutEmptyFractions(_ json: [UInt8]) -> [UInt8] {
    let point = UInt8(ascii: ".")
    let zero = UInt8(ascii: "0")
    var kept: [UInt8] = []
    var keptUpTo = 0
    var inString = false
    var index = 0
    while index < json.count {
        switch json[index] {
        case UInt8(ascii: "\""):
            inString.toggle()
        case UInt8(ascii: "\\"):
            // Whatever is escaped, a quote above all, is not to be looked at.
            index += 1
        case point where !inString && index + 1 < json.count && json[index + 1] == zero:
            let next = index + 2
            if next == json.count || json[next] == UInt8(ascii: ",") || json[next] == UInt8(ascii: "}")
                || json[next] == UInt8(ascii: "]")
            {
                kept += json[keptUpTo..<index]
                keptUpTo = next
            }
        default:
            break
        }
        index += 1
    }
    return keptUpTo == 0 ? json : kept + json[keptUpTo...]
}
