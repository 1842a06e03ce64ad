/// Reads server-sent events (HTML Living Standard, 9.2) and gives the data of each.
///
/// The names and ids of events are passed over: what the providers say there they say in the data too.
/// An event that the stream's end cuts off is dropped, as the standard wants.
package struct SSEDecoder {
    private var lines: LineDecoder
    private let limit: Int
    private var data: [UInt8] = []
    private var hasData = false

    package init(limit: Int = LineDecoder.defaultLimit) {
        self.limit = limit
        lines = LineDecoder(limit: limit)
    }

    /// Hands the data of each event that `bytes` completes to `body`; it is valid only during the call.
    ///
    /// - Throws: ``LineDecoder/TooLong``, or whatever `body` throws.
    package mutating func decode(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void)
        throws
    {
        // Taken out, so that the closure may change the rest of the decoder.
        var lines = LineDecoder(limit: limit)
        swap(&lines, &self.lines)
        defer { swap(&lines, &self.lines) }
        try lines.decode(bytes) { try read($0, body) }
    }

    private mutating func read(_ line: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if line.isEmpty {
            guard hasData else { return }
            hasData = false
            defer { data.removeAll(keepingCapacity: data.capacity <= 1 << 16) }
            try data.withUnsafeBytes { try body($0) }
        } else if let value = Self.dataValue(line) {
            if hasData { data.append(UInt8(ascii: "\n")) }
            hasData = true
            guard data.count + value.count <= limit else { throw LineDecoder.TooLong(limit: limit) }
            data.append(contentsOf: value)
        }
    }

    /// What follows `data:` and at most one space; nil for other fields and for comments.
    private static func dataValue(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard line.starts(with: "data".utf8) else { return nil }
        if line.count == 4 { return UnsafeRawBufferPointer(rebasing: line[4...]) }
        guard line[4] == UInt8(ascii: ":") else { return nil }
        let hasSpace = line.count > 5 && line[5] == UInt8(ascii: " ")
        return UnsafeRawBufferPointer(rebasing: line[(hasSpace ? 6 : 5)...])
    }
}
