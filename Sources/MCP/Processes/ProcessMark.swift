import Foundation
import Synchronization

/// A word in the environment of a child process and of all that it starts, by which they are found again: some leave
/// the group and the session that they were born in.
struct ProcessMark: Sendable {
    /// The variable's name.
    static let variable = "AGENT_RUNNER_CHILD"

    let text: String

    private static let count = Atomic<Int>(0)

    /// A mark that no other child of any runner has.
    static func next() -> ProcessMark {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return ProcessMark(text: "\(getpid())-\(DispatchTime.now().uptimeNanoseconds)-\(number)")
    }

    /// Kills everything that carries the mark or belongs to `session`, whose leader is dead but not reaped.
    ///
    /// One that is killed may have started another just before: it looks again until nothing is found.
    func killAll(session: pid_t) {
        kill(-session, SIGKILL)
        #if os(Linux)
            for _ in 0..<20 {
                let found = living(session: session)
                if found.isEmpty { return }
                for process in found { kill(process, SIGKILL) }
                usleep(2000)
            }
        #endif
    }

    #if os(Linux)
        /// The processes of the session and of the mark, without the dead that nobody has asked for their status.
        func living(session: pid_t) -> [pid_t] {
            guard let folder = opendir("/proc") else { return [] }
            defer { closedir(folder) }
            let variable = Array("\(ProcessMark.variable)=\(text)".utf8)
            let birth = Self.status(of: session)?.birth ?? 0
            var found: [pid_t] = []
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard let process = pid_t(name), let status = Self.status(of: process) else { continue }
                // What is older than the child is not of the child: most need no second look.
                guard status.state != "Z", status.state != "X", status.birth >= birth else { continue }
                if status.session == session || Self.environment(of: process, holds: variable) { found.append(process) }
            }
            return found
        }

        /// Fields 3, 6 and 22 of `/proc/PID/stat` (proc(5)); the second, in brackets, may hold anything.
        private static func status(of process: pid_t) -> (state: Substring, session: pid_t, birth: UInt64)? {
            let text = String(decoding: contents("/proc/\(process)/stat"), as: UTF8.self)
            guard let bracket = text.lastIndex(of: ")") else { return nil }
            let fields = text[bracket...].split(separator: " ")
            guard fields.count > 20, let session = pid_t(fields[4]), let birth = UInt64(fields[20]) else { return nil }
            return (fields[1], session, birth)
        }

        private static func environment(of process: pid_t, holds variable: [UInt8]) -> Bool {
            contents("/proc/\(process)/environ").split(separator: 0).contains {
                $0.count == variable.count && $0.elementsEqual(variable)
            }
        }

        private static func contents(_ path: String) -> [UInt8] {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return [] }
            defer { close(descriptor) }
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 16 << 10)
            // The kernel lets an environment be as large as the stack.
            while all.count < 1 << 20 {
                let count = read(descriptor, &piece, piece.count)
                guard count > 0 else { break }
                all.append(contentsOf: piece[..<count])
            }
            return all
        }
    #endif
}
