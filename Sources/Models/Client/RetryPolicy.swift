public import EventLoop
import Foundation
import HTTPTypes

/// When a failed call is repeated. Time and randomness are handed in.
public struct RetryPolicy: Sendable {
    /// How many attempts a call has in all.
    public var attempts: Int
    /// How long to wait before the second attempt; it doubles with each one.
    public var firstDelay: Duration
    /// The longest wait between two attempts, and the longest that a provider may ask for.
    public var longestDelay: Duration
    /// A number from 0 up to 1, for the jitter.
    public var random: @Sendable () -> Double
    /// Waits.
    public var sleep: @Sendable (Duration, EventLoop) async throws -> Void
    /// Seconds since 1970, for a `Retry-After` that names a time.
    public var secondsSince1970: @Sendable () -> Double

    /// Creates a policy; the defaults are those of the house, with the system's time and randomness.
    public init(
        attempts: Int = 3,
        firstDelay: Duration = .milliseconds(500),
        longestDelay: Duration = .seconds(60),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        sleep: @escaping @Sendable (Duration, EventLoop) async throws -> Void = { try await $1.sleep(for: $0) },
        secondsSince1970: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.random = random
        self.sleep = sleep
        self.secondsSince1970 = secondsSince1970
    }

    /// How long to wait after failed attempt number `attempt` (from 1): doubling, and half of it by chance.
    func delay(after attempt: Int) -> Duration {
        let full = min(firstDelay * (1 << min(attempt - 1, 16)), longestDelay)
        return full * (0.5 + random() / 2)
    }

    /// What `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3), or OpenAI's `retry-after-ms`.
    func retryAfter(_ headers: HTTPFields) -> Duration? {
        if let name = HTTPField.Name("retry-after-ms"), let value = headers[name], let milliseconds = Double(value),
            (0...1e9).contains(milliseconds)
        {
            return .milliseconds(Int(milliseconds))
        }
        guard let value = headers[.retryAfter] else { return nil }
        if let seconds = Double(value) {
            return (0...1e9).contains(seconds) ? .milliseconds(Int(seconds * 1000)) : nil
        }
        return Self.seconds(ofDate: value).map { .seconds(max(0, ($0 - secondsSince1970()).rounded(.up))) }
    }

    /// Seconds since 1970 of an HTTP date in the form that is still in use: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func seconds(ofDate text: String) -> Double? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2])), (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, zip(time, [24, 60, 61]).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return nil }
        // Days from the civil date, the year beginning in March.
        let y = month < 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = 365 * y + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
        return Double(days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2])
    }
}
