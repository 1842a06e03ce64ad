import Agents

/// The message that the model is producing right now: one growing buffer, however many pieces and readers it has.
struct MessageInProgress {
    /// A piece handed to a reader is no longer than this, so that a far-off reader's buffer stays small.
    static let pieceLimit = 16 * 1024

    private(set) var bytes: [UInt8] = []
    /// Where each run of one kind ends.
    private var runs: [(kind: DeltaKind, end: Int)] = []

    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: utf8)
        if runs.last?.kind == kind {
            runs[runs.count - 1].end = bytes.count
        } else {
            runs.append((kind, bytes.count))
        }
    }

    mutating func clear() {
        bytes = []
        runs = []
    }

    /// Whether a character begins at `offset`, or the buffer ends there.
    func isBoundary(_ offset: Int) -> Bool {
        offset == bytes.count || (offset < bytes.count && bytes[offset] & 0xC0 != 0x80)
    }

    /// The run of one kind that begins at `offset`, cut at a character if it is long.
    func piece(from offset: Int) -> (kind: DeltaKind, range: Range<Int>)? {
        guard offset < bytes.count else { return nil }
        // Readers are almost always in the last run.
        var index = runs.count - 1
        while index > 0 && runs[index - 1].end > offset { index -= 1 }
        var end = min(runs[index].end, offset + MessageInProgress.pieceLimit)
        while !isBoundary(end) { end -= 1 }
        return (runs[index].kind, offset..<end)
    }

    func text(_ kind: DeltaKind) -> String {
        var text = ""
        var start = 0
        for run in runs {
            if run.kind == kind { text += String(decoding: bytes[start..<run.end], as: UTF8.self) }
            start = run.end
        }
        return text
    }
}
