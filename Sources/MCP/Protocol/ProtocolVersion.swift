import WireJSON

/// The versions of the protocol that this client speaks: https://modelcontextprotocol.io/specification/versioning
enum ProtocolVersion: String, CaseIterable {
    case june2025 = "2025-06-18"
    case march2025 = "2025-03-26"
    case november2024 = "2024-11-05"

    /// What is asked for: the newest.
    static let preferred = june2025

    /// Reads the server's choice.
    static func chosen(_ result: JSONValue) throws(MCPFailure) -> ProtocolVersion {
        guard let text = result["protocolVersion"]?.text else {
            throw MCPFailure(.notStarted, "answered initialize without a protocolVersion")
        }
        guard let version = ProtocolVersion(rawValue: text) else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw MCPFailure(
                .notStarted,
                "speaks version \(text.shortened(to: 40)) of the protocol; this client speaks \(known)"
            )
        }
        return version
    }
}
