/// A provider's key. Whatever prints it shows ``redacted``; only ``reveal()`` gives it.
public struct APIKey: Sendable, Equatable {
    private let key: String

    /// A key as it is sent.
    public init(_ key: String) {
        self.key = key
    }

    /// A key that somebody wrote: trimmed, and refused if it could break out of a header.
    init(checking text: String) throws(Unusable) {
        let key = text.trimmed
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Unusable("a key cannot hold line ends, spaces, control or non-ASCII characters; write it on one line")
        }
        self.key = key
    }

    /// The key itself, for the header that carries it and for nothing else.
    public func reveal() -> String { key }

    /// `…` and the key's last characters: four at most, and never more than a quarter of it.
    public var redacted: String { "…" + key.suffix(min(4, key.count / 4)) }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same as ``redacted``.
    public var description: String { redacted }
    /// The same as ``redacted``.
    public var debugDescription: String { redacted }
    /// Nothing: a dump shows ``redacted`` alone.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
