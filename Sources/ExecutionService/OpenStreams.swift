import Synchronization

/// How many streams the service keeps open; a further one is `resource_exhausted` with a Retry-After.
public struct ServiceLimits: Sendable {
    /// Streams at a time, of all callers.
    public var maxStreams: Int
    /// Streams at a time to one address.
    public var maxStreamsPerCaller: Int

    /// Sets the limits; the defaults are 10,000 and 1,000.
    public init(maxStreams: Int = 10_000, maxStreamsPerCaller: Int = 1_000) {
        self.maxStreams = maxStreams
        self.maxStreamsPerCaller = maxStreamsPerCaller
    }
}

/// Counts the streams that are open, in all and by the caller's address.
final class OpenStreams: Sendable {
    private struct Count {
        var all = 0
        var byCaller: [String: Int] = [:]
    }

    private let limits: ServiceLimits
    private let count = Mutex(Count())

    init(_ limits: ServiceLimits) { self.limits = limits }

    /// Streams that are open now.
    var all: Int { count.withLock { $0.all } }

    /// Counts a stream in, or refuses it.
    func enter(_ caller: String) throws(ServiceError) {
        let refusal = count.withLock { count -> String? in
            let own = count.byCaller[caller, default: 0]
            if own >= limits.maxStreamsPerCaller {
                return "\(own) streams to \(caller) are open, which is the limit for one caller"
            }
            if count.all >= limits.maxStreams { return "\(count.all) streams are open, which is the limit" }
            count.all += 1
            count.byCaller[caller] = own + 1
            return nil
        }
        if let refusal { throw .exhausted("\(refusal): end one, or try again later") }
    }

    /// Counts a stream out.
    func leave(_ caller: String) {
        count.withLock { count in
            count.all -= 1
            let left = count.byCaller[caller, default: 1] - 1
            count.byCaller[caller] = left == 0 ? nil : left
        }
    }
}
