import EventLoop
import HTTPClient
import LLMConfiguration
import Synchronization

@testable import Models

/// Asks models over real sockets, with waits that are recorded instead of waited for.
struct Caller: Sendable {
    /// What a call gave: everything that came, and how it ended.
    struct Outcome: Sendable {
        var events: [Seen] = []
        var failure: ModelFailure?

        var text: String {
            events.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
        }
        var progress: [ModelProgress] {
            events.compactMap { if case .progress(let progress) = $0 { progress } else { nil } }
        }
    }

    private struct Network: Sendable {
        let group: EventLoopGroup
        let http: HTTPClient

        init() throws {
            group = try EventLoopGroup(count: 1)
            http = try HTTPClient(group: group)
        }
    }

    private static let network = Result { try Network() }

    let client: ModelClient
    let loop: EventLoop
    /// Held, since a group that is released stops its loops.
    private let network: Network
    private let waits = Waits()

    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])
    }

    /// - Parameter isAlone: whether its pool of connections is its own; otherwise the tests share one.
    init(clocks: ModelClocks = ModelClocks(), pullMissingModels: Bool = false, isAlone: Bool = false) throws {
        network = try isAlone ? Network() : Self.network.get()
        loop = network.group.next()
        let waits = waits
        client = ModelClient(
            http: network.http,
            clocks: clocks,
            pullMissingModels: pullMissingModels,
            retries: RetryPolicy(
                random: { 0.5 },
                sleep: { delay, _ in waits.all.withLock { $0.append(delay) } },
                secondsSince1970: { 784_111_777 }
            )
        )
    }

    /// The waits between attempts so far.
    var waited: [Duration] { waits.all.withLock { $0 } }

    func ask(
        _ configuration: EffectiveConfiguration,
        _ messages: [ModelMessage] = [ModelMessage(.user, "Hi")],
        onEvent: @escaping @Sendable (Seen) -> Void = { _ in }
    ) async -> Outcome {
        let (client, loop) = (client, loop)
        return await loop.run {
            var outcome = Outcome()
            do {
                let request = ModelRequest(messages: messages, configuration: configuration)
                try await client.run(request, on: loop) {
                    let seen = Seen($0)
                    outcome.events.append(seen)
                    onEvent(seen)
                }
            } catch {
                outcome.failure = error as? ModelFailure ?? ModelFailure(.unknown, "\(error)")
            }
            return outcome
        }
    }

    func models(_ configuration: EffectiveConfiguration) async throws -> [String] {
        let (client, loop) = (client, loop)
        return try await loop.run { try await client.listModels(configuration, on: loop) }
    }

    func check(_ configuration: EffectiveConfiguration) async -> [ModelCheck] {
        let (client, loop) = (client, loop)
        return await loop.run { await client.check(configuration, on: loop) }
    }
}
