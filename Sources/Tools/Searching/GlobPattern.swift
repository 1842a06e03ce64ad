/// A pattern of paths: `*` and `?` within a name, `[a-z]`, `{a,b}`, and `**` for any number of folders.
struct GlobPattern: Sendable {
    /// One name's pattern.
    fileprivate enum Piece: Sendable, Equatable {
        case scalar(Unicode.Scalar)
        case any
        case run
        case set(ScalarSet)
    }

    private enum Part: Sendable, Equatable {
        case folders
        case name([Piece])
    }

    private let alternatives: [[Part]]
    /// Whether it speaks of a name alone and not of where it is.
    let isName: Bool

    /// Reads a pattern.
    ///
    /// - Throws: ``ToolFailure`` for one that is empty, too long, leads out or has too many alternatives.
    init(_ text: String) throws(ToolFailure) {
        guard !text.isEmpty, text.utf8.count <= 1_024 else {
            throw ToolFailure("The pattern must have 1 to 1024 bytes; this one has \(text.utf8.count).")
        }
        guard !text.hasPrefix("/") else {
            throw ToolFailure("The pattern \(quoted(text)) is absolute; write it relative to the workspace.")
        }
        var alternatives: [[Part]] = []
        for plain in try Self.withoutBraces(Array(text.unicodeScalars), shown: text) {
            let names = plain.split(separator: "/").filter { $0 != ["."] }
            guard !names.contains(["." as Unicode.Scalar, "."]) else {
                throw ToolFailure("The pattern \(quoted(text)) holds \"..\"; write it relative to the workspace.")
            }
            alternatives.append(names.map { $0 == ["*", "*"] ? .folders : .name(Self.pieces($0)) })
        }
        self.alternatives = alternatives
        isName = !text.unicodeScalars.contains("/")
    }

    /// Whether the names of a path fit.
    func matches(_ names: [[UInt8]]) -> Bool {
        let names = names.map { Array(String(decoding: $0, as: UTF8.self).unicodeScalars) }
        return alternatives.contains { Self.matches($0, names) }
    }

    private static func matches(_ parts: [Part], _ names: [[Unicode.Scalar]]) -> Bool {
        // reached[n]: the parts so far fit the first n names.
        var reached = [true] + Array(repeating: false, count: names.count)
        for part in parts {
            var next = Array(repeating: false, count: names.count + 1)
            switch part {
            case .folders:
                var isReached = false
                for index in next.indices {
                    isReached = isReached || reached[index]
                    next[index] = isReached
                }
            case .name(let pieces):
                for index in names.indices where reached[index] && fits(pieces, names[index]) {
                    next[index + 1] = true
                }
            }
            reached = next
        }
        return reached[names.count]
    }

    /// Goes back to the last `*` only, so the time is bounded by the product of the lengths.
    private static func fits(_ pieces: [Piece], _ name: [Unicode.Scalar]) -> Bool {
        var piece = 0
        var index = 0
        var star: (piece: Int, index: Int)?
        while index < name.count {
            if piece < pieces.count, pieces[piece] == .run {
                star = (piece, index)
                piece += 1
            } else if piece < pieces.count, pieces[piece].fits(name[index]) {
                piece += 1
                index += 1
            } else if let last = star {
                star = (last.piece, last.index + 1)
                piece = last.piece + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .run }
    }

    private static func pieces(_ name: some Collection<Unicode.Scalar>) -> [Piece] {
        var pieces: [Piece] = []
        let name = Array(name)
        var index = 0
        while index < name.count {
            let scalar = name[index]
            index += 1
            switch scalar {
            case "*": if pieces.last != .run { pieces.append(.run) }
            case "?": pieces.append(.any)
            case "\\" where index < name.count:
                pieces.append(.scalar(name[index]))
                index += 1
            case "[":
                if let (set, end) = bracket(name, from: index) {
                    pieces.append(.set(set))
                    index = end
                } else {
                    pieces.append(.scalar(scalar))
                }
            default: pieces.append(.scalar(scalar))
            }
        }
        return pieces
    }

    /// `[a-z]`, `[!a]`; nil where no bracket closes it.
    private static func bracket(_ name: [Unicode.Scalar], from start: Int) -> (ScalarSet, Int)? {
        var set = ScalarSet()
        var index = start
        if index < name.count, name[index] == "!" || name[index] == "^" {
            set.isInverted = true
            index += 1
        }
        let first = index
        while index < name.count {
            let scalar = name[index]
            if scalar == "]", index > first { return (set, index + 1) }
            if index + 2 < name.count, name[index + 1] == "-", name[index + 2] != "]" {
                set.insert(scalar, name[index + 2])
                index += 3
            } else {
                set.insert(scalar, scalar)
                index += 1
            }
        }
        return nil
    }

    /// Writes `a{b,c}` as `ab` and `ac`, at most 64 of them.
    private static func withoutBraces(
        _ text: [Unicode.Scalar],
        shown: String
    ) throws(ToolFailure) -> [[Unicode.Scalar]] {
        var done: [[Unicode.Scalar]] = []
        var open = [text]
        while let next = open.popLast() {
            guard done.count + open.count < 64 else {
                throw ToolFailure("The pattern \(quoted(shown)) has more than 64 alternatives.")
            }
            guard let (before, choices, after) = innermostBraces(next) else {
                done.append(next)
                continue
            }
            open += choices.reversed().map { before + $0 + after }
        }
        return done
    }

    private static func innermostBraces(
        _ text: [Unicode.Scalar]
    ) -> (before: [Unicode.Scalar], choices: [[Unicode.Scalar]], after: [Unicode.Scalar])? {
        guard let end = text.firstIndex(of: "}"), let start = text[..<end].lastIndex(of: "{") else { return nil }
        let choices = text[(start + 1)..<end].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        return (Array(text[..<start]), choices, Array(text[(end + 1)...]))
    }
}

extension GlobPattern.Piece {
    fileprivate func fits(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .scalar(let wanted): wanted == scalar
        case .any: true
        case .run: false
        case .set(let set): set.contains(scalar)
        }
    }
}
