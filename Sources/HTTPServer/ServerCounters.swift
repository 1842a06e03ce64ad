import Synchronization

/// What a server counts over all its loops.
final class ServerCounters: Sendable {
    let connections = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    let rejections = Atomic<Int>(0)
}
