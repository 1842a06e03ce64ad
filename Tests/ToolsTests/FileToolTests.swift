import Foundation
import Testing
import WireJSON

@testable import Tools

/// Reading, writing and editing, with every limit at, below and above it.
struct FileToolTests {
    @Test func linesAreNumberedAndCutToWhatWasAskedFor() async throws {
        let folder = try TemporaryFolder { $0.lines = 3 }
        try folder.put("one\ntwo\n\nfour\n", "f")
        #expect(
            try await folder.call("read_file", ["path": "f"])
                == "     1\tone\n     2\ttwo\n     3\t\n(lines 1 to 3 of 4; go on with offset 4)"
        )
        #expect(try await folder.call("read_file", ["path": "f", "offset": 4]) == "     4\tfour")
        #expect(
            try await folder.call("read_file", ["path": "f", "offset": 2, "limit": 1])
                == "     2\ttwo\n(lines 2 to 2 of 4; go on with offset 3)"
        )
        #expect(await folder.failure("read_file", ["path": "f", "offset": 5]) == "f has 4 lines; there is no line 5.")
        #expect(await folder.failure("read_file", ["path": "f", "offset": 0]).contains("from 1 to"))
        #expect(await folder.failure("read_file", ["path": "f", "limit": 4]).contains("from 1 to 3"))
        try folder.put("", "empty")
        #expect(try await folder.call("read_file", ["path": "empty"]) == "empty is empty.")
        try folder.put("no end", "f")
        #expect(try await folder.call("read_file", ["path": "f"]) == "     1\tno end")
    }

    @Test(arguments: [(9, true), (10, true), (11, false)])
    func aFileIsReadUpToItsLimit(bytes: Int, isRead: Bool) async throws {
        let folder = try TemporaryFolder { $0.readBytes = 10 }
        try folder.put(String(repeating: "a", count: bytes), "f")
        let answer = await folder.failure("read_file", ["path": "f"])
        #expect(answer.hasPrefix("no failure") == isRead)
        if !isRead { #expect(answer.hasPrefix("f is larger than 10 bytes, the most that is read")) }
        let found = try await folder.call("grep", ["pattern": "a"])
        #expect(found.hasPrefix("f:1") == isRead)
        if !isRead { #expect(found == "(1 files larger than 10 bytes were left out)") }
    }

    @Test(arguments: [(9, true), (10, true), (11, false)])
    func aFileIsWrittenUpToItsLimit(bytes: Int, isWritten: Bool) async throws {
        let folder = try TemporaryFolder { $0.writtenBytes = 10 }
        let text = String(repeating: "a", count: bytes)
        let answer = await folder.failure("write_file", ["path": "f", "content": .string(text)])
        #expect(answer.hasPrefix("no failure") == isWritten)
        #expect(folder.exists("f") == isWritten)
        try folder.put("b", "g")
        let edit = await folder.failure("edit_file", ["path": "g", "old_string": "b", "new_string": .string(text)])
        #expect(edit.hasPrefix("no failure") == isWritten, "\(edit)")
        #expect(try folder.text("g") == (isWritten ? text : "b"))
    }

    @Test(arguments: [(4, "aaaa"), (5, "aaaaa"), (6, "aaaaa… (1 characters more)")])
    func aLineIsShownUpToItsLimit(length: Int, shown: String) async throws {
        let folder = try TemporaryFolder { $0.lineLength = 5 }
        try folder.put(String(repeating: "a", count: length), "f")
        #expect(try await folder.call("read_file", ["path": "f"]) == "     1\t" + shown)
        #expect(try await folder.call("grep", ["pattern": "a"]) == "f:1: " + shown)
        try folder.put(String(repeating: "é", count: length), "f")
        #expect(
            try await folder.call("read_file", ["path": "f"])
                == "     1\t"
                + shown.replacingOccurrences(of: "aaaa", with: "éééé")
                .replacingOccurrences(of: "éa", with: "éé")
        )
    }

    @Test func anAnswerEndsAtItsLimitAndSaysWhereToGoOn() async throws {
        // A line is seven characters of number, one of text and a line end, which the last one does without.
        for (limit, lines) in [(16, 1), (17, 2), (18, 2)] {
            let folder = try TemporaryFolder { $0.answerBytes = limit }
            try folder.put("a\nb\nc\nd\n", "f")
            let answer = try await folder.call("read_file", ["path": "f"])
            #expect(
                answer.contains("(lines 1 to \(lines) of 4; go on with offset \(lines + 1))"),
                "\(limit): \(answer)"
            )
        }
    }

    @Test func binaryFilesAndWrongUTF8() async throws {
        let folder = try TemporaryFolder()
        try folder.put([0x7f, 0x45, 0, 1], "binary")
        #expect(
            await folder.failure("read_file", ["path": "binary"])
                == "binary is a binary file of 4 bytes; only text is read."
        )
        #expect(try await folder.call("grep", ["pattern": "E"]) == "Nothing found.")
        try folder.put([0x61, 0xff, 0x62, 0x0a, 0x63, 0xc3], "latin")
        #expect(try await folder.call("read_file", ["path": "latin"]) == "     1\ta\u{fffd}b\n     2\tc\u{fffd}")
        _ = try await folder.call("edit_file", ["path": "latin", "old_string": "b\nc", "new_string": "é"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.at("latin")))
        #expect(Array(bytes) == [0x61, 0xff, 0xc3, 0xa9, 0xc3], "the bytes around are as they were")
    }

    @Test func aLargeFileAtTheUsualLimits() async throws {
        let folder = try TemporaryFolder()
        try folder.put([UInt8](repeating: 0x61, count: (16 << 20) + 1), "huge")
        #expect(await folder.failure("read_file", ["path": "huge"]).hasPrefix("huge is larger than 16777216 bytes"))
        try folder.put(String(repeating: "line\n", count: 20_000), "long")
        let answer = try await folder.call("read_file", ["path": "long"])
        #expect(answer.hasSuffix("(lines 1 to 2000 of 20000; go on with offset 2001)"))
    }

    @Test func writingMakesFoldersKeepsTheModeAndLeavesNothingBehind() async throws {
        let folder = try TemporaryFolder()
        #expect(
            try await folder.call("write_file", ["path": "a/b/c.sh", "content": "héllo"])
                == "a/b/c.sh is made: 6 bytes."
        )
        #expect(chmod(folder.at("a/b/c.sh"), 0o751) == 0)
        #expect(
            try await folder.call("write_file", ["path": "./a//b/c.sh", "content": ""])
                == "a/b/c.sh is written anew: 0 bytes."
        )
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.at("a/b/c.sh"))
        #expect(attributes[.posixPermissions] as? Int == 0o751)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.at("a/b")) == ["c.sh"])
        #expect(await folder.failure("write_file", ["path": "a/b", "content": ""]) == "a/b is a folder, not a file.")
        #expect(await folder.failure("write_file", ["path": ".", "content": ""]) == ". is a folder, not a file.")
        #expect(
            await folder.failure("write_file", ["path": "a/b/c.sh/d", "content": ""])
                == "a/b/c.sh/d leads through something that is not a folder."
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.at("a/b")) == ["c.sh"])
    }

    @Test func filesOfTheRunnersOwnArePlaced() async throws {
        let folder = try TemporaryFolder()
        try folder.link("skills", to: "..")
        await #expect(throws: ToolFailure.self) { try await folder.workspace.place([1], at: "skills/x") }
        await #expect(throws: ToolFailure.self) { try await folder.workspace.place([1], at: "../x") }
        try await folder.workspace.place(Array("go".utf8), at: "own/a/run.sh", isExecutable: true)
        #expect(try folder.text("own/a/run.sh") == "go")
        #expect(FileManager.default.isExecutableFile(atPath: folder.at("own/a/run.sh")))
        #expect(folder.outside == ["secret", "work"])
    }

    @Test func aHardLinkToTheOutsideIsReplacedAndNotWrittenThrough() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.linkItem(atPath: folder.around + "/secret", toPath: folder.at("f"))
        _ = try await folder.call("write_file", ["path": "f", "content": "x"])
        #expect(try String(contentsOfFile: folder.around + "/secret", encoding: .utf8) == "the outside")
    }

    @Test(arguments: [
        (
            "a b a", "a", "x", false,
            "old_string stands in f 2 times; take in lines around the one you mean, or say replace_all."
        ),
        ("a b a", "b", "", false, "a  a"),
        ("a b a", "a", "xx", true, "xx b xx"),
        ("aaaa", "aa", "a", true, "aa"),
        (
            "a", "c", "x", false,
            "old_string does not stand in f; read the file and copy the text exactly, spaces and line ends included."
        ),
        ("a", "", "x", false, "edit_file: old_string is empty; write_file makes a new file."),
        ("a", "a", "a", false, "edit_file: old_string and new_string are the same."),
        // The same letter, written otherwise: not the same bytes.
        (
            "e\u{301}", "\u{e9}", "x", false,
            "old_string does not stand in f; read the file and copy the text exactly, spaces and line ends included."
        ),
        ("a\r\nb", "\r\n", "\n", false, "a\nb"),
    ])
    func edits(_ text: String, _ old: String, _ new: String, _ all: Bool, _ result: String) async throws {
        let folder = try TemporaryFolder()
        try folder.put(text, "f")
        let answer = await folder.failure(
            "edit_file",
            ["path": "f", "old_string": .string(old), "new_string": .string(new), "replace_all": .bool(all)]
        )
        if answer.hasPrefix("no failure") {
            #expect(Array(try folder.text("f").utf8) == Array(result.utf8))
        } else {
            #expect(answer == result)
            #expect(Array(try folder.text("f").utf8) == Array(text.utf8))
        }
    }

    private static let failures: [(String, JSONValue, String)] = [
        ("read_file", ["path": 3], "read_file: path must be a string."),
        ("read_file", [:], "read_file: path is missing."),
        ("read_file", ["path": .null], "read_file: path is missing."),
        ("read_file", ["file": "a"], "read_file: there is no argument \"file\"; it takes path, offset, limit."),
        ("read_file", ["path": "a", "offset": "3"], "read_file: offset must be a whole number from 1 to 2147483647."),
        ("read_file", [], "read_file: the arguments must be a JSON object."),
        ("read_file", ["path": "a"], "a does not exist; `ls` and `glob` tell what does."),
        ("ls", ["path": "a/b"], "a/b does not exist; `ls` and `glob` tell what does."),
        (
            "edit_file", ["path": "a", "old_string": "a", "new_string": "b", "replace_all": "yes"],
            "edit_file: replace_all must be true or false."
        ),
        (
            "read_file", ["path": "/x"],
            "The path \"/x\" is absolute; write it relative to the workspace, as in \"src/a.txt\"."
        ),
        (
            "read_file", ["path": "a/../b"],
            "The path \"a/../b\" holds \"..\"; write it relative to the workspace, without \"..\"."
        ),
    ]

    @Test(arguments: failures)
    func failuresSayWhatToDo(tool: String, arguments: JSONValue, message: String) async throws {
        let folder = try TemporaryFolder()
        #expect(await folder.failure(tool, arguments) == message)
    }

    @Test func pathsAreBounded() async throws {
        let folder = try TemporaryFolder {
            $0.pathBytes = 300
            $0.depth = 3
        }
        for (path, isTaken) in [
            ("a/b", true), ("a/b/c", true), ("a/b/c/d", false), ("./a/./b//c/", true),
            (String(repeating: "n", count: 254), true), (String(repeating: "n", count: 255), true),
            (String(repeating: "n", count: 256), false), ("a/" + String(repeating: "/", count: 296) + "bb", true),
            ("a/" + String(repeating: "/", count: 297) + "bb", false),
        ] {
            let answer = await folder.failure("read_file", ["path": .string(path)])
            #expect(answer.contains("does not exist") == isTaken, "\(path): \(answer)")
        }
    }

    @Test(arguments: [(2, false), (3, false), (4, true)])
    func aListEndsAtItsLimit(count: Int, isCut: Bool) async throws {
        let folder = try TemporaryFolder { $0.results = 3 }
        for index in 0..<count { try folder.put("x\n", "f\(index)") }
        let list = try await folder.call("ls", [:])
        #expect(list.split(separator: "\n").count == min(count, 3) + (isCut ? 1 : 0))
        #expect(list.contains("(the first 3 of 4; use glob to find what you need)") == isCut)
        let globbed = try await folder.call("glob", ["pattern": "*"])
        #expect(globbed.contains("(the first 3; there are more: narrow the pattern or the path)") == isCut)
        let found = try await folder.call("grep", ["pattern": "x"])
        #expect(found.contains("(the first 3 lines; there are more: narrow the pattern, path or glob)") == isCut)
    }

    @Test(arguments: [(2, false), (3, false), (4, true)])
    func aSearchEndsAtItsLimits(count: Int, isCut: Bool) async throws {
        let wide = try TemporaryFolder { $0.visited = 3 }
        for index in 0..<count { try wide.put("x\n", "f\(index)") }
        #expect(try await wide.call("grep", ["pattern": "x"]).contains("not everything was looked at") == isCut)
        let deep = try TemporaryFolder { $0.depth = 3 }
        try deep.put("x\n", (1..<count).map { "\($0)/" }.joined() + "f")
        #expect(try await deep.call("grep", ["pattern": "x"]).contains("not everything was looked at") == isCut)
        #expect(try await deep.call("glob", ["pattern": "**/f"]).contains("/f") == !isCut)
    }
}
