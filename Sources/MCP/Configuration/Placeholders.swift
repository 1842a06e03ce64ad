/// `${NAME}` in a configuration's texts, to be filled from a session's environment.
public enum Placeholders {
    /// Names that have no value.
    public struct Missing: Error, Equatable, CustomStringConvertible {
        /// The names, sorted.
        public let names: [String]

        /// What is missing and where to give it.
        public var description: String {
            let list = names.map { "${\($0)}" }.joined(separator: ", ")
            return "no value for \(list): set \(names.count == 1 ? "it" : "them") in the request's runtime_env, "
                + "the environment or the agent's defaults"
        }
    }

    /// The text with each `${NAME}` replaced by its value. NAME is of letters, digits and `_`; anything else between
    /// the braces, and a `$` without braces, stays as it is. A value is not searched for placeholders.
    ///
    /// - Throws: ``Missing`` with every name that `values` lacks.
    public static func fill(_ text: String, from values: [String: String]) throws(Missing) -> String {
        var filler = Filler(values: values)
        let filled = filler.fill(text)
        try filler.check()
        return filled
    }

    /// Fills texts and remembers what was missing and what was used.
    struct Filler {
        let values: [String: String]
        private(set) var missing: Set<String> = []
        private(set) var used: Set<String> = []

        init(values: [String: String]) { self.values = values }

        mutating func fill(_ text: String) -> String {
            var filled = ""
            var rest = text[...]
            while let start = rest.firstRange(of: "${") {
                filled += rest[..<start.lowerBound]
                let name = rest[start.upperBound...].prefix { Self.isNameCharacter($0) }
                let afterName = rest[name.endIndex...]
                if !name.isEmpty, afterName.first == "}" {
                    filled += value(of: String(name))
                    rest = afterName.dropFirst()
                } else {
                    filled += "${"
                    rest = rest[start.upperBound...]
                }
            }
            return filled + rest
        }

        func check() throws(Missing) {
            if !missing.isEmpty { throw Missing(names: missing.sorted()) }
        }

        private mutating func value(of name: String) -> String {
            guard let value = values[name] else {
                missing.insert(name)
                return ""
            }
            used.insert(value)
            return value
        }

        private static func isNameCharacter(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || character == "_")
        }
    }
}
