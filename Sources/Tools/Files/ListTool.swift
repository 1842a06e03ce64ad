import WireJSON

/// `ls`: what a folder of the workspace holds.
struct ListTool: Tool {
    private let workspace: Workspace

    /// Lists in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    let specification = ToolSpecification(
        name: "ls",
        description: "Lists what a folder of the workspace holds: folders end in \"/\", files have their size.",
        parameters: ToolSchema.object(
            [("path", ToolSchema.text("The folder, relative to the workspace; without it the workspace itself."))],
            required: []
        ),
        component: .filesystem
    )

    let runsInParallel = true

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "ls", known: ["path"])
        let workspace = workspace
        let path = try workspace.path(try arguments.optionalText("path") ?? ".")
        return try await FileWork.shared.run { _ throws(ToolFailure) in try Self.list(path, in: workspace) }
    }

    private static func list(_ path: WorkspacePath, in workspace: Workspace) throws(ToolFailure) -> String {
        let folder = try workspace.openFolder(path)
        let listed: (names: [[UInt8]], areAll: Bool)
        do throws(SystemError) {
            listed = try folder.names(atMost: workspace.limits.visited)
        } catch {
            throw workspace.failure(error, path, "cannot be listed")
        }
        let names = listed.names.sorted { $0.lexicographicallyPrecedes($1) }
        var answer = Answer(workspace.limits)
        var shown = 0
        for name in names.prefix(workspace.limits.results) {
            guard let status = try? workspace.status(name, in: folder) else { continue }
            let line =
                switch Workspace.kind(status) {
                case .folder: shownName(name) + "/"
                case .file(let bytes): "\(shownName(name)) (\(bytes) bytes)"
                case .link: shownName(name) + " (link)"
                case .other: shownName(name) + " (not a regular file)"
                }
            guard answer.add(line) else { break }
            shown += 1
        }
        if shown == 0, names.isEmpty { return "\(path.shown) is empty." }
        if !listed.areAll {
            answer.note("(the first \(shown) of more than \(names.count); use glob to find what you need)")
        } else if shown < names.count {
            answer.note("(the first \(shown) of \(names.count); use glob to find what you need)")
        }
        return answer.text
    }
}
