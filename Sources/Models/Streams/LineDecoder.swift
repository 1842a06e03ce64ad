#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts a stream into lines, in whatever pieces it comes. LF, CR and CRLF end a line; a byte order mark is dropped.
///
/// A line that lies within one piece is handed out as a slice of it; only one that is cut is copied.
struct LineDecoder {
    /// A line is longer than the limit.
    struct TooLong: Error, Equatable {
        /// The limit in bytes.
        let limit: Int
    }

    /// How long a line may be, in bytes.
    static let defaultLimit = 1 << 20

    private let limit: Int
    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []
    private var skipsLineFeed = false
    private var isFirstLine = true

    init(limit: Int = Self.defaultLimit) {
        self.limit = limit
    }

    /// Hands each line that `bytes` completes to `body`, without its end; the slice is valid only during the call.
    ///
    /// - Throws: ``TooLong``, or whatever `body` throws.
    mutating func decode(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            if skipsLineFeed {
                skipsLineFeed = false
                if rest[0] == UInt8(ascii: "\n") {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
                    continue
                }
            }
            guard let end = Self.lineEnd(rest) else {
                guard partial.count + rest.count <= limit else { throw TooLong(limit: limit) }
                partial.append(contentsOf: rest)
                return
            }
            skipsLineFeed = rest[end] == UInt8(ascii: "\r")
            let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
            guard partial.count + line.count <= limit else { throw TooLong(limit: limit) }
            rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
            if partial.isEmpty {
                try hand(line, to: body)
            } else {
                partial.append(contentsOf: line)
                try handPartial(to: body)
            }
        }
    }

    /// Hands out the last line if the stream ended without ending it.
    mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
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

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let lineFeed = memchr(base, 0x0a, bytes.count).map { UnsafeRawPointer($0) - base }
        let carriageReturn = memchr(base, 0x0d, lineFeed ?? bytes.count).map { UnsafeRawPointer($0) - base }
        return carriageReturn ?? lineFeed
    }
}
