import Foundation
import Synchronization
import TestSupport
import Testing
import WireJSON

@testable import Tools

/// A machine where commands can be run: bubblewrap is there, and user name spaces are allowed.
private func whyNot() -> String? {
    do throws(ToolFailure) {
        _ = try Sandbox.find(folder: NSTemporaryDirectory(), CommandLimits())
        return nil
    } catch {
        return error.message
    }
}

private let reason = whyNot()

extension TemporaryFolder {
    /// Runs a command.
    fileprivate func execute(
        _ command: String,
        seconds: Int? = nil,
        _ change: (inout CommandLimits) -> Void = { _ in },
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> String {
        var limits = CommandLimits()
        change(&limits)
        let tool = ExecuteTool(workspace, limits)
        let time: [(String, JSONValue)] = seconds.map { [("timeout_seconds", .int($0))] } ?? []
        let arguments = ([("command", .string(command))] + time).map { JSONValue.Member($0.0, $0.1) }
        do throws(ToolFailure) {
            return try await tool.call(.object(arguments), ToolContext(callID: "1", report: report))
        } catch {
            return "failed: " + error.message
        }
    }
}

/// Processes of this machine whose command line holds a text.
private func processes(with text: String) -> [String] {
    let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return pids.filter { pid in
        guard Int(pid) != nil, let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
            return false
        }
        return String(decoding: line, as: UTF8.self).contains(text)
    }
}

/// The sandbox seen from inside.
@Suite(.serialized, .enabled(if: reason == nil, "\(reason ?? "")"))
struct ExecuteTests {
    @Test func aCommandTellsItsOutputAndItsCode() async throws {
        let folder = try TemporaryFolder()
        try folder.put("hello\n", "f")
        #expect(await folder.execute("cat f; echo wrong >&2; exit 3") == "hello\nwrong\n(exit code 3)")
        #expect(await folder.execute("printf x") == "x\n(exit code 0)")
        #expect(await folder.execute("true") == "(exit code 0)")
        #expect(await folder.execute("pwd; echo new > made; cat") == "/workspace\n(exit code 0)")
        #expect(try folder.text("made") == "new\n")
        #expect(await folder.execute("kill -9 $$") == "(exit code 137)")
        #expect(await folder.execute("-c true").contains("not found"))
    }

    @Test(arguments: [
        // Writing outside.
        ("touch /x", "Read-only"), ("touch /usr/x", "Read-only"), ("touch /etc/x", "Read-only"),
        ("touch /dev/x", "Read-only"),
        ("touch /var/x", "Read-only"), ("echo 1 > /proc/sys/kernel/panic", "Read-only"),
        ("touch /workspace/../x", "Read-only"),
        ("mount -t tmpfs x /workspace", "exit code"), ("unshare -U true", "exit code 1"),
        ("chroot / true", "exit code 125"),
        // Other users' files and the machine's secrets.
        ("ls /root", "No such file"), ("ls /home", "No such file"), ("cat /etc/shadow", "No such file"),
        ("ls /etc/ssl/private", "No such file"),
        ("ls /run /srv /opt", "No such file"), ("ls /work", "No such file"),
        ("ln -s /root out; ls out/", "No such file"),
        // The network.
        ("cat /sys/class/net/*", "No such file"),
        ("python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 22), 1)'", "exit code"),
        // What cannot be raised again.
        ("ulimit -f unlimited", "exit code 2"), ("ulimit -d unlimited", "exit code 2"),
    ])
    func nothingOutsideIsReached(command: String, answer: String) async throws {
        let folder = try TemporaryFolder()
        let result = await folder.execute(command)
        #expect(result.contains(answer), "\(command): \(result)")
        #expect(!result.contains("exit code 0"), "\(command): \(result)")
        #expect(folder.outside == ["secret", "work"])
    }

    @Test func theNetworkIsThereWhenItIsAllowed() async throws {
        let folder = try TemporaryFolder()
        let server = Thread {}
        server.start()
        let look = "grep -c . /proc/net/dev"
        let without = await folder.execute(look)
        let with = await folder.execute(look) { $0.allowsNetwork = true }
        #expect(without.hasPrefix("3\n"), "the loopback alone, besides two lines of heading: \(without)")
        let outside = try String(contentsOfFile: "/proc/net/dev", encoding: .utf8).split(separator: "\n").count
        #expect(with.hasPrefix("\(outside)\n"))
    }

    @Test func theRunnersEnvironmentAndProcessesAreNotSeen() async throws {
        setenv("TOOLS_TESTS_SECRET", "sesame", 1)
        let folder = try TemporaryFolder()
        let seen = await folder.execute("env; cat /proc/*/environ; ls -d /proc/[0-9]*; ls -l /proc/*/fd") {
            $0.environment = ["GIVEN": "a b"]
        }
        #expect(!seen.contains("sesame") && seen.contains("GIVEN=a b") && seen.contains("HOME=/tmp"))
        #expect(!seen.contains("/proc/\(getpid())\n"))
        #expect(await folder.execute("kill -9 -1; echo alive").contains("exit code"))
        #expect(await folder.execute("id -u; grep CapEff /proc/self/status").contains("0000000000000000"))
    }

    @Test func theTemporaryFolderIsSmallAndGoesWithTheCommand() async throws {
        let folder = try TemporaryFolder()
        let small: (inout CommandLimits) -> Void = { $0.temporaryBytes = 1 << 20 }
        #expect(
            await folder.execute("head -c 900000 /dev/zero > /tmp/f; ls /tmp", small) == "f\n(exit code 0)"
        )
        #expect(await folder.execute("ls /tmp", small) == "(exit code 0)")
        for path in ["/tmp/f", "/var/tmp/f", "/dev/shm/f"] {
            #expect(
                await folder.execute("head -c 2000000 /dev/zero > \(path)", small).contains("No space left")
            )
        }
    }

    @Test(arguments: [(99, true), (100, true), (101, false)])
    func aFileGrowsUpToItsLimit(blocks: Int, isWritten: Bool) async throws {
        let folder = try TemporaryFolder()
        let result = await folder.execute("head -c \(blocks * 512) /dev/zero > f && echo done") {
            $0.fileBytes = 100 * 512
        }
        #expect(result.contains("done") == isWritten, "\(result)")
    }

    @Test(.enabled(if: geteuid() != 0 || ProcessLimit(1) != nil, "root without control groups: only counted, not held"))
    func aForkBombIsStopped() async throws {
        let folder = try TemporaryFolder()
        let clock = ContinuousClock()
        var result = ""
        let time = await clock.measure {
            result = await folder.execute("bomb() { bomb | bomb & }; bomb; sleep 78.5", seconds: 3) {
                $0.processes = 50
            }
        }
        #expect(
            result.contains("it had more than 50 processes") || result.contains("stopped after"),
            "\(result.suffix(300))"
        )
        #expect(time < .seconds(8))
        try await eventually("nothing is left") { processes(with: "sleep\078.5").isEmpty }
    }

    @Test(arguments: [(9, true), (10, true), (30, false)])
    func processesAreCounted(count: Int, isAllowed: Bool) async throws {
        let folder = try TemporaryFolder()
        // The shell is one of them.
        let result = await folder.execute("for i in $(seq \(count - 1)); do sleep 0.5 & done; wait; echo done") {
            $0.processes = 10
        }
        #expect(result.contains("done") == isAllowed, "\(result)")
    }

    @Test func memoryIsBounded() async throws {
        let folder = try TemporaryFolder()
        let hog = "python3 -c 'x = bytearray(300 << 20); print(\"had it\"); import time; time.sleep(1)'"
        #expect(await folder.execute(hog).contains("had it"))
        let one = await folder.execute(hog) { $0.memoryBytes = 200 << 20 }
        #expect(!one.contains("had it") && one.contains("MemoryError"), "\(one)")
        // Each within the limit, all together not.
        let many = await folder.execute(
            "for i in 1 2 3; do \(hog.replacingOccurrences(of: "1)", with: "9)")) & done; wait"
        ) {
            $0.memoryBytes = 400 << 20
        }
        #expect(many.contains("it used more than 400 MiB of memory"), "\(many)")
    }

    @Test func timeIsBoundedAndNothingIsLeftBehind() async throws {
        let folder = try TemporaryFolder()
        let clock = ContinuousClock()
        var result = ""
        let time = await clock.measure {
            result = await folder.execute(
                "echo begun; trap '' TERM INT HUP; setsid sleep 76.5 & sleep 76.5",
                seconds: 1
            )
        }
        #expect(result.hasPrefix("failed: begun\n(stopped after 1 seconds"))
        #expect(time < .seconds(5))
        try await eventually("nothing is left", within: .seconds(1)) { processes(with: "sleep\076.5").isEmpty }
        #expect(await folder.execute("x", seconds: 601).contains("from 1 to 600"))
        #expect(await folder.execute("x", seconds: 0).contains("from 1 to 600"))
    }

    @Test func whatACommandLeavesInTheBackgroundEndsWithIt() async throws {
        let folder = try TemporaryFolder()
        let clock = ContinuousClock()
        let time = await clock.measure {
            let result = await folder.execute("setsid nohup sleep 75.5 > /dev/null 2>&1 & (sleep 75.5 &) ; echo done")
            #expect(result == "done\n(exit code 0)")
        }
        #expect(time < .seconds(5))
        try await eventually("nothing is left", within: .seconds(1)) { processes(with: "sleep\075.5").isEmpty }
    }

    @Test func cancellingEndsTheWholeTreeWithinASecond() async throws {
        let folder = try TemporaryFolder()
        let isSeen = Gate()
        let call = Task {
            await folder.execute("echo up; (setsid sleep 74.5 &); exec sleep 74.5", report: { _ in isSeen.open() })
        }
        try await eventually("it runs") { isSeen.isOpen && processes(with: "sleep\074.5").count >= 2 }
        let clock = ContinuousClock()
        let time = try await clock.measure {
            call.cancel()
            #expect(await call.value == "failed: The call was cancelled.")
            try await eventually("nothing is left") { processes(with: "sleep\074.5").isEmpty }
        }
        #expect(time < .seconds(1), "\(time)")
    }

    @Test func aFloodOfOutputKeepsItsStartAndItsEnd() async throws {
        let folder = try TemporaryFolder()
        let seen = Mutex("")
        let result = await folder.execute(
            "echo first; yes é | head -c 19999998; echo last",
            {
                $0.outputBytes = 1_000
                $0.reportedBytes = 5_000
            },
            report: { text in seen.withLock { $0 += text } }
        )
        #expect(result.hasPrefix("first\né\n") && result.hasSuffix("é\nlast\n(exit code 0)"))
        #expect(result.contains("bytes left out") && result.utf8.count < 1_100)
        #expect(!result.contains("\u{fffd}"))
        let reported = seen.withLock { $0 }
        #expect(reported.hasPrefix("first\n") && reported.hasSuffix("(no more of it is shown)\n"))
        #expect(reported.utf8.count < 5_100)
    }

    @Test func outputIsSeenWhileTheCommandRuns() async throws {
        let folder = try TemporaryFolder()
        let isSeen = Gate()
        let call = Task {
            await folder.execute(
                "echo up; while ! [ -e go ]; do sleep 0.02; done; printf '\\303'; exec >&- 2>&-; sleep 0.1",
                seconds: 60,
                report: { text in if text == "up\n" { isSeen.open() } }
            )
        }
        try await eventually("the first line is seen") { isSeen.isOpen }
        try folder.put("", "go")
        #expect(await call.value == "up\n\u{fffd}\n(exit code 0)")
    }

    @Test(arguments: [
        ("", false), ("a\0b", false), (String(repeating: " ", count: 9) + ":", true),
        (String(repeating: " ", count: 10) + ":", false),
    ])
    func commandsAreBounded(command: String, isTaken: Bool) async throws {
        let folder = try TemporaryFolder()
        let result = await folder.execute(command) { $0.commandBytes = 10 }
        #expect(
            result
                == (isTaken
                    ? "(exit code 0)" : "failed: execute: command must have 1 to 10 bytes, and no NUL among them.")
        )
    }

    @Test func theFilesOfTheMachineThatAreAllowedAreReadOnly() async throws {
        let folder = try TemporaryFolder()
        let result = await folder.execute("cat \(folder.around)/secret; touch \(folder.around)/x") {
            $0.readable = [folder.around]
        }
        #expect(result.hasPrefix("the outside") && result.contains("Read-only"))
    }
}

/// What needs no sandbox.
struct CommandOutputTests {
    @Test(arguments: [(9, false), (10, false), (11, true)])
    func outputIsKeptUpToItsLimit(count: Int, isCut: Bool) {
        var kept = KeptOutput(limit: 10)
        for digit in 0..<count { kept.append([UInt8(ascii: "a") + UInt8(digit)][...]) }
        #expect(kept.text == (isCut ? "abcde\n… (1 bytes left out) …\nghijk" : String("abcdefghijk".prefix(count))))
    }

    @Test func aCutLeavesCharactersWhole() {
        var kept = KeptOutput(limit: 10)
        kept.append(Array("ééééééééé".utf8)[...])
        #expect(!kept.text.contains("\u{fffd}"))
        #expect(kept.text.hasPrefix("éé\n") && kept.text.hasSuffix("\néé"))
    }

    @Test func anyPiecesAreKeptTheSame() {
        let bytes = (0..<1_000).map { UInt8($0 % 251 % 128) }
        var whole = KeptOutput(limit: 100)
        whole.append(bytes[...])
        for size in [1, 3, 49, 50, 51, 99, 100, 101] {
            var pieces = KeptOutput(limit: 100)
            for start in stride(from: 0, to: bytes.count, by: size) {
                pieces.append(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(pieces.text == whole.text, "\(size)")
        }
    }

    @Test func withoutBubblewrapThereIsASentence() async throws {
        let folder = try TemporaryFolder()
        if let why = await BuiltInTools.whyNoCommands(in: folder.workspace) {
            #expect(why.hasPrefix("Commands cannot be run: bubblewrap"))
            #expect(await folder.execute("true") == "failed: " + why)
        } else {
            #expect(await folder.execute("true") == "(exit code 0)")
        }
    }
}
