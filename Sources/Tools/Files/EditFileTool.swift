import WireJSON

/// `edit_file`: replaces an exact piece of a file's text.
struct EditFileTool: Tool {
    private let workspace: Workspace

    /// Edits in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    let specification = ToolSpecification(
        name: "edit_file",
        description: "Replaces a piece of text in a file of the workspace. old_string must stand in the file exactly "
            + "so, spaces and line ends included and without the line numbers of read_file, and only once: take in "
            + "lines around it to make it so, or say replace_all.",
        parameters: ToolSchema.object(
            [
                ("path", ToolSchema.text("The file, relative to the workspace.")),
                ("old_string", ToolSchema.text("The text to replace.")),
                ("new_string", ToolSchema.text("The text to put in its place.")),
                ("replace_all", ToolSchema.flag("Whether every place is replaced instead of the only one.")),
            ],
            required: ["path", "old_string", "new_string"]
        ),
        component: .editor
    )

    let runsInParallel = false

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let known = ["path", "old_string", "new_string", "replace_all"]
        let arguments = try ToolArguments(arguments, of: "edit_file", known: known)
        let workspace = workspace
        let path = try workspace.path(try arguments.text("path"))
        let old = Array(try arguments.text("old_string").utf8)
        let new = Array(try arguments.text("new_string").utf8)
        let replacesAll = try arguments.flag("replace_all")
        guard !old.isEmpty else { throw ToolFailure("edit_file: old_string is empty; write_file makes a new file.") }
        guard old != new else { throw ToolFailure("edit_file: old_string and new_string are the same.") }
        return try await FileWork.shared.run { cancellation throws(ToolFailure) in
            let bytes = try workspace.read(path)
            let places = try ByteSearch(old).places(in: bytes, cancellation)
            guard !places.isEmpty else {
                throw ToolFailure(
                    "old_string does not stand in \(path.shown); read the file and copy the text exactly, spaces and "
                        + "line ends included."
                )
            }
            guard replacesAll || places.count == 1 else {
                throw ToolFailure(
                    "old_string stands in \(path.shown) \(places.count) times; take in lines around the one you mean, "
                        + "or say replace_all."
                )
            }
            let size = bytes.count + places.count * (new.count - old.count)
            guard size <= workspace.limits.writtenBytes else {
                throw ToolFailure(
                    "\(path.shown) would be \(size) bytes long; a file of at most "
                        + "\(workspace.limits.writtenBytes) bytes is written."
                )
            }
            var edited: [UInt8] = []
            edited.reserveCapacity(size)
            var from = 0
            for place in places {
                edited += bytes[from..<place]
                edited += new
                from = place + old.count
            }
            edited += bytes[from...]
            _ = try workspace.write(edited, to: path)
            return places.count == 1
                ? "\(path.shown): replaced." : "\(path.shown): replaced in \(places.count) places."
        }
    }
}
