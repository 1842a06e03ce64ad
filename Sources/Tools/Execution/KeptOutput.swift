/// A command's output as far as it is kept: its start and its end.
struct KeptOutput {
    private let half: Int
    private var head: [UInt8] = []
    /// A ring of the last bytes once the head is full.
    private var tail: [UInt8] = []
    private var oldest = 0
    private(set) var total = 0

    /// Keeps at most `limit` bytes.
    init(limit: Int) { half = max(1, limit / 2) }

    /// Takes in what was written next.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        total += bytes.count
        let room = half - head.count
        head += bytes.prefix(room)
        for byte in bytes.dropFirst(room).suffix(half) {
            if tail.count < half {
                tail.append(byte)
            } else {
                tail[oldest] = byte
                oldest = (oldest + 1) % half
            }
        }
    }

    /// What is kept, with a line about what is left out. What is no UTF-8 becomes U+FFFD.
    var text: String {
        let end = tail[oldest...] + tail[..<oldest]
        let left = total - head.count - end.count
        guard left > 0 else { return String(decoding: head + end, as: UTF8.self) }
        return String(decoding: wholeHead, as: UTF8.self) + "\n… (\(left) bytes left out) …\n"
            + String(decoding: end.drop { $0 & 0xc0 == 0x80 }, as: UTF8.self)
    }

    /// The head without the beginning of a character at its end.
    private var wholeHead: ArraySlice<UInt8> { head[..<(head.count - incompleteSuffix(head[...]))] }
}

/// How many bytes at the end of `bytes` begin a character of UTF-8 that goes on after them.
func incompleteSuffix(_ bytes: ArraySlice<UInt8>) -> Int {
    for back in 1...3 where back <= bytes.count {
        let byte = bytes[bytes.endIndex - back]
        if byte & 0xc0 == 0x80 { continue }
        let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
        return length > back ? back : 0
    }
    return 0
}
