import Foundation
import Testing

@testable import AgentDefinitions

/// The folder of definitions, and skills.
struct FolderTests {
    @Test func agentsAreListedById() throws {
        let folder = try DefinitionsFolder()
        try folder.put("description: b", "b.md")
        try folder.put("description: a", "a.yaml")
        for other in ["README.txt", ".hidden.yaml", "skills/x/SKILL.md", "noending"] { try folder.put("!", other) }
        #expect(folder.definitions.list().map(\.id) == ["a", "b"])
        #expect(AgentDefinitions(directory: folder.path + "/nowhere").list().isEmpty)
    }

    @Test(arguments: [
        ("reviewr", "agent_id: \"reviewr\" is no agent of FOLDER; did you mean \"reviewer\"?", "not_found"),
        ("zzz", "agent_id: \"zzz\" is no agent of FOLDER; there are reviewer", "not_found"),
        ("../x", "agent_id: \"../x\" is no name: 1 to 64 letters, digits, - and _", "invalid_argument"),
        ("", "agent_id: the name is missing", "invalid_argument"),
        ("a\nb", "agent_id: \"a\\u{a}b\" is no name: 1 to 64 letters, digits, - and _", "invalid_argument"),
    ])
    func anAgentThatIsNotThere(id: String, message: String, code: String) throws {
        let folder = try DefinitionsFolder()
        try folder.put("", "reviewer.yaml")
        let failure = try #require(folder.failure(id))
        #expect(failure.message.replacingOccurrences(of: folder.path, with: "FOLDER") == message)
        #expect(failure.code.rawValue == code)
    }

    @Test func twoFilesOfOneAgent() throws {
        let folder = try DefinitionsFolder()
        try folder.put("", "a.yaml")
        try folder.put("", "a.md")
        #expect(
            folder.problems() == [
                "a.md: a.yaml defines the same agent; leave one of them out",
                "a.yaml: a.md defines the same agent; leave one of them out",
            ]
        )
        #expect(folder.failure("a")?.code == .failedPrecondition)
    }

    @Test func aFileThatChangesIsReadAnew() throws {
        let folder = try DefinitionsFolder()
        try folder.put("description: one", "a.yaml")
        #expect(try folder.definitions.load("a").definition.description == "one")
        #expect(try folder.definitions.load("a").definition.description == "one")
        // As long as the one before: the time and the file's number tell them apart.
        try folder.put("description: two", "new")
        try FileManager.default.removeItem(atPath: folder.path + "/a.yaml")
        try FileManager.default.moveItem(atPath: folder.path + "/new", toPath: folder.path + "/a.yaml")
        #expect(try folder.definitions.load("a").definition.description == "two")
        try folder.put("description: three\ntools: [x]", "a.yaml")
        #expect(folder.failure("a")?.code == .failedPrecondition)
        try FileManager.default.removeItem(atPath: folder.path + "/a.yaml")
        #expect(folder.failure("a")?.code == .notFound)
    }

    @Test func filesThatAreNoText() throws {
        let folder = try DefinitionsFolder()
        try folder.put(Data([0x61, 0x3a, 0xff]), "a.yaml")
        try FileManager.default.createDirectory(atPath: folder.path + "/b.yaml", withIntermediateDirectories: true)
        mkfifo(folder.path + "/c.yaml", 0o600)
        #expect(
            folder.problems() == [
                "a.yaml: it is not UTF-8 text", "b.yaml: it is not a file that can be read",
                "c.yaml: it is not a file that can be read",
            ]
        )
    }

    @Test func aSkillIsReadWithItsFiles() throws {
        let folder = try DefinitionsFolder()
        try folder.put(
            "---\nname: pdf\ndescription: Reads PDFs\nlicense: MIT\n---\nUse run.sh.\n",
            "skills/reading/SKILL.md"
        )
        try folder.put("go", "skills/reading/scripts/run.sh")
        chmod(folder.path + "/skills/reading/scripts/run.sh", 0o755)
        let links = FileManager.default
        try links.createSymbolicLink(atPath: folder.path + "/skills/reading/out", withDestinationPath: "/etc/passwd")
        try links.createSymbolicLink(atPath: folder.path + "/skills/reading/up", withDestinationPath: "../..")
        for written in ["reading", "./skills/reading", folder.path + "/skills/reading"] {
            try folder.put("skills: [\(written)]", "a.yaml")
            let skill = try #require(try folder.definitions.load("a").skills.first)
            #expect(skill.name == "pdf" && skill.description == "Reads PDFs" && skill.text == "Use run.sh.")
            #expect(
                skill.instructions(location: "skills/pdf")
                    == "## Skill: pdf\nReads PDFs\nIts files are in skills/pdf/.\n\nUse run.sh."
            )
            let files = try skill.files()
            #expect(files.map(\.path) == ["SKILL.md", "scripts/run.sh"])
            #expect(files.map(\.isExecutable) == [false, true])
        }
    }

    @Test func aSkillThatIsWrong() throws {
        for (text, problem) in [
            ("---\nname: a b\n---\n", "SKILL.md:2: name: \"a b\" is no name: 1 to 64 letters, digits, - and _"),
            ("---\nname: a\n", "SKILL.md:1: the front matter is not closed by a line of ---"),
            ("---\nname: [a]\n---\n", "SKILL.md:2: name: a list where a text is expected"),
            (String(repeating: "a", count: Skill.Limits.textBytes + 1), "SKILL.md: it is larger than 262144 bytes"),
        ] {
            let folder = try DefinitionsFolder()
            try folder.put(text, "skills/s/SKILL.md")
            try folder.put("skills: [s]", "a.yaml")
            #expect(folder.problems() == ["a.yaml: skills[0]: skills/s/" + problem])
        }
    }

    @Test(arguments: [(-1, true), (0, true), (1, false)])
    func aSkillsFilesAreBounded(more: Int, isTaken: Bool) throws {
        let large = try DefinitionsFolder()
        try large.put("x", "s/SKILL.md")
        try large.put(Data(count: Skill.Limits.bytes - 1 + more), "s/file")
        let many = try DefinitionsFolder()
        try many.put("x", "s/SKILL.md")
        for index in 0..<(Skill.Limits.files - 1 + more) { try many.put("", "s/f\(index)") }
        let deep = try DefinitionsFolder()
        try deep.put("x", "s/SKILL.md")
        try deep.put("x", "s/" + (0..<(Skill.Limits.depth + more)).map { "\($0)/" }.joined() + "f")
        for folder in [large, many, deep] {
            let skill = try Skill(folder: folder.path + "/s")
            #expect(((try? skill.files()) != nil) == isTaken)
        }
    }
}
