/// Reads JSON by pulling one value after the other out of a text in memory.
///
/// The grammar is RFC 8259's, strictly: UTF-8 is checked, half a surrogate pair is malformed, and nesting is limited.
/// Nothing is allocated for what nobody asks for; a string without escapes is handed out as a slice of the text.
///
/// ```swift
/// var reader = JSONReader(bytes)
/// try reader.readObject { key, reader in
///     switch key {
///     case "model": model = try reader.readString()
///     case "done": done = try reader.readBool()
///     default: break  // a value that is not read is skipped
///     }
/// }
/// try reader.finish()
/// ```
///
/// The text must outlive the reader and every ``JSONText`` that comes from it.
public struct JSONReader {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 128

    @usableFromInline let start: UnsafePointer<UInt8>
    @usableFromInline let end: UnsafePointer<UInt8>
    @usableFromInline var position: UnsafePointer<UInt8>
    @usableFromInline var depth = 0

    /// Creates a reader at the beginning of `text`.
    @inlinable
    public init(_ text: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any address serves, as `end == start` keeps it from being read.
        let base = text.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        start = base.assumingMemoryBound(to: UInt8.self)
        end = start + text.count
        position = start
    }

    /// How many bytes have been read.
    @inlinable
    public var offset: Int { position - start }

    // MARK: Structure

    /// Says what kind of value comes next, without reading it.
    ///
    /// - Throws: ``JSONError`` if no value begins here.
    @inlinable @inline(__always)
    public mutating func peekKind() throws(JSONError) -> JSONKind {
        switch try nextByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case let byte: throw failure(.unexpectedByte(byte))
        }
    }

    /// Reads an object: `body` is called for each member, in order, with its key and the reader at its value.
    ///
    /// A value that `body` leaves unread is skipped (and checked). Keys may repeat.
    /// - Throws: ``JSONError``, or whatever `body` throws.
    @inlinable
    public mutating func readObject(_ body: (JSONText, inout JSONReader) throws -> Void) throws {
        try enter(UInt8(ascii: "{"), .object)
        if try nextByte() == UInt8(ascii: "}") { return leave() }
        while true {
            guard try nextByte() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte(position.pointee)) }
            let key = try scanString()
            guard try nextByte() == UInt8(ascii: ":") else { throw failure(.unexpectedByte(position.pointee)) }
            position += 1
            let value = position
            try body(key, &self)
            if position == value { try skipValue() }
            switch try nextByte() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"): return leave()
            case let byte: throw failure(.unexpectedByte(byte))
            }
        }
    }

    /// Reads an array: `body` is called with the reader at each element; one that it leaves unread is skipped.
    ///
    /// - Throws: ``JSONError``, or whatever `body` throws.
    @inlinable
    public mutating func readArray(_ body: (inout JSONReader) throws -> Void) throws {
        try enter(UInt8(ascii: "["), .array)
        if try nextByte() == UInt8(ascii: "]") { return leave() }
        while true {
            let value = position
            try body(&self)
            if position == value { try skipValue() }
            switch try nextByte() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): return leave()
            case let byte: throw failure(.unexpectedByte(byte))
            }
        }
    }

    /// Skips one value of any kind, checking it as if it were read.
    public mutating func skipValue() throws(JSONError) {
        switch try peekKind() {
        case .string: _ = try scanString()
        case .number: _ = try scanNumber()
        case .bool, .null: try scanWord()
        case .object, .array: try skipContainer()
        }
    }

    /// Reads one value of any kind and gives its bytes as they stand in the text, surrounding white space left out.
    public mutating func readRaw() throws(JSONError) -> UnsafeRawBufferPointer {
        _ = try nextByte()
        let first = position
        try skipValue()
        return UnsafeRawBufferPointer(start: first, count: position - first)
    }

    /// Checks that nothing but white space follows.
    @inlinable
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        if position != end { throw failure(.trailingBytes) }
    }

    /// Reads the whole of `text` as one value with `body`, and checks that nothing follows it.
    @inlinable
    public static func read<R>(
        _ text: UnsafeRawBufferPointer,
        _ body: (inout JSONReader) throws -> R
    ) throws -> R {
        var reader = JSONReader(text)
        let result = try body(&reader)
        try reader.finish()
        return result
    }

    // MARK: Foundations

    @inlinable
    func failure(_ kind: JSONError.Kind) -> JSONError { JSONError(kind, at: offset) }

    @inlinable
    mutating func skipWhitespace() {
        while position != end, position.pointee <= 0x20 {
            switch position.pointee {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    /// The next byte that is not white space; the reader stands at it.
    @inlinable @inline(__always)
    mutating func nextByte() throws(JSONError) -> UInt8 {
        if position != end, position.pointee > 0x20 { return position.pointee }
        return try nextByteAfterWhitespace()
    }

    @usableFromInline
    mutating func nextByteAfterWhitespace() throws(JSONError) -> UInt8 {
        skipWhitespace()
        if position == end { throw failure(.unexpectedEnd) }
        return position.pointee
    }

    /// Moves past the opening bracket `byte`.
    @inlinable
    mutating func enter(_ byte: UInt8, _ kind: JSONKind) throws(JSONError) {
        guard try nextByte() == byte else { throw mismatch(kind) }
        if depth == Self.maximumDepth { throw failure(.tooDeep) }
        depth += 1
        position += 1
    }

    @inlinable
    mutating func leave() {
        depth -= 1
        position += 1
    }

    /// The error for a value that is not of the kind `expected`.
    @usableFromInline
    mutating func mismatch(_ expected: JSONKind) -> JSONError {
        do {
            return failure(.wrongKind(expected: expected, found: try peekKind()))
        } catch {
            return error
        }
    }

    private mutating func skipContainer() throws(JSONError) {
        let outermost = depth
        // One bit a level, the innermost lowest: set inside an object. 128 levels fit, as `maximumDepth` says.
        var objects: UInt128 = 0
        repeat {
            let opening = position.pointee
            if depth == Self.maximumDepth { throw failure(.tooDeep) }
            depth += 1
            position += 1
            let isObject = opening == UInt8(ascii: "{")
            objects = objects << 1 | (isObject ? 1 : 0)
            if try nextByte() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                objects >>= 1
                leave()
                if depth == outermost { return }
                if try !skipSeparators(&objects, until: outermost) { return }
            } else if isObject {
                try skipKey()
            }
            // Scalars up to the next container, or to the end of the outermost one.
            while true {
                let byte = try nextByte()
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { break }
                try skipValue()
                if try !skipSeparators(&objects, until: outermost) { return }
            }
        } while true
    }

    /// After a value: moves past closing brackets and one comma (and the key after it) to the next value.
    /// False once the container at depth `outermost` is closed.
    private mutating func skipSeparators(_ objects: inout UInt128, until outermost: Int) throws(JSONError) -> Bool {
        while true {
            let isObject = objects & 1 == 1
            switch try nextByte() {
            case UInt8(ascii: ","):
                position += 1
                if isObject { try skipKey() }
                return true
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                objects >>= 1
                leave()
                if depth == outermost { return false }
            case let byte:
                throw failure(.unexpectedByte(byte))
            }
        }
    }

    private mutating func skipKey() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte(position.pointee)) }
        _ = try scanString()
        guard try nextByte() == UInt8(ascii: ":") else { throw failure(.unexpectedByte(position.pointee)) }
        position += 1
    }
}
