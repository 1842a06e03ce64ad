import WireJSON

/// Takes secrets out of texts that people and models read.
struct Redactor: Sendable {
    /// The longest first, so that one that holds another goes whole.
    private let secrets: [String]

    /// Values shorter than this hide nothing: `1`, `true` and `UTC` would only garble texts.
    static let shortest = 6

    init(_ secrets: some Sequence<String>) {
        // `Bearer abc…` is a secret, and so is the part that a server repeats without its first word.
        let parts = secrets.flatMap { [$0] + $0.split(separator: " ").dropFirst().map(String.init) }
        self.secrets = Set(parts).filter { $0.utf8.count >= Self.shortest }.sorted { $0.utf8.count > $1.utf8.count }
    }

    func redact(_ text: String) -> String {
        secrets.reduce(text) { $0.contains($1) ? $0.replacing($1, with: "•••") : $0 }
    }

    /// The value with every text in it redacted, but for the names of members.
    func redact(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(redact(text))
        case .array(let elements): .array(elements.map { redact($0) })
        case .object(let members): .object(members.map { .init($0.name, redact($0.value)) })
        case .null, .bool, .int, .double: value
        }
    }
}
