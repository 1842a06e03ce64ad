/// Cuts a stream into lines that end in LF or CRLF.
struct LineSplitter {
    /// A line is over the limit.
    struct TooLong: Error {}

    private let limit: Int
    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Hands over each line that `bytes` completes, without its end and without empty ones unless `body` wants them.
    mutating func split(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(TooLong) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard partial.count + (end - rest.startIndex) <= limit else { throw TooLong() }
            partial.append(contentsOf: rest[rest.startIndex..<end])
            if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
            partial.withUnsafeBytes { body($0) }
            partial.removeAll(keepingCapacity: partial.capacity <= 64 << 10)
            rest = rest[(end + 1)...]
        }
        guard partial.count + rest.count <= limit else { throw TooLong() }
        partial.append(contentsOf: rest)
    }
}

/// Gives the data of server-sent events (HTML Living Standard, 9.2) and their ids.
struct EventSplitter {
    private var lines: LineSplitter
    private let limit: Int
    private var data: [UInt8] = []
    private var hasData = false

    init(limit: Int) {
        self.limit = limit
        // A field's name and its colon do not count.
        lines = LineSplitter(limit: limit + 64)
    }

    /// Hands over the data of each event that `bytes` completes; an event without any is none.
    mutating func split(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(LineSplitter.TooLong) {
        var isTooLong = false
        var lines = self.lines
        defer { self.lines = lines }
        try lines.split(bytes) { line throws(Never) in
            if line.isEmpty {
                if hasData { data.withUnsafeBytes { body($0) } }
                data.removeAll(keepingCapacity: data.capacity <= 64 << 10)
                hasData = false
            } else if line.starts(with: "data:".utf8) {
                if hasData { data.append(UInt8(ascii: "\n")) }
                hasData = true
                let value = line.dropFirst(5)
                data.append(contentsOf: value.first == UInt8(ascii: " ") ? value.dropFirst() : value)
                if data.count > limit {
                    isTooLong = true
                    data = []
                }
            }
        }
        if isTooLong { throw LineSplitter.TooLong() }
    }
}
