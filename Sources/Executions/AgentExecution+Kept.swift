import Foundation
import StigmerProtos
import SwiftProtobuf

extension AgentExecution {
    /// What may be kept and shown of a request.
    var withoutSecrets: AgentExecution {
        var copy = self
        for (name, value) in copy.spec.runtimeEnv where value.isSecret { copy.spec.runtimeEnv[name]?.value = "" }
        copy.spec.callbackToken = Data()
        return copy
    }

    /// The same for the same request, and hardly ever for another: two FNV-1a hashes over its bytes in proto's
    /// deterministic order (http://www.isthe.com/chongo/tech/comp/fnv/).
    ///
    /// It tells a caller's own repeats apart from mistakes; it is no defence against one who wants two alike.
    var fingerprint: String {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8] = (try? serializedBytes(options: options)) ?? []
        var forward: UInt64 = 0xcbf2_9ce4_8422_2325
        var backward = forward
        for byte in bytes { forward = (forward ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in bytes.reversed() { backward = (backward ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(forward, radix: 16) + "-" + String(backward, radix: 16)
    }
}
