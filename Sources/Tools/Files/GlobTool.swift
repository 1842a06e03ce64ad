import WireJSON

/// `glob`: the files and folders whose path fits a pattern.
struct GlobTool: Tool {
    private let workspace: Workspace

    /// Searches in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    let specification = ToolSpecification(
        name: "glob",
        description: "Finds files and folders of the workspace by their path: \"*.md\" in the folder itself, "
            + "\"**/*.md\" at any depth, \"src/{a,b}?.swift\". Links are not followed, and what is in .git is left out.",
        parameters: ToolSchema.object(
            [
                ("pattern", ToolSchema.text("The pattern, with *, ?, [a-z], {a,b} and ** for any number of folders.")),
                ("path", ToolSchema.text("The folder that the pattern begins in; the workspace itself without it.")),
            ],
            required: ["pattern"]
        ),
        component: .search
    )

    let runsInParallel = true

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "glob", known: ["pattern", "path"])
        let pattern = try GlobPattern(try arguments.text("pattern"))
        let workspace = workspace
        let path = try workspace.path(try arguments.optionalText("path") ?? ".")
        return try await FileWork.shared.run { cancellation throws(ToolFailure) in
            try Self.find(pattern, below: path, in: workspace, cancellation)
        }
    }

    private static func find(
        _ pattern: GlobPattern,
        below path: WorkspacePath,
        in workspace: Workspace,
        _ cancellation: Cancellation
    ) throws(ToolFailure) -> String {
        var answer = Answer(workspace.limits)
        var found = 0
        var isCut = false
        let isComplete = try workspace.walk(path, cancellation) { visit throws(ToolFailure) in
            if pattern.matches(visit.relative) {
                let line = visit.path.shown + (visit.kind == .folder ? "/" : "")
                guard found < workspace.limits.results, answer.add(line) else {
                    isCut = true
                    return .stop
                }
                found += 1
            }
            return visit.isRepository ? .skip : .goOn
        }
        if isCut { answer.note("(the first \(found); there are more: narrow the pattern or the path)") }
        if !isComplete { answer.note("(not everything was looked at: too many or too deep folders; narrow the path)") }
        return answer.text.isEmpty ? "Nothing fits." : answer.text
    }
}

extension Workspace.Visit {
    /// Whether it is a repository's own data, which nobody wants to search through.
    var isRepository: Bool { kind == .folder && relative.last == Array(".git".utf8) }
}
