/// Names as definitions write them, and what to say of those that are wrong.
enum Names {
    /// Whether a text is letters, digits, `-` and `_`, and not too long.
    static func isName(_ text: String) -> Bool {
        (1...AgentDefinitionLimits.nameLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// What a name has to be.
    static func rule(_ text: String) -> String {
        text.isEmpty
            ? "the name is missing"
            : "\(quoted(text)) is no name: 1 to \(AgentDefinitionLimits.nameLength) letters, digits, - and _"
    }

    /// Says that there is no such thing, and what may have been meant.
    static func unknown(_ name: String, among known: [String], _ kind: String) -> String {
        let hint =
            closest(name, among: known).map { "did you mean \(quoted($0))?" }
            ?? (known.isEmpty || known.count > 20 ? nil : "there are \(known.joined(separator: ", "))")
        return "\(quoted(name)) is no \(kind)" + (hint.map { "; \($0)" } ?? "")
    }

    /// What a word may have been meant to be.
    static func closest(_ word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 100 else { return nil }
        let ranked = known.map { ($0, distance(Array(word.lowercased().utf8), Array($0.lowercased().utf8))) }
        let length = word.utf8.count
        let limit = min(length - 1, length < 4 ? 1 : max(2, length / 3))
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= limit else { return nil }
        return best.0
    }

    /// In quotation marks, on one line and of bounded length.
    static func quoted(_ text: String) -> String { "\"\(plain(text))\"" }

    /// On one line and of bounded length.
    static func plain(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(80) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > 80 ? shown + "…" : shown
    }

    /// How many letters have to be changed, left out or put in (Levenshtein).
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var row = Array(0...second.count)
        for (index, byte) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (other, wanted) in second.enumerated() {
                let change = diagonal + (byte == wanted ? 0 : 1)
                diagonal = row[other + 1]
                row[other + 1] = min(change, row[other] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }
}
