import Yams

/// Reads a definition's YAML field by field, and notes where each stands and what is wrong with it.
final class FieldReader {
    private(set) var problems: [AgentProblem] = []
    private(set) var lines: [String: Int] = [:]
    private let file: String
    /// How many lines of the file come before the YAML's first.
    private let linesBefore: Int

    /// Begins reading.
    init(file: String, linesBefore: Int) {
        self.file = file
        self.linesBefore = linesBefore
    }

    /// Notes something wrong.
    func add(_ field: String, _ message: String, line: Int?) {
        problems.append(AgentProblem(file: file, line: line, field: field, message: message))
    }

    /// Where a field stands, or the nearest that it is a part of.
    func line(of field: String) -> Int? {
        var place = field[...]
        while true {
            if let line = lines[String(place)] { return line }
            guard let end = place.lastIndex(where: { $0 == "." || $0 == "[" }) else { return nil }
            place = place[..<end]
        }
    }

    /// The fields of a mapping by their names in snake case; another than the known ones is a problem.
    func fields(_ node: Node?, _ path: String, known: [String]) -> [String: Node] {
        guard let node, !isNull(node) else { return [:] }
        note(node, path)
        guard let mapping = node.mapping else {
            add(path, "\(kind(node)) where a mapping of \(known.joined(separator: ", ")) is expected", line: line(node))
            return [:]
        }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            let written = key.scalar?.string ?? ""
            let name = snakeCase(written)
            guard known.contains(name) else {
                let field = path.isEmpty ? Names.plain(written) : "\(path).\(Names.plain(written))"
                let hint = Names.closest(name, among: known).map { "did you mean \($0)?" }
                add(
                    field,
                    "there is no such field; " + (hint ?? "there are \(known.joined(separator: ", "))"),
                    line: line(key)
                )
                continue
            }
            let field = path.isEmpty ? name : "\(path).\(name)"
            if fields[name] != nil { add(field, "it stands there twice", line: line(key)) }
            if lines[field] == nil { lines[field] = line(key) }
            fields[name] = value
        }
        return fields
    }

    /// A text; empty where there is none.
    func text(_ node: Node?, _ path: String) -> String {
        guard let node, !isNull(node) else { return "" }
        note(node, path)
        guard let scalar = node.scalar else {
            add(path, "\(kind(node)) where a text is expected", line: line(node))
            return ""
        }
        return scalar.string
    }

    /// A list of whatever `read` reads.
    func list<Element>(_ node: Node?, _ path: String, _ read: (Node, String) -> Element) -> [Element] {
        guard let node, !isNull(node) else { return [] }
        note(node, path)
        guard let sequence = node.sequence else {
            add(path, "\(kind(node)) where a list is expected", line: line(node))
            return []
        }
        return sequence.enumerated().map { index, element in
            note(element, "\(path)[\(index)]")
            return read(element, "\(path)[\(index)]")
        }
    }

    /// A list of texts.
    func texts(_ node: Node?, _ path: String) -> [String] { list(node, path, text) }

    /// A mapping of any names.
    func map<Value>(_ node: Node?, _ path: String, _ read: (Node, String) -> Value) -> [String: Value] {
        guard let node, !isNull(node) else { return [:] }
        note(node, path)
        guard let mapping = node.mapping else {
            add(path, "\(kind(node)) where a mapping is expected", line: line(node))
            return [:]
        }
        var map: [String: Value] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                add(path, "\(kind(key)) where a name is expected", line: line(key))
                continue
            }
            let field = "\(path).\(Names.plain(name))"
            lines[field] = line(key)
            map[name] = read(value, field)
        }
        return map
    }

    /// A whole number; nil where there is none.
    func integer(_ node: Node?, _ path: String) -> Int? {
        guard let node, !isNull(node) else { return nil }
        note(node, path)
        guard let text = node.scalar?.string, let number = Int(text) else {
            add(path, "\(shown(node)) where a whole number is expected", line: line(node))
            return nil
        }
        return number
    }

    /// Yes or no; nil where there is none.
    func flag(_ node: Node?, _ path: String) -> Bool? {
        guard let node, !isNull(node) else { return nil }
        note(node, path)
        switch node.scalar?.string {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            add(path, "\(shown(node)) where true or false is expected", line: line(node))
            return nil
        }
    }

    private func note(_ node: Node, _ path: String) { if lines[path] == nil { lines[path] = line(node) } }

    private func line(_ node: Node) -> Int? { node.mark.map { $0.line + linesBefore } }

    private func shown(_ node: Node) -> String { node.scalar.map { Names.quoted($0.string) } ?? kind(node) }

    private func kind(_ node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar, .alias: "a single value"
        }
    }

    private func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// `mcpServers` as `mcp_servers`.
    private func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { text, letter in
            if letter.isUppercase, !text.isEmpty { text += "_" }
            text += letter.lowercased()
        }
    }
}
