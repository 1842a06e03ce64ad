import Synchronization

/// The agents that are defined in a folder, a file each: `NAME.yaml`, or `NAME.md` with front matter.
///
/// Files are read when they are asked for and again when they have changed. All of it waits for the disk: not for an
/// event loop.
public final class AgentDefinitions: Sendable {
    /// An agent of the folder.
    public struct Entry: Sendable {
        /// The file's name without its ending.
        public let id: String
        /// The file, as it is shown to people.
        public let file: String
        /// What it says, as far as it could be read.
        public let definition: AgentDefinition
        /// Its skills, as far as they could be read.
        public let skills: [Skill]
        /// What is wrong with it; an agent with problems does not answer.
        public let problems: [AgentProblem]
    }

    /// The folder, an absolute path.
    public let directory: String
    private let cache = Mutex<[String: (DefinitionFile.Version, AgentDefinition, [AgentProblem])]>([:])

    /// Names the folder, which need not be there.
    public init(directory: String) { self.directory = directory }

    /// All agents of the folder, by id; none if there is no such folder.
    public func list() -> [Entry] {
        let files = candidates()
        return files.prefix(AgentDefinitionLimits.files).map { entry($0, among: files) }
    }

    /// The agent of this id.
    ///
    /// - Throws: ``AgentError``: `invalid_argument` for what is no id, `not_found` where there is none, and
    ///   `failed_precondition` for one with problems.
    public func load(_ id: String) throws(AgentError) -> Entry {
        guard Names.isName(id) else { throw AgentError(.invalidArgument, "agent_id: " + Names.rule(id)) }
        let files = candidates()
        guard let file = files.first(where: { $0.id == id }) else {
            let ids = Array(Set(files.map(\.id))).sorted()
            throw AgentError(
                .notFound,
                "agent_id: " + Names.unknown(id, among: ids, "agent of \(Names.plain(directory))")
            )
        }
        let entry = entry(file, among: files)
        guard entry.problems.isEmpty else { throw AgentError(.failedPrecondition, entry.problems) }
        return entry
    }

    /// The skills that a definition names, read anew.
    ///
    /// - Returns: those that could be read, and what is wrong with the others.
    public func skills(of definition: AgentDefinition) -> (skills: [Skill], problems: [AgentProblem]) {
        var skills: [Skill] = []
        var problems: [AgentProblem] = []
        for (index, name) in definition.skills.enumerated() where !name.isEmpty {
            do throws(AgentProblem) {
                let skill = try Skill(folder: folder(ofSkill: name))
                if skills.contains(where: { $0.name == skill.name }) {
                    throw AgentProblem(field: "", message: "a skill named \(Names.quoted(skill.name)) is there already")
                }
                skills.append(skill)
            } catch {
                problems.append(AgentProblem(field: "skills[\(index)]", message: error.description))
            }
        }
        return (skills, problems)
    }

    private func folder(ofSkill name: String) -> String {
        if name.hasPrefix("/") { return name }
        return Names.isName(name) ? "\(directory)/skills/\(name)" : "\(directory)/\(name)"
    }

    private struct Candidate {
        let id: String
        let name: String
        let form: AgentDefinition.Form
    }

    /// Files that look like definitions; others have nothing to do here.
    private func candidates() -> [Candidate] {
        (DefinitionFile.names(directory) ?? []).compactMap { name in
            guard !name.hasPrefix("."), let dot = name.lastIndex(of: ".") else { return nil }
            switch name[dot...] {
            case ".yaml", ".yml": return Candidate(id: String(name[..<dot]), name: name, form: .yaml)
            case ".md": return Candidate(id: String(name[..<dot]), name: name, form: .markdown)
            default: return nil
            }
        }
    }

    private func entry(_ file: Candidate, among files: [Candidate]) -> Entry {
        let shown = Names.plain("\(directory)/\(file.name)")
        var (definition, problems) = read(file, shown: shown)
        if !Names.isName(file.id) {
            problems.insert(AgentProblem(file: shown, field: "", message: Names.rule(file.id)), at: 0)
        }
        if let other = files.first(where: { $0.id == file.id && $0.name != file.name }) {
            let message = "\(Names.plain(other.name)) defines the same agent; leave one of them out"
            problems.insert(AgentProblem(file: shown, field: "", message: message), at: 0)
        }
        let skills = skills(of: definition)
        problems += skills.problems.map { AgentProblem(file: shown, field: $0.field, message: $0.message) }
        return Entry(id: file.id, file: shown, definition: definition, skills: skills.skills, problems: problems)
    }

    private func read(_ file: Candidate, shown: String) -> (AgentDefinition, [AgentProblem]) {
        let path = "\(directory)/\(file.name)"
        let version = DefinitionFile.version(path)
        if let version, let kept = cache.withLock({ $0[file.name] }), kept.0 == version { return (kept.1, kept.2) }
        do throws(DefinitionFile.Unreadable) {
            let text = try DefinitionFile.text(path, limit: AgentDefinitionLimits.fileBytes)
            let (definition, problems) = AgentDefinition.read(text, file.form, file: shown)
            if let version {
                cache.withLock { cache in
                    if cache.count >= AgentDefinitionLimits.files { cache.removeAll() }
                    cache[file.name] = (version, definition, problems)
                }
            }
            return (definition, problems)
        } catch {
            return (AgentDefinition(), [AgentProblem(file: shown, field: "", message: error.why)])
        }
    }
}
