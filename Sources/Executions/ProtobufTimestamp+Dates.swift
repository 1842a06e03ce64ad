import Agents
import StigmerProtos

extension ProtobufTimestamp {
    /// A time in milliseconds since 1970, none of them before.
    init(milliseconds: Int64) {
        self.init(seconds: milliseconds / 1000, nanos: Int32(milliseconds % 1000) * 1_000_000)
    }

    /// As the status's string fields write a time: RFC 3339, UTC, milliseconds.
    var rfc3339: String { Surroundings.timestamp(milliseconds: seconds * 1000 + Int64(nanos) / 1_000_000) }
}
