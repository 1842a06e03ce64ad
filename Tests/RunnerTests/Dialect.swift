import Testing
import TestSupport

/// How one provider's API says what every fault is made of, as it stands on the wire.
struct Dialect: Sendable, CustomTestStringConvertible {
    let name: String
    let streamType: String
    /// The variables of its key and its address.
    let keyVariable: String?
    let addressVariable: String
    /// A piece of the answer.
    let text: @Sendable (String) -> String
    /// The end of the answer, with 7 tokens in and 3 out.
    let end: String
    /// An error inside a stream, of a kind that passes.
    let error: String
    /// An error inside a stream that waiting does not mend; Ollama has no words for the difference.
    let lastingError: String?
    /// The body of an error's response.
    let errorBody: @Sendable (_ message: String) -> String
    /// What says that the connection lives.
    let ping: String
    /// An event or a field that nobody knows yet.
    let unknown: String
    /// A known field with a value of another kind.
    let wrongType: String

    var testDescription: String { name }

    /// The head of a stream.
    var start: ScriptedStep { .respond(contentType: streamType) }
    /// A whole answer in one write.
    var fine: [ScriptedStep] { [.answer(200, ["Content-Type": streamType], text("fine") + end)] }
    /// A piece that stops inside a character of two bytes.
    var cutInCharacter: [UInt8] {
        let bytes = Array(text("é").utf8)
        return Array(bytes[..<((bytes.firstIndex(of: 0xC3) ?? 0) + 1)])
    }
    /// A piece that stops inside its JSON.
    var cutInJSON: String { String(text("more").prefix(while: { $0 != "m" }) + "m") }

    static let all = [ollama, anthropic, openAI]

    static let ollama = Dialect(
        name: "ollama",
        streamType: "application/x-ndjson",
        keyVariable: nil,
        addressVariable: "OLLAMA_BASE_URL",
        text: { #"{"message":{"role":"assistant","content":"\#($0)"},"done":false}"# + "\n" },
        end: #"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3}"#
            + "\n",
        error: #"{"error":"an error was encountered while running the model"}"# + "\n",
        lastingError: nil,
        errorBody: { #"{"error":"\#($0)"}"# },
        ping: "\n",
        unknown: #"{"future":{"done":true},"message":{"images":null,"content":""},"done":false}"# + "\n",
        wrongType: #"{"message":{"role":"assistant","content":["more"]},"done":false}"# + "\n"
    )

    static let anthropic = Dialect(
        name: "anthropic",
        streamType: "text/event-stream",
        keyVariable: "ANTHROPIC_API_KEY",
        addressVariable: "ANTHROPIC_BASE_URL",
        text: {
            "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"\($0)\"},"
                + "\"type\":\"content_block_delta\",\"index\":0}\n\n"
        },
        end: "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
            + "\"usage\":{\"input_tokens\":7,\"output_tokens\":3}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        error: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
            + "\"message\":\"Overloaded\"}}\n\n",
        lastingError: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
            + "\"message\":\"no\"}}\n\n",
        errorBody: { #"{"type":"error","error":{"type":"some_error","message":"\#($0)"}}"# },
        ping: "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        unknown: "event: future\ndata: {\"type\":\"future\",\"delta\":[],\"index\":null}\n\n",
        wrongType: "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            + "\"delta\":{\"type\":\"text_delta\",\"text\":[\"more\"]}}\n\n"
    )

    static let openAI = Dialect(
        name: "openai",
        streamType: "text/event-stream",
        keyVariable: "OPENAI_API_KEY",
        addressVariable: "OPENAI_BASE_URL",
        text: { "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\($0)\"}}]}\n\n" },
        end: "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
        error: "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":null}}\n\n",
        lastingError: "data: {\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\",\"code\":400}}\n\n",
        errorBody: { #"{"error":{"message":"\#($0)","type":"some_error","param":null,"code":null}}"# },
        ping: ": ping\n\n",
        unknown: "data: {\"future\":1,\"choices\":[{\"delta\":{\"content\":null,\"audio\":{}}}],\"usage\":null}\n\n",
        wrongType: "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":[\"more\"]}}]}\n\n"
    )
}
