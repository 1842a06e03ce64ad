extension JSONReader {
    /// Reads a string.
    public mutating func readString() throws(JSONError) -> String {
        try readText().string
    }

    /// Reads a string as a slice of the text; allocates nothing.
    @inlinable
    public mutating func readText() throws(JSONError) -> JSONText {
        guard try nextByte() == UInt8(ascii: "\"") else { throw mismatch(.string) }
        return try scanString()
    }

    /// Reads a string and hands its UTF-8 bytes, unescaped, to `body`; they are valid only during the call.
    @inlinable
    public mutating func withStringBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try readText().withBytes(body)
    }

    /// Reads a whole number. One written with a fraction or an exponent is read if its value is whole (`1e3`, `2.0`).
    public mutating func readInt() throws(JSONError) -> Int {
        let first = try numberStart()
        let isInteger = try scanNumber()
        let digits = UnsafeBufferPointer(start: first, count: position - first)
        let value = isInteger ? Self.integer(digits) : Int(exactly: Self.double(digits) ?? .nan)
        guard let value else { throw JSONError(.numberOutOfRange, at: first - start) }
        return value
    }

    /// Reads a number. One beyond the range of a double is an error, one too small is zero.
    public mutating func readDouble() throws(JSONError) -> Double {
        let first = try numberStart()
        let isInteger = try scanNumber()
        let digits = UnsafeBufferPointer(start: first, count: position - first)
        // Up to 15 digits every integer is exact.
        if isInteger, digits.count <= 15, digits.first != UInt8(ascii: "-"), let value = Self.integer(digits) {
            return Double(value)
        }
        guard let value = Self.double(digits), value.isFinite else {
            throw JSONError(.numberOutOfRange, at: first - start)
        }
        return value
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        let byte = try nextByte()
        guard byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f") else { throw mismatch(.bool) }
        try scanWord()
        return byte == UInt8(ascii: "t")
    }

    /// Reads `null`.
    public mutating func readNull() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "n") else { throw mismatch(.null) }
        try scanWord()
    }

    /// Reads `null` if it comes next, and says whether it did.
    @inlinable
    public mutating func readNullIfPresent() throws(JSONError) -> Bool {
        guard try nextByte() == UInt8(ascii: "n") else { return false }
        try scanWord()
        return true
    }

    /// Reads a string or null.
    public mutating func readOptionalString() throws(JSONError) -> String? {
        try readNullIfPresent() ? nil : try readString()
    }

    /// Reads a string, as a slice of the text, or null.
    @inlinable
    public mutating func readOptionalText() throws(JSONError) -> JSONText? {
        try readNullIfPresent() ? nil : try readText()
    }

    /// Reads a string as a slice of the text; a value of any other kind is skipped and gives nil.
    @inlinable
    public mutating func readTextIfString() throws(JSONError) -> JSONText? {
        if try nextByte() == UInt8(ascii: "\"") { return try scanString() }
        try skipValue()
        return nil
    }

    /// Reads an object as ``readObject(_:)`` does; a value of any other kind is skipped.
    @inlinable
    public mutating func readObjectIfPresent(_ body: (JSONText, inout JSONReader) throws -> Void) throws {
        if try nextByte() == UInt8(ascii: "{") { try readObject(body) } else { try skipValue() }
    }

    /// Reads a whole number or null.
    public mutating func readOptionalInt() throws(JSONError) -> Int? {
        try readNullIfPresent() ? nil : try readInt()
    }

    /// Reads a boolean or null.
    public mutating func readOptionalBool() throws(JSONError) -> Bool? {
        try readNullIfPresent() ? nil : try readBool()
    }

    /// Reads an object as ``readObject(_:)`` does, or null, for which `body` is not called.
    @inlinable
    public mutating func readOptionalObject(_ body: (JSONText, inout JSONReader) throws -> Void) throws {
        if try !readNullIfPresent() { try readObject(body) }
    }

    /// Reads an array as ``readArray(_:)`` does, or null, for which `body` is not called.
    @inlinable
    public mutating func readOptionalArray(_ body: (inout JSONReader) throws -> Void) throws {
        if try !readNullIfPresent() { try readArray(body) }
    }

    private mutating func numberStart() throws(JSONError) -> UnsafePointer<UInt8> {
        switch try nextByte() {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return position
        default: throw mismatch(.number)
        }
    }

    private static func integer(_ digits: UnsafeBufferPointer<UInt8>) -> Int? {
        let isNegative = digits.first == UInt8(ascii: "-")
        var value = 0
        for digit in digits.dropFirst(isNegative ? 1 : 0) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Summed on the negative side, which has room for one more.
            let (sum, carry) = product.subtractingReportingOverflow(Int(digit &- UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    private static func double(_ digits: UnsafeBufferPointer<UInt8>) -> Double? {
        Double(String(decoding: digits, as: UTF8.self))
    }
}
