import LLMConfiguration
import Synchronization

@testable import Models

/// An event as a value that outlives the call, so that it can be compared.
enum Seen: Equatable, Sendable {
    case text(String)
    case reasoning(String)
    case signature(String)
    case redacted(String)
    case call(id: String, name: String, arguments: String)
    case usage(Int, Int, cached: Int)
    case stop(String)
    case progress(ModelProgress)

    init(_ event: ModelEvent) {
        self =
            switch event {
            case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
            case .reasoning(let bytes): .reasoning(String(decoding: bytes, as: UTF8.self))
            case .reasoningSignature(let signature): .signature(signature)
            case .redactedReasoning(let data): .redacted(data)
            case .toolCall(let call): .call(id: call.id, name: call.name, arguments: call.arguments)
            case .usage(let usage):
                .usage(usage.inputTokens, usage.outputTokens, cached: usage.cachedInputTokens)
            case .stop(let reason): .stop(reason.rawValue)
            case .progress(let progress): .progress(progress)
            }
    }
}

/// A configuration as the cascade might give it.
func configuration(
    _ provider: any ModelProvider,
    model: String = "m",
    baseURL: String? = nil,
    key: String? = nil,
    temperature: Double? = nil,
    maxTokens: Int? = nil,
    numCtx: Int? = nil
) -> EffectiveConfiguration {
    func setting<Value>(_ value: Value) -> Setting<Value> { Setting(value, origin: "env TEST_\(Value.self)") }
    return EffectiveConfiguration(
        mode: setting(.local),
        provider: setting(provider.profile.name),
        model: setting(model),
        baseURL: setting(baseURL ?? provider.profile.defaultBaseURL),
        apiKey: setting(key.map { APIKey($0) }),
        temperature: setting(temperature),
        maxTokens: setting(maxTokens),
        numCtx: setting(numCtx)
    )
}

/// Decodes a whole body that comes in two pieces, cut at `split`, and says how it ended.
func decode(
    _ provider: any ModelProvider,
    _ body: String,
    split: Int = 0
) -> (events: [Seen], failure: ModelFailure?) {
    var decoder = provider.makeDecoder(for: configuration(provider))
    let bytes = Array(body.utf8)
    var events: [Seen] = []
    do {
        for piece in [bytes[..<split], bytes[split...]] {
            try Array(piece).withUnsafeBytes { try decoder.decode($0) { events.append(Seen($0)) } }
        }
        try decoder.finish { events.append(Seen($0)) }
        return (events, nil)
    } catch {
        return (events, error as? ModelFailure)
    }
}
