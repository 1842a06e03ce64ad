import WireJSON

/// `read_file`: the lines of a text file, numbered.
struct ReadFileTool: Tool {
    private let workspace: Workspace

    /// Reads in this workspace.
    init(_ workspace: Workspace) { self.workspace = workspace }

    var specification: ToolSpecification {
        ToolSpecification(
            name: "read_file",
            description: "Reads a text file of the workspace. Each line comes with its number and a tab before it, "
                + "which are not in the file. At most \(workspace.limits.lines) lines at once: offset tells where "
                + "to go on.",
            parameters: ToolSchema.object(
                [
                    ("path", ToolSchema.text("The file, relative to the workspace.")),
                    ("offset", ToolSchema.integer("The first line to read, 1 without it.", in: 1...Int(Int32.max))),
                    ("limit", ToolSchema.integer("The most lines to read.", in: 1...workspace.limits.lines)),
                ],
                required: ["path"]
            ),
            component: .preview
        )
    }

    let runsInParallel = true

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        let arguments = try ToolArguments(arguments, of: "read_file", known: ["path", "offset", "limit"])
        let workspace = workspace
        let path = try workspace.path(try arguments.text("path"))
        let offset = try arguments.integer("offset", in: 1...Int(Int32.max)) ?? 1
        let limit = try arguments.integer("limit", in: 1...workspace.limits.lines) ?? workspace.limits.lines
        return try await FileWork.shared.run { _ throws(ToolFailure) in
            let bytes = try workspace.read(path)
            guard !Answer.isBinary(bytes) else {
                throw ToolFailure("\(path.shown) is a binary file of \(bytes.count) bytes; only text is read.")
            }
            return try Self.lines(bytes, of: path, from: offset, limit: limit, workspace.limits)
        }
    }

    private static func lines(
        _ bytes: [UInt8],
        of path: WorkspacePath,
        from offset: Int,
        limit: Int,
        _ limits: WorkspaceLimits
    ) throws(ToolFailure) -> String {
        if bytes.isEmpty { return "\(path.shown) is empty." }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard offset <= lines.count else {
            throw ToolFailure("\(path.shown) has \(lines.count) lines; there is no line \(offset).")
        }
        let asked = lines[(offset - 1)...].prefix(limit)
        var answer = Answer(limits)
        var next = offset
        for line in asked {
            let number = String(next)
            let space = String(repeating: " ", count: max(0, 6 - number.count))
            guard answer.add(space + number + "\t" + Answer.line(line, limits)) else { break }
            next += 1
        }
        if next <= lines.count {
            answer.note("(lines \(offset) to \(next - 1) of \(lines.count); go on with offset \(next))")
        }
        return answer.text
    }
}
