/// A regular expression that is searched for in a line, in a time that grows with the line's length times the
/// pattern's and no further, whatever a model writes: all ways through it are followed at once.
///
/// It knows `.`, classes, `\d \w \s \b`, `^`, `$`, groups, `|` and `* + ? {m,n}`. Look-around and back references, which
/// cannot be searched for in that time, are refused.
struct LinePattern: Sendable {
    /// A step of the search.
    enum Step: Sendable {
        case take(ScalarSet)
        case either(Int, Int)
        case jump(Int)
        case lineStart, lineEnd, wordEdge, noWordEdge
        case found
    }

    private let steps: [Step]
    /// The bytes to look for, where the pattern is nothing but a text.
    private let plain: ByteSearch?

    /// Reads a pattern.
    ///
    /// - Throws: ``ToolFailure`` that says what cannot be read.
    init(_ text: String, ignoresCase: Bool) throws(ToolFailure) {
        let isPlain = !ignoresCase && !text.isEmpty && !text.contains { "\\^$.|?*+()[]{}".contains($0) }
        var reader = try LinePatternReader(text, ignoresCase: ignoresCase)
        let node = try reader.read()
        var steps: [Step] = []
        try Self.append(node, to: &steps)
        steps.append(.found)
        self.steps = steps
        plain = isPlain ? ByteSearch(Array(text.utf8)) : nil
    }

    /// Whether a line holds it.
    func matches(_ line: ArraySlice<UInt8>) -> Bool {
        if let plain { return plain.first(in: line) != nil }
        let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
        var now = Ways(count: steps.count)
        var next = Ways(count: steps.count)
        for index in 0...scalars.count {
            if follow(0, at: index, in: scalars, &now) { return true }
            guard index < scalars.count else { return false }
            for step in now.list {
                guard case .take(let set) = steps[step], set.contains(scalars[index]) else { continue }
                if follow(step + 1, at: index + 1, in: scalars, &next) { return true }
            }
            swap(&now, &next)
            next.removeAll()
        }
        return false
    }

    /// Takes every way from a step on that costs no character.
    ///
    /// - Returns: whether one of them ends.
    private func follow(_ start: Int, at index: Int, in line: [Unicode.Scalar], _ ways: inout Ways) -> Bool {
        var open = [start]
        while let step = open.popLast() {
            guard ways.insert(step) else { continue }
            switch steps[step] {
            case .found: return true
            case .take: continue
            case .jump(let target): open.append(target)
            case .either(let first, let second): open += [first, second]
            case .lineStart: if index == 0 { open.append(step + 1) }
            case .lineEnd: if index == line.count { open.append(step + 1) }
            case .wordEdge: if isWordEdge(index, in: line) { open.append(step + 1) }
            case .noWordEdge: if !isWordEdge(index, in: line) { open.append(step + 1) }
            }
        }
        return false
    }

    private func isWordEdge(_ index: Int, in line: [Unicode.Scalar]) -> Bool {
        let before = index > 0 && LinePatternReader.word.contains(line[index - 1])
        let after = index < line.count && LinePatternReader.word.contains(line[index])
        return before != after
    }

    /// The steps that the search is at, each once.
    private struct Ways {
        var list: [Int] = []
        private var isIn: [Bool]

        init(count: Int) { isIn = Array(repeating: false, count: count) }

        mutating func insert(_ step: Int) -> Bool {
            guard !isIn[step] else { return false }
            isIn[step] = true
            list.append(step)
            return true
        }

        mutating func removeAll() {
            for step in list { isIn[step] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    private static func append(_ node: LinePatternNode, to steps: inout [Step]) throws(ToolFailure) {
        guard steps.count < 4_000 else {
            throw ToolFailure("The pattern is too large once its repetitions are written out; use smaller numbers.")
        }
        switch node {
        case .set(let set): steps.append(.take(set))
        case .edge(let step): steps.append(step)
        case .sequence(let nodes): for node in nodes { try append(node, to: &steps) }
        case .choice(let nodes):
            var ends: [Int] = []
            for node in nodes.dropLast() {
                let split = steps.count
                steps.append(.jump(0))
                try append(node, to: &steps)
                ends.append(steps.count)
                steps.append(.jump(0))
                steps[split] = .either(split + 1, steps.count)
            }
            if let last = nodes.last { try append(last, to: &steps) }
            for end in ends { steps[end] = .jump(steps.count) }
        case .repetition(let node, let least, let most):
            for _ in 0..<least { try append(node, to: &steps) }
            guard let most else {
                let split = steps.count
                steps.append(.jump(0))
                try append(node, to: &steps)
                steps.append(.jump(split))
                steps[split] = .either(split + 1, steps.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<most {
                splits.append(steps.count)
                steps.append(.jump(0))
                try append(node, to: &steps)
            }
            for split in splits { steps[split] = .either(split + 1, steps.count) }
        }
    }
}

/// A part of a pattern.
indirect enum LinePatternNode {
    case set(ScalarSet)
    case edge(LinePattern.Step)
    case sequence([LinePatternNode])
    case choice([LinePatternNode])
    case repetition(LinePatternNode, Int, Int?)
}
