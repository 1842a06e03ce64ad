import WireJSON

/// `write_file`: a new file, or an old one with a new text.
struct WriteFileTool: Tool {
    private let workspace: Workspace

    /// Writes in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    let specification = ToolSpecification(
        name: "write_file",
        description: "Writes a whole text file of the workspace, in place of what it held before. Folders that are "
            + "missing are made. To change a part of a file use edit_file.",
        parameters: ToolSchema.object(
            [
                ("path", ToolSchema.text("The file, relative to the workspace.")),
                ("content", ToolSchema.text("The whole text of the file.")),
            ],
            required: ["path", "content"]
        ),
        component: .editor
    )

    let runsInParallel = false

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "write_file", known: ["path", "content"])
        let workspace = workspace
        let path = try workspace.path(try arguments.text("path"))
        let content = Array(try arguments.text("content").utf8)
        return try await FileWork.shared.run { _ throws(ToolFailure) in
            let isNew = try workspace.write(content, to: path)
            return "\(path.shown) is \(isNew ? "made" : "written anew"): \(content.count) bytes."
        }
    }
}
