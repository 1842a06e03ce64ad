/// Lines for the model, of bounded length each and together.
struct Answer {
    private let limits: WorkspaceLimits
    private(set) var text = ""

    /// Begins an empty answer.
    init(_ limits: WorkspaceLimits) { self.limits = limits }

    /// Adds a line.
    ///
    /// - Returns: whether there was room for it.
    mutating func add(_ line: String) -> Bool {
        guard text.utf8.count + line.utf8.count + 1 <= limits.answerBytes else { return false }
        if !text.isEmpty { text += "\n" }
        text += line
        return true
    }

    /// Adds a line of the tool's own, whether or not there is room.
    mutating func note(_ line: String) { text += text.isEmpty ? line : "\n\(line)" }

    /// A line of a file, as far as it is shown. What is no UTF-8 is shown as U+FFFD.
    static func line(_ bytes: some Collection<UInt8>, _ limits: WorkspaceLimits) -> String {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        guard bytes.count > limits.lineLength,
            let end = scalars.index(scalars.startIndex, offsetBy: limits.lineLength, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return String(scalars) }
        let left = scalars.distance(from: end, to: scalars.endIndex)
        return String(scalars[..<end]) + "… (\(left) characters more)"
    }

    /// Whether a file is no text: those have a NUL early on.
    static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8_192).contains(0) }
}
