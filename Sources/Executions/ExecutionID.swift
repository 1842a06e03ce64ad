import Agents

/// Makes execution ids: `aex_` and a ULID (https://github.com/ulid/spec) in lower case, which sort by time.
public enum ExecutionID {
    private static let prefix = "aex_"
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new id: 48 bits of milliseconds and 80 of chance.
    public static func make(_ surroundings: Surroundings) -> String {
        let milliseconds = UInt64(max(0, surroundings.milliseconds))
        let high = surroundings.random() & 0xFFFF
        let low = surroundings.random()
        let value = UInt128(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | UInt128(high) << 64 | UInt128(low)
        let text = (0..<26).map { place in digits[Int(truncatingIfNeeded: value >> UInt128(5 * (25 - place))) & 31] }
        return prefix + String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` has the form of an id.
    public static func isValid(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 26
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(digits.contains)
    }
}
