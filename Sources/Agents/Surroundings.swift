import Dispatch
import Foundation

/// Time and randomness as an execution sees them: handed in, so that a simulator can hand in its own.
public struct Surroundings: Sendable {
    /// The time of day.
    public var now: @Sendable () -> Date
    /// Monotonic nanoseconds, for durations.
    public var uptime: @Sendable () -> UInt64
    /// 64 random bits.
    public var random: @Sendable () -> UInt64

    /// Hands in the three sources.
    public init(
        now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> UInt64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.uptime = uptime
        self.random = random
    }

    /// The machine's own.
    public static let system = Surroundings(
        now: { Date() }, uptime: { DispatchTime.now().uptimeNanoseconds },
        random: { UInt64.random(in: .min ... .max) })

    /// The time of day as the wire writes it: RFC 3339, UTC, milliseconds.
    public var timestamp: String {
        now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
