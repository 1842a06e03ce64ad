import LLMConfiguration
import TestSupport
import Testing

@testable import Models

/// A provider as the compatibility suite needs it: how it says what every provider must be able to say.
struct ProviderCase: Sendable, CustomTestStringConvertible {
    let provider: any ModelProvider
    let path: String
    let listPath: String
    let list: String
    /// A piece of text, of reasoning.
    let text: @Sendable (String) -> String
    let reasoning: @Sendable (String) -> String
    /// The end, with 7 tokens in and 3 out.
    let end: String
    /// An error inside the stream, of a kind that passes.
    let error: String
    /// An error's body.
    let errorBody: @Sendable (_ kind: String, _ message: String) -> String
    /// Something unknown that must be passed over.
    let unknown: String

    var testDescription: String { provider.profile.name }

    func configuration(_ upstream: ScriptedUpstream, key: String? = nil) -> EffectiveConfiguration {
        // A set num_ctx keeps Ollama from asking for the context's length first.
        ModelsTests.configuration(provider, baseURL: upstream.url, key: key, numCtx: 4096)
    }

    var stream: ScriptedStep { .respond(contentType: provider.streamType) }

    static let all = [ollama, anthropic, openAI]

    static let ollama = ProviderCase(
        provider: OllamaProvider(),
        path: "/api/chat",
        listPath: "/api/tags",
        list: #"{"models":[{"name":"m:latest","size":1,"details":{"family":"x"}},{"name":"n:7b"}]}"#,
        text: { #"{"message":{"role":"assistant","content":"\#($0)"},"done":false}"# + "\n" },
        reasoning: { #"{"message":{"role":"assistant","content":"","thinking":"\#($0)"},"done":false}"# + "\n" },
        end: #"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3}"#
            + "\n",
        error: #"{"error":"out of memory"}"# + "\n",
        errorBody: { _, message in #"{"error":"\#(message)"}"# },
        unknown: #"{"future":{"done":true},"message":{"images":null,"content":""},"done":false}"# + "\n"
    )

    static let anthropic = ProviderCase(
        provider: AnthropicProvider(),
        path: "/v1/messages",
        listPath: "/v1/models?limit=1000",
        list: #"{"data":[{"type":"model","id":"m","display_name":"M"},{"id":"n:7b"}],"has_more":false}"#,
        text: {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                + "\"delta\":{\"type\":\"text_delta\",\"text\":\"\($0)\"}}\n\n"
        },
        reasoning: {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                + "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"\($0)\"}}\n\n"
        },
        end: "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
            + "\"usage\":{\"input_tokens\":7,\"output_tokens\":3}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        error: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
            + "\"message\":\"Overloaded\"}}\n\n",
        errorBody: { #"{"type":"error","error":{"type":"\#($0)","message":"\#($1)"}}"# },
        unknown: "event: future\ndata: {\"type\":\"future\",\"delta\":[],\"index\":null}\n\n: comment\n\n"
    )

    static let openAI = ProviderCase(
        provider: OpenAIProvider(),
        path: "/v1/chat/completions",
        listPath: "/v1/models",
        list: #"{"object":"list","data":[{"id":"m","object":"model"},{"id":"n:7b"}]}"#,
        text: { "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\($0)\"}}]}\n\n" },
        reasoning: { "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"\($0)\"}}]}\n\n" },
        end: "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
        error: "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":null}}\n\n",
        errorBody: { #"{"error":{"message":"\#($1)","type":"\#($0)","param":null,"code":null}}"# },
        unknown: "data: {\"future\":1,\"choices\":[{\"delta\":{\"content\":null,\"audio\":{}}}],\"usage\":null}\n\n"
    )
}
