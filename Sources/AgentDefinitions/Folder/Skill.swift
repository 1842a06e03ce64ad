#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Something that an agent knows how to do: a folder with a `SKILL.md`, and files that it speaks of.
public struct Skill: Sendable, Equatable {
    /// What it is called: of the front matter, or the folder's name.
    public let name: String
    /// What it is for.
    public let description: String
    /// How it is done: the text of `SKILL.md` after its front matter.
    public let text: String
    /// Where it is.
    public let folder: String

    /// How large a skill may be.
    public enum Limits {
        /// `SKILL.md`, in bytes.
        public static let textBytes = 256 << 10
        /// All files together, in bytes.
        public static let bytes = 16 << 20
        /// How many files.
        public static let files = 500
        /// How deep a file may lie, in folders.
        public static let depth = 8
    }

    /// A file of a skill.
    public struct File: Sendable, Equatable {
        /// Where it belongs, from the skill's folder on.
        public let path: String
        /// What it holds.
        public let bytes: [UInt8]
        /// Whether it is a program.
        public let isExecutable: Bool
    }

    /// Reads a skill's `SKILL.md`.
    ///
    /// - Throws: ``AgentProblem``
    public init(folder: String) throws(AgentProblem) {
        let path = folder + "/SKILL.md"
        let shown = Names.plain(path)
        let text: String
        do throws(DefinitionFile.Unreadable) {
            text = try DefinitionFile.text(path, limit: Limits.textBytes)
        } catch {
            throw AgentProblem(file: shown, field: "", message: error.why)
        }
        let document = FrontMatter(text)
        if document.isOpen {
            throw AgentProblem(
                file: shown,
                line: 1,
                field: "",
                message: "the front matter is not closed by a line of ---"
            )
        }
        let reader = FieldReader(file: shown, linesBefore: document.linesBefore)
        let fields: (name: String, description: String)
        do throws(YAMLText.Malformed) {
            // Others' skills say more than this (license, allowed-tools, …), which is not asked about here.
            let root = try YAMLText.compose(document.yaml)
            let mapping = root?.mapping
            fields = (reader.text(mapping?["name"], "name"), reader.text(mapping?["description"], "description"))
        } catch {
            let line = error.line.map { $0 + document.linesBefore }
            throw AgentProblem(file: shown, line: line, field: "", message: error.message)
        }
        if let problem = reader.problems.first { throw problem }
        let last = folder.split(separator: "/").last.map(String.init) ?? ""
        name = fields.name.isEmpty ? last : fields.name
        guard Names.isName(name) else {
            throw AgentProblem(file: shown, line: reader.line(of: "name"), field: "name", message: Names.rule(name))
        }
        guard fields.description.utf8.count <= AgentDefinitionLimits.textBytes else {
            let message = "longer than \(AgentDefinitionLimits.textBytes) bytes"
            throw AgentProblem(
                file: shown,
                line: reader.line(of: "description"),
                field: "description",
                message: message
            )
        }
        description = fields.description
        self.text = document.body
        self.folder = folder
    }

    /// What the agent's instructions say of it.
    ///
    /// - Parameter location: where its files are to the agent, as `skills/NAME` in the workspace.
    public func instructions(location: String) -> String {
        var lines = ["## Skill: \(name)"]
        if !description.isEmpty { lines.append(description) }
        lines += ["Its files are in \(location)/.", "", text]
        return lines.joined(separator: "\n")
    }

    /// Its files, for the workspace. Links are passed over, also those to folders: what they lead to is not the skill's.
    ///
    /// - Throws: ``AgentProblem`` for a skill beyond ``Limits``.
    public func files() throws(AgentProblem) -> [File] {
        var files: [File] = []
        var room = Limits.bytes
        try collect("", depth: 0, into: &files, room: &room)
        return files
    }

    private func collect(_ path: String, depth: Int, into files: inout [File], room: inout Int) throws(AgentProblem) {
        let shown = Names.plain(folder)
        for name in DefinitionFile.names(path.isEmpty ? folder : "\(folder)/\(path)") ?? [] {
            let relative = path.isEmpty ? name : "\(path)/\(name)"
            var status = stat()
            guard lstat("\(folder)/\(relative)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                guard depth < Limits.depth else {
                    throw AgentProblem(file: shown, field: "", message: "deeper than \(Limits.depth) folders")
                }
                try collect(relative, depth: depth + 1, into: &files, room: &room)
            case S_IFREG:
                guard files.count < Limits.files else {
                    throw AgentProblem(file: shown, field: "", message: "more than \(Limits.files) files")
                }
                do throws(DefinitionFile.Unreadable) {
                    let bytes = try DefinitionFile.bytes("\(folder)/\(relative)", limit: room)
                    room -= bytes.count
                    files.append(File(path: relative, bytes: bytes, isExecutable: status.st_mode & 0o100 != 0))
                } catch {
                    let message = error.why + " (all files of a skill together: \(Limits.bytes) bytes)"
                    throw AgentProblem(file: Names.plain("\(folder)/\(relative)"), field: "", message: message)
                }
            default: continue
            }
        }
    }
}
