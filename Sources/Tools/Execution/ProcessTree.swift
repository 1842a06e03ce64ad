#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a process and all below it use, as `/proc` tells it; nothing where there is none.
struct ProcessTree {
    private(set) var processes = 0
    private(set) var memoryBytes = 0

    /// Looks at a process that this one has started.
    init(of root: pid_t) {
        var children: [pid_t: [pid_t]] = [:]
        guard let folder = opendir("/proc") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = pid_t(name), let parent = Self.parent(of: pid) else { continue }
            children[parent, default: []].append(pid)
        }
        var open = [root]
        while let pid = open.popLast() {
            processes += 1
            memoryBytes += Self.memory(of: pid)
            open += children[pid] ?? []
        }
    }

    /// The fourth field; the second is a name that may hold anything.
    private static func parent(of pid: pid_t) -> pid_t? {
        guard let text = read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }

    /// What is resident and not shared, in bytes.
    private static func memory(of pid: pid_t) -> Int {
        guard let text = read("/proc/\(pid)/statm") else { return 0 }
        let fields = text.split(separator: " ").prefix(3).compactMap { Int($0) }
        return fields.count == 3 ? max(0, fields[1] - fields[2]) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func read(_ path: String) -> String? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0, let bytes = try? Descriptor(number).read(atMost: 4_096) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
