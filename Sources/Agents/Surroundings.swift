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
        now: @escaping @Sendable () -> Date,
        uptime: @escaping @Sendable () -> UInt64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.uptime = uptime
        self.random = random
    }

    /// The machine's own.
    public static let system = Surroundings(
        now: { Date() },
        uptime: { DispatchTime.now().uptimeNanoseconds },
        random: { UInt64.random(in: .min ... .max) }
    )

    /// The time of day in whole milliseconds since 1970: every time that is told is told so, and they agree.
    public var milliseconds: Int64 {
        Int64((now().timeIntervalSince1970 * 1000).rounded())
    }

    /// The time of day as the wire writes it.
    public var timestamp: String { Surroundings.timestamp(milliseconds: milliseconds) }

    /// RFC 3339, UTC, milliseconds. Foundation's own style would cut a fraction such as .004 down to .003.
    public static func timestamp(milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let whole = rest < 0 ? seconds - 1 : seconds
        let date = Date(timeIntervalSince1970: TimeInterval(whole)).formatted(.iso8601).dropLast()
        return "\(date).\(String(1000 + milliseconds - whole * 1000).dropFirst())Z"
    }
}
