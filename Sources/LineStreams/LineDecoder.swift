#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts a stream into lines, in whatever pieces it comes. LF, CR and CRLF end a line; a byte order mark is dropped.
///
/// A line that lies within one piece is handed out as a slice of it; only one that is cut is copied.
package struct LineDecoder {
    /// A line is longer than the limit.
    package struct TooLong: Error, Equatable {
        /// The limit in bytes.
        package let limit: Int
    }

    /// How long a line may be, in bytes.
    package static let defaultLimit = 1 << 20

    private let limit: Int
    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []
    private var skipsLineFeed = false
    private var isFirstLine = true

    package init(limit: Int = Self.defaultLimit) {
        self.limit = limit
    }

    /// Hands each line that `bytes` completes to `body`, without its end; the slice is valid only during the call.
    ///
    /// - Throws: ``TooLong``, or whatever `body` throws.
    package mutating func decode(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void)
        throws
    {
        var start = 0
        // Found once: a text that ends its lines in CR is not searched through for LF before every one of them.
        var lineFeed = Self.first(Ascii.lineFeed, in: bytes, from: 0)
        while start < bytes.count {
            if skipsLineFeed {
                skipsLineFeed = false
                if lineFeed == start {
                    start += 1
                    lineFeed = Self.first(Ascii.lineFeed, in: bytes, from: start)
                    continue
                }
            }
            let upToLineFeed = UnsafeRawBufferPointer(rebasing: bytes[..<lineFeed])
            let end = Self.first(Ascii.carriageReturn, in: upToLineFeed, from: start)
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            guard partial.count + line.count <= limit else { throw TooLong(limit: limit) }
            if end == bytes.count {
                partial.append(contentsOf: line)
                return
            }
            skipsLineFeed = end < lineFeed
            start = end + 1
            if end == lineFeed { lineFeed = Self.first(Ascii.lineFeed, in: bytes, from: start) }
            if partial.isEmpty {
                try hand(line, to: body)
            } else {
                partial.append(contentsOf: line)
                try handPartial(to: body)
            }
        }
    }

    /// Hands out the last line if the stream ended without ending it.
    package mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if !partial.isEmpty { try handPartial(to: body) }
    }

    private mutating func handPartial(to body: (UnsafeRawBufferPointer) throws -> Void) throws {
        // Taken out while `body` runs, and put back for its memory.
        var line: [UInt8] = []
        swap(&line, &partial)
        try line.withUnsafeBytes { try hand($0, to: body) }
        line.removeAll(keepingCapacity: line.capacity <= 1 << 16)
        swap(&line, &partial)
    }

    private mutating func hand(
        _ line: UnsafeRawBufferPointer,
        to body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var line = line
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line = UnsafeRawBufferPointer(rebasing: line[3...]) }
        }
        try body(line)
    }

    /// Where `byte` stands first at `start` or behind it; the count of the bytes if nowhere.
    private static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count else { return bytes.count }
        let place = memchr(base + start, Int32(byte), bytes.count - start)
        return place.map { UnsafeRawPointer($0) - base } ?? bytes.count
    }

    private enum Ascii {
        static let lineFeed = UInt8(ascii: "\n")
        static let carriageReturn = UInt8(ascii: "\r")
    }
}
