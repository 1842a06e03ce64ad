import EventLoop
import HTTPClient
import TestSupport
import Testing

/// Runs `body` on a loop that has a client; afterwards no socket of the loop is left to a collected client.
func withClient(
    _ backend: ReadinessBackend,
    _ body: @Sendable (HTTPClient, EventLoop) async throws -> Void
) async throws {
    let group = try EventLoopGroup(count: 1, backend: backend)
    let client = try HTTPClient(group: group)
    let loop = group.next()
    try await loop.run { try await body(client, loop) }
}

/// The whole body as text.
func text(_ response: HTTPClientResponse) async throws -> String {
    String(decoding: try await response.collect(upTo: 1_000_000, within: .seconds(30)), as: UTF8.self)
}

/// What has come of the body, as text; nil at its end.
func piece(_ response: HTTPClientResponse) async throws -> String? {
    var text = ""
    let more = try await response.next(within: .seconds(30)) { text = String(decoding: $0, as: UTF8.self) }
    return more ? text : nil
}
