import Dispatch
import Foundation
import Synchronization

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

    private static let systemRandomness = PooledRandomness()

    /// The machine's own.
    public static let system = Surroundings(
        now: { Date() },
        uptime: { DispatchTime.now().uptimeNanoseconds },
        random: { systemRandomness.next() }
    )

    /// The time of day in whole milliseconds since 1970: every time that is told is told so, and they agree.
    public var milliseconds: Int64 {
        Int64((now().timeIntervalSince1970 * 1000).rounded())
    }

    /// The time of day as the wire writes it.
    public var timestamp: String { Surroundings.timestamp(milliseconds: milliseconds) }

    /// RFC 3339, UTC, milliseconds: `2026-11-23T04:26:19.541Z`; for the years 0 to 9999.
    ///
    /// By hand, since every execution writes several and Foundation's formatter takes microseconds for each. The
    /// calendar's arithmetic is Howard Hinnant's `civil_from_days`
    /// (https://howardhinnant.github.io/date_algorithms.html).
    public static func timestamp(milliseconds: Int64) -> String {
        func floor(_ value: Int64, _ unit: Int64) -> (Int64, Int64) {
            let (quotient, rest) = value.quotientAndRemainder(dividingBy: unit)
            return rest < 0 ? (quotient - 1, rest + unit) : (quotient, rest)
        }
        let (days, time) = floor(milliseconds, 86_400_000)
        let (era, day) = floor(days + 719_468, 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Months count from March, so that the leap day is the year's last.
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return String(unsafeUninitializedCapacity: 24) { text in
            var place = 0
            func append(_ number: Int64, _ digits: Int, _ end: Unicode.Scalar) {
                var rest = number
                for digit in stride(from: digits - 1, through: 0, by: -1) {
                    text[place + digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                text[place + digits] = UInt8(ascii: end)
                place += digits + 1
            }
            append(year, 4, "-")
            append(month < 10 ? month + 3 : month - 9, 2, "-")
            append(dayOfYear - (153 * month + 2) / 5 + 1, 2, "T")
            append(time / 3_600_000, 2, ":")
            append(time / 60_000 % 60, 2, ":")
            append(time / 1000 % 60, 2, ".")
            append(time % 1000, 3, "Z")
            return place
        }
    }
}

/// Randomness of the system's, fetched for many numbers with one call: a call each was a hundredth of a short execution.
private final class PooledRandomness: Sendable {
    /// What one call gives at most: 256 bytes.
    private static let fetched = 32
    private let pool = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        pool.withLock { pool in
            if pool.isEmpty {
                pool = [UInt64](unsafeUninitializedCapacity: Self.fetched) { numbers, count in
                    let size = Self.fetched * MemoryLayout<UInt64>.size
                    count = getentropy(numbers.baseAddress, size) == 0 ? Self.fetched : 0
                }
            }
            return pool.popLast() ?? .random(in: .min ... .max)
        }
    }
}
