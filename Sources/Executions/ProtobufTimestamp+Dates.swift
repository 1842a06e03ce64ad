import Foundation
import StigmerProtos

extension ProtobufTimestamp {
    /// As the status's string fields write a time: RFC 3339, UTC, milliseconds.
    var rfc3339: String {
        let date = Date(timeIntervalSince1970: Double(seconds) + Double(nanos) / 1_000_000_000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
