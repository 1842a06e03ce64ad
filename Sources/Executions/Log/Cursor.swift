/// A place in an execution's stream: so many durable events, and so many bytes of the message produced after them.
public struct Cursor: Sendable, Hashable, CustomStringConvertible {
    /// How many durable events stand before this place.
    public var events: Int
    /// How many bytes (UTF-8) of the message in progress stand before it.
    public var bytes: Int

    /// Before everything.
    public static let start = Cursor(events: 0)

    /// Names a place.
    public init(events: Int, bytes: Int = 0) {
        self.events = events
        self.bytes = bytes
    }

    /// Reads `"5"` or `"5.140"`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let events = Cursor.number(parts[0]) else { return nil }
        guard let bytes = parts.count == 2 ? Cursor.number(parts[1]) : 0 else { return nil }
        self.init(events: events, bytes: bytes)
    }

    private static func number(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(digits)
    }

    /// As the wire writes it.
    public var description: String { bytes == 0 ? "\(events)" : "\(events).\(bytes)" }
}
