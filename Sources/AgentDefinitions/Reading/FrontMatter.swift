/// A Markdown text with YAML before it, between two lines of `---`.
struct FrontMatter {
    /// The YAML; empty if there is none.
    let yaml: String
    /// The rest, without empty lines around it.
    let body: String
    /// How many lines come before the YAML's first.
    let linesBefore: Int
    /// Whether the second line of `---` is missing.
    let isOpen: Bool

    /// Takes a text apart.
    init(_ text: String) {
        // Characters of Swift's are not asked: "\r\n" is one of them.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        func isFence(_ line: String) -> Bool {
            line == "---" || line.hasPrefix("---") && line.dropFirst(3).allSatisfy { $0 == " " }
        }
        guard let first = lines.first, isFence(first) else {
            yaml = ""
            body = Self.trimmed(lines)
            linesBefore = 0
            isOpen = false
            return
        }
        lines.removeFirst()
        let end = lines.firstIndex(where: isFence)
        yaml = lines[..<(end ?? lines.count)].joined(separator: "\n")
        body = end.map { Self.trimmed(Array(lines[($0 + 1)...])) } ?? ""
        linesBefore = 1
        isOpen = end == nil
    }

    private static func trimmed(_ lines: [String]) -> String {
        func isEmpty(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }
        guard let first = lines.firstIndex(where: { !isEmpty($0) }), let last = lines.lastIndex(where: { !isEmpty($0) })
        else { return "" }
        return lines[first...last].joined(separator: "\n")
    }
}
