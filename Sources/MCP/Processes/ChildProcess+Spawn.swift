import CSpawn
import Foundation

/// Both ends of a child's standard streams.
struct ChildStreams {
    let input: Int32
    let output: Int32
    let errors: Int32
    /// The child's ends, in the order of its descriptors.
    let theirs: [Int32]

    init() throws(ChildProcess.LaunchError) {
        var opened: [Int32] = []
        do throws(ChildProcess.LaunchError) {
            var pair: [Int32] = [-1, -1]
            guard Self.socketPair(&pair) else { throw Self.failure() }
            opened += pair
            for _ in 0..<2 {
                guard cspawn_pipe(&pair) == 0 else { throw Self.failure() }
                opened += pair
            }
        } catch {
            for descriptor in opened { close(descriptor) }
            throw error
        }
        (input, output, errors) = (opened[0], opened[2], opened[4])
        theirs = [opened[1], opened[3], opened[5]]
        for descriptor in [input, output, errors] { _ = cspawn_set_nonblocking(descriptor) }
    }

    func closeTheirs() { for descriptor in theirs { close(descriptor) } }

    func closeAll() {
        closeTheirs()
        for descriptor in [input, output, errors] { close(descriptor) }
    }

    private static func socketPair(_ pair: inout [Int32]) -> Bool {
        #if os(Linux)
            return socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0
        #else
            guard socketpair(AF_UNIX, SOCK_STREAM, 0, &pair) == 0 else { return false }
            var on: Int32 = 1
            setsockopt(pair[0], SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
            for descriptor in pair { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            return true
        #endif
    }

    private static func failure() -> ChildProcess.LaunchError {
        ChildProcess.LaunchError(message: "could not be started: no pipe: \(String(cString: strerror(errno)))")
    }
}

extension ChildProcess {
    /// Starts the program; closes everything of `streams` if that fails.
    static func spawn(
        _ launch: Launch,
        _ mark: ProcessMark,
        _ streams: ChildStreams
    ) throws(LaunchError) -> pid_t {
        do throws(ChildProcess.LaunchError) {
            if let folder = launch.workingDirectory, !isFolder(folder) {
                throw LaunchError(message: "could not be started: its working directory \(folder) is no folder")
            }
            let path = try program(launch)
            var environment = launch.environment
            environment[ProcessMark.variable] = mark.text
            var number: pid_t = 0
            let code = withAttributes(streams, launch.workingDirectory) { actions, attributes in
                withStrings([path] + launch.arguments) { arguments in
                    withStrings(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { environment in
                        posix_spawn(&number, path, actions, attributes, arguments, environment)
                    }
                }
            }
            guard code == 0 else {
                throw LaunchError(message: "could not be started: \(path): \(String(cString: strerror(code)))")
            }
            return number
        } catch {
            streams.closeAll()
            throw error
        }
    }

    /// The program's path, looked up on the `PATH` that the child will have.
    private static func program(_ launch: Launch) throws(LaunchError) -> String {
        guard !launch.program.isEmpty else { throw LaunchError(message: "has no command") }
        if launch.program.contains("/") { return launch.program }
        for folder in (launch.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(launch.program)"
            if !isFolder(path), access(path, X_OK) == 0 { return path }
        }
        throw LaunchError(
            message: "could not be started: there is no command “\(launch.program)” on the PATH: "
                + "install it or give its whole path"
        )
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A session of its own, no signal blocked or ignored, no descriptor but the three streams.
    private static func withAttributes(
        _ streams: ChildStreams,
        _ folder: String?,
        _ body: (UnsafePointer<posix_spawn_file_actions_t>, UnsafePointer<posix_spawnattr_t>) -> Int32
    ) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        for (descriptor, end) in streams.theirs.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(descriptor))
        }
        if let folder { _ = cspawn_change_folder(&actions, folder) }
        _ = cspawn_close_others(&actions)

        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(cspawn_new_session)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        return withUnsafePointer(to: &actions) { actions in
            withUnsafePointer(to: &attributes) { body(actions, $0) }
        }
    }

    /// The strings as C has them, ended by a null.
    private static func withStrings(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { body(UnsafePointer($0)) } ?? EINVAL
        }
    }
}
