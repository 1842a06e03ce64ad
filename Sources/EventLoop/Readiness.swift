import Dispatch

/// What a descriptor is watched for.
public struct Interest: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Takes the bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Bytes, a connection to accept, or the peer's end.
    public static let read = Interest(rawValue: 1)
    /// Room to write.
    public static let write = Interest(rawValue: 2)
}

/// What a descriptor is ready for.
public struct ReadyEvents: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Takes the bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Reading will not block.
    public static let readable = ReadyEvents(rawValue: 1)
    /// Writing will not block.
    public static let writable = ReadyEvents(rawValue: 2)
    /// The peer has closed its sending side, or the connection is gone.
    public static let hangup = ReadyEvents(rawValue: 4)
}

/// How often readiness is told.
public enum Trigger: Sendable {
    /// Once when it begins: the watcher reads and writes until the call would block.
    case edge
    /// In each turn while it lasts.
    case level
}

/// An object that is told on its loop that its descriptor is ready.
public protocol ReadinessWatcher: AnyObject {
    /// Called on the loop.
    func ready(_ events: ReadyEvents)
}

/// The two ways to learn of readiness.
public enum ReadinessBackend: String, Sendable, CaseIterable {
    /// Dispatch sources: portable, the reference.
    case dispatch
    #if os(Linux)
        /// epoll: half the CPU.
        case epoll
    #endif

    /// The best one here.
    public static var standard: ReadinessBackend {
        #if os(Linux)
            .epoll
        #else
            .dispatch
        #endif
    }

    func make(queue: DispatchQueue) throws(EventLoopError) -> any Readiness {
        switch self {
        case .dispatch: DispatchReadiness(queue: queue)
        #if os(Linux)
            case .epoll: try EpollReadiness(queue: queue)
        #endif
        }
    }
}

/// A descriptor together with the registration it belongs to: descriptors are reused, generations are not.
struct Token: Equatable {
    let descriptor: Int32
    let generation: UInt32

    init(descriptor: Int32, generation: UInt32) {
        self.descriptor = descriptor
        self.generation = generation
    }

    init(packed: UInt64) {
        descriptor = Int32(truncatingIfNeeded: packed)
        generation = UInt32(truncatingIfNeeded: packed >> 32)
    }

    var packed: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor)) }
}

/// How a loop learns which descriptors are ready, and how it sleeps. All but `wake` is called on the loop.
protocol Readiness: AnyObject {
    /// Begins to run turns on the queue.
    func start(loop: EventLoop)
    func add(_ token: Token, interest: Interest, trigger: Trigger) throws(EventLoopError)
    func change(_ token: Token, interest: Interest)
    func remove(_ descriptor: Int32, closing: Bool)
    /// Makes the loop run a turn soon; from any thread.
    func wake()
    func stop()
}
