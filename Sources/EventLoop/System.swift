#if canImport(Glibc)
    import CEpoll
    import Glibc
#else
    import Darwin
#endif

/// How many cores this process may use: a container or `taskset` may leave it fewer than the machine has.
func usableCores() -> Int {
    #if os(Linux)
        let count = Int(cepoll_usable_cores())
        if count > 0 { return count }
    #endif
    return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}

/// A number that tells threads apart while they live.
func threadIdentity() -> UInt {
    #if canImport(Glibc)
        UInt(pthread_self())
    #else
        UInt(bitPattern: pthread_self())
    #endif
}

/// Another descriptor of the same socket, which no child process inherits.
func duplicateDescriptor(_ descriptor: Int32) throws(EventLoopError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw EventLoopError(call: "fcntl", code: errno) }
    return copy
}

func closeDescriptor(_ descriptor: Int32) {
    close(descriptor)
}

func systemMessage(_ code: Int32) -> String {
    String(cString: strerror(code))
}
