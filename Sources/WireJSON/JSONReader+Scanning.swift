extension JSONReader {
    /// Scans the string that begins at the reader's position, checking escapes and UTF-8.
    @inlinable
    mutating func scanString() throws(JSONError) -> JSONText {
        position += 1
        let first = position
        skipPlainBytes()
        if position != end, position.pointee == UInt8(ascii: "\"") {
            let text = JSONText(start: first, rawCount: position - first, isEscaped: false)
            position += 1
            return text
        }
        return try scanUnusualString(from: first)
    }

    /// Moves past bytes of a string that stand for themselves: printable ASCII but the quote and the backslash.
    @inlinable @inline(__always)
    mutating func skipPlainBytes() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var cursor = position
        defer { position = cursor }
        while end - cursor >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5c)
            // The lowest top bit that is set marks the first byte to stop at: a borrow disturbs only bytes above it.
            let stops =
                (word | (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes)
                & tops
            if stops != 0 {
                cursor += stops.trailingZeroBitCount >> 3
                return
            }
            cursor += 8
        }
        while cursor != end {
            let byte = cursor.pointee
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5c { return }
            cursor += 1
        }
    }

    @usableFromInline
    mutating func scanUnusualString(from first: UnsafePointer<UInt8>) throws(JSONError) -> JSONText {
        var isEscaped = false
        while true {
            skipPlainBytes()
            if position == end { throw failure(.unexpectedEnd) }
            switch position.pointee {
            case UInt8(ascii: "\""):
                let text = JSONText(start: first, rawCount: position - first, isEscaped: isEscaped)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                isEscaped = true
                try scanEscape()
            case 0x80...:
                try scanMultibyteCharacter()
            case let byte:
                throw failure(.controlCharacter(byte))
            }
        }
    }

    private mutating func scanEscape() throws(JSONError) {
        guard end - position >= 2 else { throw failure(.unexpectedEnd) }
        switch position[1] {
        case UInt8(ascii: "u"):
            let unit = try hexQuad(at: position + 2)
            if unit & 0xf800 == 0xd800 {
                guard unit < 0xdc00, end - position >= 8, position[6] == UInt8(ascii: "\\"),
                    position[7] == UInt8(ascii: "u"), try hexQuad(at: position + 8) & 0xfc00 == 0xdc00
                else { throw failure(.loneSurrogate) }
                position += 12
            } else {
                position += 6
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        default:
            throw failure(.invalidEscape)
        }
    }

    private func hexQuad(at digits: UnsafePointer<UInt8>) throws(JSONError) -> UInt32 {
        guard end - digits >= 4 else { throw failure(.unexpectedEnd) }
        var value: UInt32 = 0
        for index in 0..<4 {
            let digit = Self.hexValue(digits[index])
            if digit > 15 { throw failure(.invalidEscape) }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    static func hexValue(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: .max
        }
    }

    /// Moves past one character of two to four bytes. The ranges are those of the Unicode Standard's table 3-7.
    private mutating func scanMultibyteCharacter() throws(JSONError) {
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch position.pointee {
        case 0xc2...0xdf: count = 2
        case 0xe0: (count, second) = (3, 0xa0...0xbf)
        case 0xed: (count, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: count = 3
        case 0xf0: (count, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: count = 4
        case 0xf4: (count, second) = (4, 0x80...0x8f)
        default: throw failure(.invalidUTF8)
        }
        guard end - position >= count else { throw failure(.invalidUTF8) }
        guard second.contains(position[1]) else { throw failure(.invalidUTF8) }
        for index in 2..<max(count, 2) where position[index] & 0xc0 != 0x80 { throw failure(.invalidUTF8) }
        position += count
    }

    /// Scans the number at the reader's position; true if it has neither fraction nor exponent.
    mutating func scanNumber() throws(JSONError) -> Bool {
        var isInteger = true
        if position.pointee == UInt8(ascii: "-") { position += 1 }
        let leading = position
        try scanDigits()
        if leading.pointee == UInt8(ascii: "0"), position - leading > 1 {
            position = leading
            throw failure(.invalidNumber)
        }
        if position != end, position.pointee == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try scanDigits()
        }
        if position != end, position.pointee | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position != end, position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-") {
                position += 1
            }
            try scanDigits()
        }
        return isInteger
    }

    private mutating func scanDigits() throws(JSONError) {
        let first = position
        var cursor = position
        while cursor != end, cursor.pointee &- UInt8(ascii: "0") < 10 { cursor += 1 }
        position = cursor
        if position == first { throw failure(position == end ? .unexpectedEnd : .invalidNumber) }
    }

    /// Scans `true`, `false` or `null`; the reader stands at its first letter.
    @usableFromInline
    mutating func scanWord() throws(JSONError) {
        let word: StaticString =
            switch position.pointee {
            case UInt8(ascii: "t"): "true"
            case UInt8(ascii: "f"): "false"
            default: "null"
            }
        for index in 0..<word.utf8CodeUnitCount {
            if position == end { throw failure(.unexpectedEnd) }
            guard position.pointee == word.utf8Start[index] else { throw failure(.unexpectedByte(position.pointee)) }
            position += 1
        }
    }
}
