#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A string, or an object's key, as it stands in the text that a ``JSONReader`` reads: a slice, nothing copied.
///
/// It is valid as long as the text is. Its grammar, its escapes and its UTF-8 have been checked.
public struct JSONText {
    @usableFromInline let start: UnsafePointer<UInt8>
    /// How many bytes it has in the text, escapes counted as they are written, quotes not.
    public let rawCount: Int
    /// Whether it holds a backslash escape.
    public let isEscaped: Bool

    @inlinable
    init(start: UnsafePointer<UInt8>, rawCount: Int, isEscaped: Bool) {
        self.start = start
        self.rawCount = rawCount
        self.isEscaped = isEscaped
    }

    /// Whether the string is empty.
    @inlinable
    public var isEmpty: Bool { rawCount == 0 }

    /// The string, unescaped.
    public var string: String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands the string's UTF-8 bytes, unescaped, to `body`; they are valid only during the call.
    ///
    /// Without an escape they are a slice of the text itself; otherwise they lie in a scratch buffer.
    @inlinable
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        if !isEscaped { return try body(UnsafeRawBufferPointer(start: start, count: rawCount)) }
        // An escape is never shorter than what it stands for, so that `rawCount` bytes are enough.
        return try withUnsafeTemporaryAllocation(byteCount: rawCount, alignment: 1) { scratch in
            let count = unescape(into: scratch)
            return try body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        }
    }

    /// Whether the string is `other`; allocates nothing.
    @inlinable
    public static func == (text: JSONText, other: StaticString) -> Bool {
        if !text.isEscaped {
            return text.rawCount == other.utf8CodeUnitCount
                && memcmp(text.start, other.utf8Start, other.utf8CodeUnitCount) == 0
        }
        return text.withBytes {
            $0.count == other.utf8CodeUnitCount
                && $0.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
        }
    }

    /// Lets a `switch` over a key have static strings as its cases.
    @inlinable
    public static func ~= (pattern: StaticString, text: JSONText) -> Bool { text == pattern }

    /// Writes the unescaped bytes and says how many they are. The escapes have been checked already.
    @usableFromInline
    func unescape(into scratch: UnsafeMutableRawBufferPointer) -> Int {
        var read = 0
        var written = 0
        while read < rawCount {
            let byte = start[read]
            read += 1
            guard byte == UInt8(ascii: "\\") else {
                scratch[written] = byte
                written += 1
                continue
            }
            let escape = start[read]
            read += 1
            switch escape {
            case UInt8(ascii: "u"):
                var scalar = hexQuad(at: read)
                read += 4
                if scalar & 0xfc00 == 0xd800 {
                    scalar = 0x10000 + (scalar & 0x3ff) << 10 + hexQuad(at: read + 2) & 0x3ff
                    read += 6
                }
                written += Self.encode(scalar, into: scratch, at: written)
            default:
                scratch[written] = Self.meaning(of: escape)
                written += 1
            }
        }
        return written
    }

    private func hexQuad(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 4 | UInt32(JSONReader.hexValue(start[offset + $1])) }
    }

    private static func meaning(of escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0c
        case UInt8(ascii: "n"): 0x0a
        case UInt8(ascii: "r"): 0x0d
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    private static func encode(_ scalar: UInt32, into scratch: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        func put(_ index: Int, _ byte: UInt32) { scratch[offset + index] = UInt8(truncatingIfNeeded: byte) }
        switch scalar {
        case ..<0x80:
            put(0, scalar)
            return 1
        case ..<0x800:
            put(0, 0xc0 | scalar >> 6)
            put(1, 0x80 | scalar & 0x3f)
            return 2
        case ..<0x10000:
            put(0, 0xe0 | scalar >> 12)
            put(1, 0x80 | scalar >> 6 & 0x3f)
            put(2, 0x80 | scalar & 0x3f)
            return 3
        default:
            put(0, 0xf0 | scalar >> 18)
            put(1, 0x80 | scalar >> 12 & 0x3f)
            put(2, 0x80 | scalar >> 6 & 0x3f)
            put(3, 0x80 | scalar & 0x3f)
            return 4
        }
    }
}
