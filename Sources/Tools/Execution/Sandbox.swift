#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The walls around a command: what it sees of the machine, as arguments of bubblewrap.
///
/// It sees the system's programs and libraries, read-only, and the workspace as `/workspace`; nothing else of the
/// machine's files, no other processes, and no network unless it is allowed.
struct Sandbox: Sendable {
    let limits: CommandLimits
    /// The workspace's folder outside.
    let folder: String
    /// Where bubblewrap is.
    let program: String
    /// Whether this bubblewrap can forbid name spaces inside its own, which keeps the kernel's less tried parts away.
    let forbidsNesting: Bool

    /// The whole command line, bubblewrap's own name first.
    func commandLine(_ command: String) -> [String] {
        var line = [
            program, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        ]
        if !limits.allowsNetwork { line.append("--unshare-net") }
        if forbidsNesting { line.append("--disable-userns") }
        line += system
        // To root, even one without any capability, the kernel's settings belong: bubblewrap leaves them open.
        line += ["--proc", "/proc"]
        for path in ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi"] {
            line += ["--ro-bind-try", path, path]
        }
        // All that is made here is memory: what has no bound is made read-only.
        line += [
            "--dev", "/dev", "--size", String(limits.temporaryBytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        ]
        line += ["--size", String(limits.temporaryBytes), "--tmpfs", "/tmp", "--symlink", "../tmp", "/var/tmp"]
        for path in limits.readable { line += ["--ro-bind-try", path, path] }
        line += ["--bind", folder, "/workspace", "--chdir", "/workspace", "--remount-ro", "/", "--"]
        return line + ["/bin/sh", "-c", bounded, "sh", command]
    }

    /// The environment of bubblewrap and, since it hands it on, of the command. The command can read bubblewrap's.
    var environment: [String] {
        let usual = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8",
            "TERM": "dumb", "TMPDIR": "/tmp",
        ]
        return usual.merging(limits.environment) { $1 }.map { "\($0)=\($1)" }.sorted()
    }

    /// Sets what a process may use before it becomes the command's. dash calls the number of processes otherwise than
    /// the rest; `-f` counts blocks of 512 bytes.
    private var bounded: String {
        // Two of them are bubblewrap's.
        let processes = limits.processes + 2
        return """
            ulimit -u \(processes) 2>/dev/null || ulimit -p \(processes)
            ulimit -d \(max(1, limits.memoryBytes / 1_024)) && ulimit -f \(max(1, limits.fileBytes / 512)) && ulimit -c 0 \
            && exec /bin/sh -c -- "$1"
            """
    }

    /// The system's programs and what they need.
    private var system: [String] {
        var line = ["--ro-bind", "/usr", "/usr"]
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            // Links into /usr nowadays, folders of their own on older systems.
            var target = [CChar](repeating: 0, count: 256)
            let count = readlink("/" + name, &target, target.count - 1)
            if count > 0 {
                line += [
                    "--symlink", String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self),
                ]
                line.append("/" + name)
            } else {
                line += ["--ro-bind-try", "/" + name, "/" + name]
            }
        }
        // Of the settings only what programs cannot do without: there are keys among the rest.
        var settings = [
            "alternatives", "ca-certificates", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime",
            "mime.types", "nsswitch.conf", "passwd", "protocols", "services", "ssl/certs", "ssl/openssl.cnf",
        ]
        if limits.allowsNetwork { settings += ["hosts", "resolv.conf"] }
        for name in settings { line += ["--ro-bind-try", "/etc/" + name, "/etc/" + name] }
        return line
    }
}
