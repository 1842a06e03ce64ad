import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing
import WireJSON

@testable import ExecutionService

/// SwiftProtobuf is the oracle: what the hand writes is read back as the same message, and is what `jsonBytes` writes.
struct HandwrittenJSONTests {
    private static let settings: [EffectiveConfig] = [
        .with {
            $0.settings["provider"] = setting(.init(stringValue: "ollama"), "default for local mode")
            $0.settings["api_key"] = setting(.null, "default for ollama")
            $0.settings["temperature"] = setting(.init(numberValue: 0.7), "flag \"--llm-temperature\"")
            $0.settings["max_tokens"] = setting(.init(numberValue: 20000), "file ~/ü.yaml\n")
            $0.settings["num_ctx"] = setting(.init(numberValue: 0), "")
        },
        .with { $0.settings["model"] = setting(.init(stringValue: "\u{1}\u{2028}\\\"😀"), "x") },
    ]

    private static func setting(_ value: ProtobufValue, _ origin: String) -> EffectiveSetting {
        .with {
            $0.value = value
            $0.origin = origin
        }
    }

    static let events: [ExecutionEvent.Kind] =
        settings.map { config in
            .started(
                .with {
                    $0.executionID = "aex_1"
                    $0.config = config
                }
            )
        } + [
            .messageCompleted(.with { $0.message.type = .messageAi }),
            .messageCompleted(
                .with {
                    $0.message.type = .messageAi
                    $0.message.content = "Hello \"you\"\n\u{7}ä😀"
                    $0.message.timestamp = "2026-11-23T04:26:19.541Z"
                    $0.reasoning = "hm"
                    $0.stopReason = "stop"
                    $0.usage.inputTokens = 0
                    $0.usage.outputTokens = .max
                }
            ),
            .messageCompleted(.with { $0.message.toolCalls = [.with { $0.id = "1" }] }),
            .finished(.with { $0.phase = .executionCompleted }),
            .finished(
                .with {
                    $0.phase = .executionFailed
                    $0.error.code = "unavailable"
                    $0.error.message = "it broke"
                    $0.usage.cachedInputTokens = 3
                    $0.timings.queuedMs = 0
                    $0.timings.totalMs = 12
                }
            ),
            .finished(
                .with {
                    $0.phase = .executionCancelled
                    $0.error = .init()
                    $0.timings = .init()
                }
            ),
            .progress(.with { $0.what = "loading" }),
        ]

    @Test(arguments: events, [0, 1, 999, 1_795_407_979_541] as [Int64])
    func anEventIsWhatSwiftProtobufWrites(kind: ExecutionEvent.Kind, milliseconds: Int64) throws {
        let event = ExecutionEvent.with {
            $0.cursor = "7"
            $0.time = .init(seconds: milliseconds / 1000, nanos: Int32(milliseconds % 1000) * 1_000_000)
            $0.event = kind
        }
        let bytes = try MessageEncoding.json.encode(event)
        #expect(try ExecutionEvent(jsonUTF8Bytes: bytes) == event)
        if milliseconds % 1000 != 0 {
            #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: try event.jsonBytes(), as: UTF8.self))
        }
    }

    @Test(arguments: settings) func aConfigurationIsWhatSwiftProtobufWrites(config: EffectiveConfig) throws {
        let bytes = try MessageEncoding.json.encode(config)
        #expect(String(decoding: bytes, as: UTF8.self) == String(decoding: try config.jsonBytes(), as: UTF8.self))
    }

    @Test func theHandKnowsWhatEveryExecutionWrites() {
        let known = Self.events.filter { kind in
            var writer = JSONWriter()
            let event = ExecutionEvent.with {
                $0.time = .init(seconds: 1)
                $0.event = kind
            }
            return event.write(to: &writer)
        }
        #expect(known.count == Self.events.count - 2, "all but the tool call and the progress")
    }
}
