/// A path inside a workspace, as a model wrote it and after its form has been checked.
struct WorkspacePath: Sendable, Equatable {
    /// The names from the workspace on; none for the workspace itself.
    let components: [[UInt8]]

    /// The workspace itself.
    static let root = WorkspacePath(components: [])

    private init(components: [[UInt8]]) { self.components = components }

    /// Checks what a model wrote: relative, without `..`, of bounded length and depth.
    ///
    /// - Throws: ``ToolFailure`` that says what to write instead.
    init(_ text: String, limits: WorkspaceLimits) throws(ToolFailure) {
        let shown = quoted(text)
        let bytes = Array(text.utf8)
        guard bytes.count <= limits.pathBytes else {
            throw ToolFailure(
                "The path \(shown) is \(bytes.count) bytes long; at most \(limits.pathBytes) are allowed."
            )
        }
        guard !bytes.contains(0) else { throw ToolFailure("The path \(shown) holds a NUL character.") }
        guard bytes.first != UInt8(ascii: "/") else {
            throw ToolFailure("The path \(shown) is absolute; write it relative to the workspace, as in \"src/a.txt\".")
        }
        let components = bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
            .filter { $0 != Array(".".utf8) }
        guard !components.contains(Array("..".utf8)) else {
            throw ToolFailure("The path \(shown) holds \"..\"; write it relative to the workspace, without \"..\".")
        }
        if let long = components.first(where: { $0.count > 255 }) {
            throw ToolFailure("The path \(shown) holds a name of \(long.count) bytes; at most 255 are allowed.")
        }
        guard components.count <= limits.depth else {
            throw ToolFailure(
                "The path \(shown) is \(components.count) folders deep; at most \(limits.depth) are allowed."
            )
        }
        self.components = components
    }

    /// The path with one name more.
    func appending(_ name: [UInt8]) -> WorkspacePath { WorkspacePath(components: components + [name]) }

    /// The path as a person or a model reads it, `.` for the workspace itself.
    var shown: String {
        components.isEmpty ? "." : shownName(components.joined(separator: CollectionOfOne(UInt8(ascii: "/"))))
    }
}
