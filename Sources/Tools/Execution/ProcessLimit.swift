#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A control group that holds the number of a command's processes down where the runner is root: to root the kernel
/// does not apply `RLIMIT_NPROC`, and a fork bomb is faster than whoever counts.
///
/// Gone with its last reference, which is after its processes are.
final class ProcessLimit: Sendable {
    /// Its folder.
    let folder: String

    /// Makes one; nil where the runner is not root and needs none, and where there are no control groups to be made.
    init?(_ processes: Int) {
        guard geteuid() == 0, let parent = Self.parent else { return nil }
        folder = "\(parent)/agent-runner-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        guard mkdir(folder, 0o755) == 0 else { return nil }
        guard Self.write(String(processes), to: folder + "/pids.max") else {
            rmdir(folder)
            return nil
        }
    }

    deinit {
        // Busy for as long as the kernel is taking the last of them down.
        for _ in 0..<100 where rmdir(folder) != 0 && errno == EBUSY { _ = poll(nil, 0, 10) }
    }

    /// A command line that enters it first.
    func entering(_ line: [String]) -> [String] {
        ["/bin/sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", folder] + line
    }

    /// Where one can be made: version 1 has a tree for the number of processes, version 2 one for everything.
    private static var parent: String? {
        if access("/sys/fs/cgroup/pids/cgroup.procs", W_OK) == 0 { return "/sys/fs/cgroup/pids" }
        let number = open("/sys/fs/cgroup/cgroup.subtree_control", O_RDONLY | O_CLOEXEC)
        guard number >= 0, let bytes = try? Descriptor(number).read(atMost: 4_096),
            String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).contains("pids")
        else { return nil }
        return "/sys/fs/cgroup"
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let number = open(path, O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { return false }
        return (try? Descriptor(number).write(Array(text.utf8))) != nil
    }
}
