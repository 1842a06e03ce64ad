/// A path with at most one parameter: `/v1/executions/{id}:cancel`.
struct PathPattern: Sendable {
    private let prefix: Substring
    private let suffix: Substring
    private let hasParameter: Bool

    init(_ pattern: String) {
        if let open = pattern.firstIndex(of: "{"), let close = pattern.firstIndex(of: "}") {
            prefix = pattern[..<open]
            suffix = pattern[pattern.index(after: close)...]
            hasParameter = true
        } else {
            prefix = pattern[...]
            suffix = ""
            hasParameter = false
        }
    }

    /// What the parameter is in `path` (empty if the pattern has none); nil if the path is another.
    func match(_ path: String) -> Substring? {
        guard hasParameter else { return path == prefix ? "" : nil }
        guard path.hasPrefix(prefix), path.hasSuffix(suffix), path.count > prefix.count + suffix.count else {
            return nil
        }
        let value = path.dropFirst(prefix.count).dropLast(suffix.count)
        return value.contains("/") || value.contains(":") ? nil : value
    }
}
