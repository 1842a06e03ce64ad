import Yams

/// Turns YAML into nodes, with one line about what is wrong.
enum YAMLText {
    /// Why a text is no YAML.
    struct Malformed: Error {
        let line: Int?
        let message: String
    }

    /// Reads a document; nil for an empty one.
    static func compose(_ text: String) throws(Malformed) -> Node? {
        // The parser goes one call deeper with each of them.
        var depth = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
            guard depth <= 200 else { throw Malformed(line: nil, message: "more than 200 brackets in each other") }
        }
        do {
            return try Yams.compose(yaml: text)
        } catch {
            switch error as? YamlError {
            case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _),
                .composer(_, let text, let mark, _):
                throw Malformed(line: mark.line, message: "malformed YAML: \(text)")
            case .duplicatedKeysInMapping(let keys, let context):
                let names = keys.map { Names.plain($0) }.sorted().joined(separator: ", ")
                throw Malformed(line: context.mark.line, message: "\(names): it stands there twice")
            case .reader(let text, _, _, _): throw Malformed(line: nil, message: "malformed YAML: \(text)")
            default: throw Malformed(line: nil, message: "malformed YAML")
            }
        }
    }
}
