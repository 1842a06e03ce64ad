/// Reads a regular expression as a tree.
struct LinePatternReader {
    private let text: [Unicode.Scalar]
    private let ignoresCase: Bool
    private var index = 0
    private var depth = 0

    /// - Throws: ``ToolFailure`` for a pattern that is empty or too long.
    init(_ text: String, ignoresCase: Bool) throws(ToolFailure) {
        guard !text.isEmpty, text.utf8.count <= 1_000 else {
            throw ToolFailure("The pattern must have 1 to 1000 bytes; this one has \(text.utf8.count).")
        }
        self.text = Array(text.unicodeScalars)
        self.ignoresCase = ignoresCase
    }

    /// Letters, digits and `_`.
    static let word = ranges(["a"..."z", "A"..."Z", "0"..."9", "_"..."_", "\u{c0}"..."\u{24f}", "\u{370}"..."\u{1fff}"])
    private static let digit = ranges(["0"..."9"])
    private static let space = ranges([" "..." ", "\t"..."\r", "\u{85}"..."\u{85}", "\u{a0}"..."\u{a0}"])

    private static func ranges(_ ranges: [ClosedRange<Unicode.Scalar>]) -> ScalarSet {
        var set = ScalarSet()
        for range in ranges { set.insert(range.lowerBound, range.upperBound) }
        return set
    }

    /// Reads all of it.
    mutating func read() throws(ToolFailure) -> LinePatternNode {
        let node = try choice()
        guard index == text.count else { throw problem("\")\" closes nothing; write \\) for the character") }
        return node
    }

    private var next: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private func problem(_ what: String) -> ToolFailure {
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: text)
        return ToolFailure("The pattern \(quoted(String(shown))) cannot be read at character \(index + 1): \(what).")
    }

    private mutating func choice() throws(ToolFailure) -> LinePatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw problem("more than 50 groups in each other") }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(ToolFailure) -> LinePatternNode {
        var nodes: [LinePatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" { nodes.append(try repeated(try atom())) }
        return .sequence(nodes)
    }

    private mutating func repeated(_ node: LinePatternNode) throws(ToolFailure) -> LinePatternNode {
        var node = node
        while let (least, most) = try repetition() {
            // Whether it takes much or little first makes no difference to whether it is found.
            _ = take("?") || take("+")
            node = .repetition(node, least, most)
        }
        return node
    }

    private mutating func repetition() throws(ToolFailure) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard next == "{", index + 1 < text.count, Self.digit.contains(text[index + 1]) else { return nil }
        index += 1
        let least = try number()
        var most: Int? = least
        if take(",") { most = next == "}" ? nil : try number() }
        guard take("}") else { throw problem("\"}\" is missing") }
        guard most.map({ $0 >= least }) ?? true else { throw problem("the numbers stand the wrong way round") }
        return (least, most)
    }

    private mutating func number() throws(ToolFailure) -> Int {
        var number = 0
        guard let scalar = next, Self.digit.contains(scalar) else { throw problem("a number is missing") }
        while let scalar = next, Self.digit.contains(scalar) {
            number = number * 10 + Int(scalar.value - 48)
            guard number <= 1_000 else { throw problem("at most 1000 repetitions") }
            index += 1
        }
        return number
    }

    private mutating func atom() throws(ToolFailure) -> LinePatternNode {
        guard let scalar = next else { throw problem("it ends too early") }
        index += 1
        switch scalar {
        case ".":
            var set = ScalarSet()
            set.isInverted = true
            return .set(set)
        case "^": return .edge(.lineStart)
        case "$": return .edge(.lineEnd)
        case "(":
            if take("?") {
                guard take(":") else { throw problem("of groups with \"?\" only (?:…) is known") }
            }
            let node = try choice()
            guard take(")") else { throw problem("\")\" is missing") }
            return node
        case "[": return .set(try bracket())
        case "*", "+", "?":
            index -= 1
            throw problem("\"\(scalar)\" has nothing to repeat; write \\\(scalar) for the character")
        case "\\": return try escaped()
        default: return .set(single(scalar))
        }
    }

    private func single(_ scalar: Unicode.Scalar) -> ScalarSet {
        var set = ScalarSet()
        set.insert(scalar, scalar)
        if ignoresCase { set.insertOtherCases() }
        return set
    }

    private mutating func escaped() throws(ToolFailure) -> LinePatternNode {
        guard let scalar = next else { throw problem("a character is missing after \"\\\"") }
        if scalar == "b" || scalar == "B" {
            index += 1
            return .edge(scalar == "b" ? .wordEdge : .noWordEdge)
        }
        return .set(try escapedSet())
    }

    private mutating func escapedSet() throws(ToolFailure) -> ScalarSet {
        guard let scalar = next else { throw problem("a character is missing after \"\\\"") }
        index += 1
        switch scalar {
        case "d": return Self.digit
        case "w": return Self.word
        case "s": return Self.space
        case "D", "W", "S":
            var set = scalar == "D" ? Self.digit : scalar == "W" ? Self.word : Self.space
            set.isInverted = true
            return set
        case "t": return single("\t")
        case "r": return single("\r")
        case "n": throw problem("lines are searched one by one, so there is no \\n in them")
        case "a"..."z", "A"..."Z", "0"..."9":
            index -= 1
            throw problem("\\\(scalar) is not known")
        default: return single(scalar)
        }
    }

    private mutating func bracket() throws(ToolFailure) -> ScalarSet {
        var set = ScalarSet()
        let isInverted = take("^")
        var isFirst = true
        while true {
            guard let scalar = next else { throw problem("\"]\" is missing") }
            index += 1
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "\\" {
                set.insert(try escapedSet())
            } else if next == "-", index + 1 < text.count, text[index + 1] != "]", text[index + 1] != "\\" {
                let last = text[index + 1]
                guard last >= scalar else { throw problem("the range stands the wrong way round") }
                set.insert(scalar, last)
                index += 2
            } else {
                set.insert(scalar, scalar)
            }
        }
        if ignoresCase { set.insertOtherCases() }
        set.isInverted = isInverted
        return set
    }
}
