import Foundation
import Testing
import WireJSON

@testable import Tools

/// Patterns of paths and of lines.
struct SearchTests {
    private static let globsTable: [(String, [String], [String])] = [
        ("*.md", ["a.md", ".md"], ["a/b.md", "a.mdx"]),
        ("**/*.md", ["a.md", "a/b.md", "a/b/c.md"], ["a.txt"]),
        ("src/**", ["src", "src/a", "src/a/b"], ["a", "lib/src"]),
        ("**/test/**/x", ["test/x", "a/test/x", "test/b/c/x"], ["x", "a/x"]),
        ("a?c", ["abc", "aéc"], ["ac", "abbc", "a/c"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "x"]),
        ("[!a-c]x", ["dx"], ["ax"]),
        ("[]x]", ["]", "x"], ["y"]),
        ("[ab", ["[ab"], ["a"]),
        ("{a,b{c,d}}.t", ["a.t", "bc.t", "bd.t"], ["b.t", "{a,bc}.t"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("./a//b", ["a/b"], ["b"]),
        ("*a*a*a*a*b", ["aaaab"], [String(repeating: "a", count: 200)]),
    ]

    @Test(arguments: globsTable)
    func globs(pattern: String, fit: [String], not: [String]) throws {
        let glob = try GlobPattern(pattern)
        func names(_ path: String) -> [[UInt8]] { path.split(separator: "/").map { Array($0.utf8) } }
        for path in fit { #expect(glob.matches(names(path)), "\(path)") }
        for path in not { #expect(!glob.matches(names(path)), "\(path)") }
    }

    private static let globsThatAreRefusedTable: [(String, Bool)] = [
        ("", false), ("..", false), ("a/../b", false), ("/etc/*", false), ("a..b", true),
        (String(repeating: "a", count: 1_024), true), (String(repeating: "a", count: 1_025), false),
        ("{a,b}{a,b}{a,b}{a,b}{a,b}", true), ("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", false),
    ]

    @Test(arguments: globsThatAreRefusedTable)
    func globsThatAreRefused(pattern: String, isTaken: Bool) {
        #expect(((try? GlobPattern(pattern)) != nil) == isTaken)
    }

    private static let linesTable: [(String, Bool, [String], [String])] = [
        ("abc", false, ["xabcx"], ["ab c"]), ("a.c", false, ["abc", "aéc"], ["ac"]), ("a\\.c", false, ["a.c"], ["abc"]),
        ("^ab", false, ["abc"], ["cab"]), ("ab$", false, ["cab"], ["abc"]), ("^$", false, [""], ["a"]),
        ("colou?r", false, ["color", "colour"], ["colouur"]), ("a+b*c", false, ["ac", "aabbc"], ["bc"]),
        ("x{2,3}y", false, ["xxy", "xxxy"], ["xy"]), ("^x{2}$", false, ["xx"], ["xxx"]),
        ("^x{2,}$", false, ["xxxx"], ["x"]),
        ("(foo|bar)baz", false, ["foobaz", "barbaz"], ["foo"]), ("(?:a|)b", false, ["b"], ["a"]),
        ("\\bfunc\\b", false, ["a func b"], ["function"]), ("\\Bb", false, ["ab"], ["b"]),
        ("\\d+\\s\\w", false, ["42 a"], ["42a"]), ("[^\\s]x", false, ["ax"], [" x"]),
        ("[\\d-]+z", false, ["1-z"], ["az"]),
        ("hello", true, ["HeLLo"], ["help"]), ("É", true, ["é"], ["e"]), ("[a-c]x", true, ["BX"], ["DX"]),
        ("[]a]", false, ["]", "a"], ["b"]), ("a{", false, ["a{"], ["a"]), ("{}", false, ["{}"], ["{"]),
        ("\\D", false, ["a"], ["1"]),
        ("a*?b", false, ["aab"], ["c"]), ("(a*)*$", false, ["aab", ""], []), ("[^a]", true, ["b"], ["A", "a"]),
    ]

    @Test(arguments: linesTable)
    func lines(pattern: String, ignoresCase: Bool, fit: [String], not: [String]) throws {
        let pattern = try LinePattern(pattern, ignoresCase: ignoresCase)
        for line in fit { #expect(pattern.matches(Array(line.utf8)[...]), "\(line)") }
        for line in not { #expect(!pattern.matches(Array(line.utf8)[...]), "\(line)") }
    }

    /// A generator's patterns against Foundation's.
    @Test func linesAsFoundationFindsThem() throws {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "a*", "b+", "a?", "(a|bc)*", "^", "$", "\\b", "c{1,2}",
            "(b*)+",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 1...5, using: &random)).map { _ in pieces.randomElement() ?? "a" }.joined()
            let line = String((0..<Int.random(in: 0...8, using: &random)).map { _ in "abc ".randomElement() ?? "a" })
            let oracle = try NSRegularExpression(pattern: text)
            let expected = oracle.firstMatch(in: line, range: NSRange(location: 0, length: line.utf16.count)) != nil
            let found = try LinePattern(text, ignoresCase: false).matches(Array(line.utf8)[...])
            #expect(found == expected, "\(text) in \(line.debugDescription)")
        }
    }

    private static let linesThatAreRefusedTable: [(String, String)] = [
        ("", "1 to 1000 bytes"), (String(repeating: "a", count: 1_001), "1 to 1000 bytes"), ("(a", "\")\" is missing"),
        ("a)", "closes nothing"), ("[a", "\"]\" is missing"), ("*a", "nothing to repeat"),
        ("(?=a)", "only (?:…) is known"),
        ("(a)\\1", "\\1 is not known"), ("a{3,2}", "wrong way round"), ("a{1001}", "at most 1000"),
        ("a\\", "is missing after"),
        ("[z-a]", "wrong way round"), ("(a{100}){100}", "too large"),
        (String(repeating: "(", count: 51), "more than 50 groups"),
        ("a\\nb", "no \\n in them"), ("a{2", "\"}\" is missing"),
    ]

    @Test(arguments: linesThatAreRefusedTable)
    func linesThatAreRefused(pattern: String, message: String) {
        do throws(ToolFailure) {
            _ = try LinePattern(pattern, ignoresCase: false)
            Issue.record("taken: \(pattern)")
        } catch {
            #expect(error.message.contains(message), "\(error.message)")
        }
    }

    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)b", "a{0,500}b"])
    func noPatternTakesForEver(pattern: String) throws {
        let clock = ContinuousClock()
        let line = [UInt8](repeating: 0x61, count: 2_000)
        let pattern = try LinePattern(pattern, ignoresCase: false)
        let time = clock.measure { #expect(!pattern.matches(line[...])) }
        #expect(time < .seconds(10))
    }

    @Test func aSearchKeepsToItsFilesAndLeavesTheRepositoryOut() async throws {
        let folder = try TemporaryFolder()
        try folder.put("let needle = 1\nno\nNeedle", "src/a.swift")
        try folder.put("needle", "src/b.c")
        try folder.put("needle", ".git/objects/x")
        try folder.put("needle", ".github/ci.yml")
        #expect(
            try await folder.call("grep", ["pattern": "needle"])
                == ".github/ci.yml:1: needle\nsrc/a.swift:1: let needle = 1\nsrc/b.c:1: needle"
        )
        #expect(
            try await folder.call("grep", ["pattern": "needle", "glob": "*.swift", "ignore_case": true])
                == "src/a.swift:1: let needle = 1\nsrc/a.swift:3: Needle"
        )
        #expect(
            try await folder.call("grep", ["pattern": "needle", "path": "src", "glob": "b.*"]) == "src/b.c:1: needle"
        )
        #expect(
            try await folder.call("glob", ["pattern": "**/*"])
                == ".git/\n.github/\n.github/ci.yml\nsrc/\nsrc/a.swift\nsrc/b.c"
        )
        #expect(try await folder.call("glob", ["pattern": "*.c", "path": "src"]) == "src/b.c")
        #expect(try await folder.call("glob", ["pattern": "x"]) == "Nothing fits.")
    }

    @Test func aCancelledSearchEnds() async throws {
        let folder = try TemporaryFolder()
        try folder.put(String(repeating: String(repeating: "a", count: 200) + "\n", count: 20_000), "f")
        let call = Task { await folder.failure("grep", ["pattern": "(a|aa)*b"]) }
        call.cancel()
        #expect(await call.value == "The call was cancelled.")
    }
}
