import WireJSON

/// `grep`: the lines that hold a regular expression.
struct GrepTool: Tool {
    private let workspace: Workspace

    /// Searches in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    let specification = ToolSpecification(
        name: "grep",
        description: "Finds the lines of the workspace's text files that hold a regular expression, as "
            + "\"path:line: text\". Look-around and back references are not known. Links are not followed; binary files "
            + "and what is in .git are left out.",
        parameters: ToolSchema.object(
            [
                ("pattern", ToolSchema.text("The regular expression.")),
                ("path", ToolSchema.text("The file or folder to search in; the workspace itself without it.")),
                ("glob", ToolSchema.text("Only files like this: \"*.swift\", or \"src/**/*.c\" from the path on.")),
                ("ignore_case", ToolSchema.flag("Whether small and capital letters are the same.")),
            ],
            required: ["pattern"]
        ),
        component: .search
    )

    let runsInParallel = true

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "grep", known: ["pattern", "path", "glob", "ignore_case"])
        let pattern = try LinePattern(
            try arguments.text("pattern"),
            ignoresCase: try arguments.flag("ignore_case")
        )
        let files = try arguments.optionalText("glob").map { text throws(ToolFailure) in try GlobPattern(text) }
        let workspace = workspace
        let path = try workspace.path(try arguments.optionalText("path") ?? ".")
        return try await FileWork.shared.run { cancellation throws(ToolFailure) in
            var search = Search(workspace: workspace, pattern: pattern, cancellation: cancellation)
            return try search.run(path, files)
        }
    }

    private struct Search {
        let workspace: Workspace
        let pattern: LinePattern
        let cancellation: Cancellation
        var answer: Answer
        var found = 0
        var isCut = false
        var tooLarge = 0

        init(workspace: Workspace, pattern: LinePattern, cancellation: Cancellation) {
            self.workspace = workspace
            self.pattern = pattern
            self.cancellation = cancellation
            answer = Answer(workspace.limits)
        }

        mutating func run(_ path: WorkspacePath, _ files: GlobPattern?) throws(ToolFailure) -> String {
            let place = try workspace.resolve(path)
            let status = try? workspace.status(place.name, in: place.folder)
            if let status, case .file = Workspace.kind(status) {
                _ = try lines(try workspace.read(path), of: path)
                return text(isComplete: true)
            }
            var search = self
            let isComplete = try workspace.walk(path, cancellation) { visit throws(ToolFailure) in
                guard case .file(let size) = visit.kind else { return visit.isRepository ? .skip : .goOn }
                if let files, !files.matches(files.isName ? visit.relative.suffix(1) : visit.relative) { return .goOn }
                guard size <= search.workspace.limits.readBytes else {
                    search.tooLarge += 1
                    return .goOn
                }
                // One that cannot be read is as one that is not there.
                guard let bytes = try? search.workspace.read(visit.relative.last ?? [], in: visit.folder, visit.path)
                else { return .goOn }
                return try search.lines(bytes, of: visit.path) ? .goOn : .stop
            }
            self = search
            return text(isComplete: isComplete)
        }

        /// - Returns: whether there is room for more.
        private mutating func lines(_ bytes: [UInt8], of path: WorkspacePath) throws(ToolFailure) -> Bool {
            guard !Answer.isBinary(bytes) else { return true }
            var number = 0
            for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                number += 1
                if number % 64 == 0 { try cancellation.check() }
                guard pattern.matches(line) else { continue }
                let shown = "\(path.shown):\(number): \(Answer.line(line, workspace.limits))"
                guard found < workspace.limits.results, answer.add(shown) else {
                    isCut = true
                    return false
                }
                found += 1
            }
            return true
        }

        private mutating func text(isComplete: Bool) -> String {
            if isCut { answer.note("(the first \(found) lines; there are more: narrow the pattern, path or glob)") }
            if tooLarge > 0 {
                answer.note("(\(tooLarge) files larger than \(workspace.limits.readBytes) bytes were left out)")
            }
            if !isComplete {
                answer.note("(not everything was looked at: too many or too deep folders; narrow the path)")
            }
            return answer.text.isEmpty ? "Nothing found." : answer.text
        }
    }
}
