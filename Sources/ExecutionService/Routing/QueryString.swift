/// Reads `a=1&b=two%20words`.
enum QueryString {
    static func parse(_ text: String?, known: Set<String>) throws(ServiceError) -> [String: String] {
        var values: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try percentDecoded(parts[0], plusIsSpace: true)
            guard known.contains(name) else {
                let hint = known.isEmpty ? "none is known here" : "known are \(known.sorted().joined(separator: ", "))"
                throw .invalid("unknown query parameter \(name.debugDescription): \(hint)")
            }
            guard values[name] == nil else { throw .invalid("the query parameter \(name) is given twice") }
            values[name] = parts.count == 2 ? try percentDecoded(parts[1], plusIsSpace: true) : ""
        }
        return values
    }

    /// Percent-decodes a piece of a URL (RFC 3986, 2.1).
    static func percentDecoded(_ text: Substring, plusIsSpace: Bool = false) throws(ServiceError) -> String {
        // Most have nothing to decode, and are ASCII as every URL is by the time it comes here.
        if text.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") }) {
            return String(text)
        }
        guard let decoded = decoded(text, plusIsSpace: plusIsSpace) else {
            throw .invalid("the URL is not valid percent-encoded UTF-8: \(String(text).debugDescription)")
        }
        return decoded
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
