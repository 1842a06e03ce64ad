/// Writes JSON by appending bytes: nothing is boxed, sorted or walked twice.
///
/// Commas are put where they are needed, so that a document reads in the order it is written:
///
/// ```swift
/// var writer = JSONWriter()
/// writer.object {
///     $0.key("model")
///     $0.string("qwen2.5-coder:7b")
///     $0.key("stream")
///     $0.bool(true)
/// }
/// ```
///
/// The writer does not check that a value follows each key: what it is told is what it writes.
public struct JSONWriter {
    /// What has been written. Anything may be appended by hand.
    public var bytes: [UInt8]

    /// Creates a writer that appends to `bytes`.
    @inlinable
    public init(_ bytes: consuming [UInt8] = []) {
        self.bytes = bytes
    }

    // MARK: Structure

    /// Writes an object whose members `body` writes.
    @inlinable
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginValue()
        bytes.append(UInt8(ascii: "{"))
        try body(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    @inlinable
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginValue()
        bytes.append(UInt8(ascii: "["))
        try body(&self)
        bytes.append(UInt8(ascii: "]"))
    }

    /// Writes a member's key, which must need no escaping; write its value next.
    @inlinable
    public mutating func key(_ name: StaticString) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        raw(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes a member's key; write its value next.
    @inlinable
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    // MARK: Values

    /// Writes a string.
    @inlinable
    public mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a string from its UTF-8 bytes, which are not checked.
    @inlinable
    public mutating func string(_ utf8: UnsafeRawBufferPointer) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        escape(utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a whole number.
    @inlinable
    public mutating func int(_ value: Int) {
        beginValue()
        digits(value)
    }

    /// Writes a number; one that JSON cannot write (infinite or not a number) becomes null.
    @inlinable
    public mutating func double(_ value: Double) {
        beginValue()
        if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            raw("null")
        }
    }

    /// Writes `true` or `false`.
    @inlinable
    public mutating func bool(_ value: Bool) {
        beginValue()
        raw(value ? "true" : "false")
    }

    /// Writes `null`.
    @inlinable
    public mutating func null() {
        beginValue()
        raw("null")
    }

    /// Writes a value that is JSON already.
    @inlinable
    public mutating func value(_ json: UnsafeRawBufferPointer) {
        beginValue()
        bytes.append(contentsOf: json)
    }

    /// Writes a value that is JSON already.
    @inlinable
    public mutating func value(_ json: [UInt8]) {
        beginValue()
        bytes.append(contentsOf: json)
    }

    // MARK: By hand

    /// Appends `text` as it is, without a comma.
    @inlinable
    public mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number's digits, without a comma.
    @inlinable
    public mutating func digits(_ value: Int) {
        var magnitude = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        if magnitude < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(magnitude)) }
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { scratch in
            var first = 20
            repeat {
                first -= 1
                let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
                scratch[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                magnitude = quotient
            } while magnitude != 0
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[first..<20]))
        }
    }

    /// Appends the inside of a string from its UTF-8 bytes: escaped where JSON demands it, without quotes or comma.
    @inlinable
    public mutating func escape(_ utf8: UnsafeRawBufferPointer) {
        var rest = utf8
        while true {
            let plain = Self.plainPrefix(rest)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<plain]))
            if plain == rest.count { return }
            appendEscape(rest[plain])
            rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
        }
    }

    // MARK: Foundations

    /// Puts a comma if a value or a member stands before: then the last byte ends one, else it opens something.
    @inlinable
    mutating func beginValue() {
        guard let last = bytes.last else { return }
        switch last {
        case UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "]"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            bytes.append(UInt8(ascii: ","))
        default:
            break
        }
    }

    /// How many bytes at the beginning need no escape.
    @inlinable
    static func plainPrefix(_ utf8: UnsafeRawBufferPointer) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = 0
        while utf8.count - index >= 8 {
            let word = UInt64(littleEndian: utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5c)
            let stops =
                ((word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & tops
            if stops != 0 { return index + stops.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < utf8.count {
            let byte = utf8[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { return index }
            index += 1
        }
        return index
    }

    @usableFromInline
    mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x08: raw("\\b")
        case 0x09: raw("\\t")
        case 0x0a: raw("\\n")
        case 0x0c: raw("\\f")
        case 0x0d: raw("\\r")
        default:
            raw("\\u00")
            for digit in [byte >> 4, byte & 15] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}
