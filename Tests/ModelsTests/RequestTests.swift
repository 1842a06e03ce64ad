import LLMConfiguration
import Testing

@testable import Models

/// What each provider is sent, byte for byte.
@Suite struct RequestTests {
    static let conversation = [
        ModelMessage(.system, "Be \"brief\"."),
        ModelMessage(.user, "Wie heißt du?\n"),
        ModelMessage(
            .assistant,
            "Ich schaue nach.",
            reasoning: [ReasoningBlock(text: "Hm", signature: "sig"), ReasoningBlock(text: "", redacted: "enc")],
            toolCalls: [ModelToolCall(id: "c1", name: "whoami", arguments: #"{"x": 1}"#)]
        ),
        ModelMessage(.tool, "root", toolCallID: "c1", toolName: "whoami"),
        ModelMessage(.assistant, "", toolCalls: [ModelToolCall(id: "c2", name: "broken", arguments: "{")]),
    ]

    private func body(
        _ provider: any ModelProvider,
        _ messages: [ModelMessage] = Self.conversation,
        temperature: Double? = nil,
        maxTokens: Int? = nil,
        numCtx: Int? = nil
    ) -> String {
        let configuration = configuration(provider, temperature: temperature, maxTokens: maxTokens, numCtx: numCtx)
        let request = provider.makeRequest(ModelRequest(messages: messages, configuration: configuration))
        return String(decoding: request.body, as: UTF8.self)
    }

    @Test func ollamaGetsArgumentsAsObjectsAndOptionsThatAreSet() {
        #expect(
            body(OllamaProvider(), temperature: 0, maxTokens: 100, numCtx: 8192)
                == #"{"model":"m","messages":[{"role":"system","content":"Be \"brief\"."},"#
                + #"{"role":"user","content":"Wie heißt du?\n"},"#
                + #"{"role":"assistant","content":"Ich schaue nach.","thinking":"Hm","#
                + #""tool_calls":[{"function":{"name":"whoami","arguments":{"x": 1}}}]},"#
                + #"{"role":"tool","content":"root","tool_name":"whoami"},"#
                + #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"broken","arguments":{}}}]}],"#
                + #""stream":true,"options":{"num_ctx":8192,"temperature":0.0,"num_predict":100}}"#
        )
        #expect(body(OllamaProvider(), []) == #"{"model":"m","messages":[],"stream":true,"options":{}}"#)
    }

    @Test func anthropicGetsTheSystemApartAndSignedReasoningBack() {
        #expect(
            body(AnthropicProvider(), temperature: 0.5)
                == #"{"model":"m","max_tokens":20000,"system":"Be \"brief\".","messages":["#
                + #"{"role":"user","content":"Wie heißt du?\n"},"#
                + #"{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"sig"},"#
                + #"{"type":"redacted_thinking","data":"enc"},{"type":"text","text":"Ich schaue nach."},"#
                + #"{"type":"tool_use","id":"c1","name":"whoami","input":{"x": 1}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"root"}]},"#
                + #"{"role":"assistant","content":[{"type":"tool_use","id":"c2","name":"broken","input":{}}]}],"#
                + #""stream":true,"temperature":0.5}"#
        )
    }

    @Test func openAIGetsArgumentsAsTheModelWroteThem() {
        #expect(
            body(OpenAIProvider(), temperature: 0.5, maxTokens: 100)
                == #"{"model":"m","messages":[{"role":"system","content":"Be \"brief\"."},"#
                + #"{"role":"user","content":"Wie heißt du?\n"},"#
                + #"{"role":"assistant","content":"Ich schaue nach.","tool_calls":[{"id":"c1","type":"function","#
                + #""function":{"name":"whoami","arguments":"{\"x\": 1}"}}]},"#
                + #"{"role":"tool","content":"root","tool_call_id":"c1"},"#
                + #"{"role":"assistant","content":null,"tool_calls":[{"id":"c2","type":"function","#
                + #""function":{"name":"broken","arguments":"{"}}]}],"#
                + #""stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"max_tokens":100}"#
        )
    }

    static let reasoningModels: [(String, String, Bool)] = [
        ("o1", "https://api.openai.com/v1", true),
        ("o3-mini", "https://api.openai.com/v1", true),
        ("o4-mini", "https://api.openai.com", true),
        ("gpt-5-mini", "https://api.openai.com/v1", true),
        ("gpt-5-chat-latest", "https://api.openai.com/v1", false),
        ("gpt-4o", "https://api.openai.com/v1", false),
        ("o3-mini", "http://localhost:8080/v1", false),
    ]

    @Test(arguments: reasoningModels)
    func openAIsReasoningModelsGetWhatTheyTake(model: String, baseURL: String, isReasoning: Bool) {
        let provider = OpenAIProvider()
        let configuration = configuration(provider, model: model, baseURL: baseURL, temperature: 1, maxTokens: 5)
        let request = provider.makeRequest(ModelRequest(messages: [], configuration: configuration))
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.contains("\"max_completion_tokens\":5") == isReasoning)
        #expect(body.contains("\"max_tokens\":5") != isReasoning)
        #expect(body.contains("temperature") != isReasoning)
    }

    static let addresses: [(any ModelProvider, String, String, String)] = [
        (
            OpenAIProvider(), "https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions",
            "https://api.openai.com/v1/models"
        ),
        (
            OpenAIProvider(), "http://localhost:8080", "http://localhost:8080/v1/chat/completions",
            "http://localhost:8080/v1/models"
        ),
        (
            OpenAIProvider(), "http://localhost:8080/", "http://localhost:8080/v1/chat/completions",
            "http://localhost:8080/v1/models"
        ),
        (
            OpenAIProvider(), "http://localhost:8080/v1/", "http://localhost:8080/v1/chat/completions",
            "http://localhost:8080/v1/models"
        ),
        (OpenAIProvider(), "http://h/v1/chat/completions", "http://h/v1/chat/completions", "http://h/v1/models"),
        (OpenAIProvider(), "https://h/api/v1", "https://h/api/v1/chat/completions", "https://h/api/v1/models"),
        (OpenAIProvider(), "https://h/openai", "https://h/openai/chat/completions", "https://h/openai/models"),
        (
            AnthropicProvider(), "https://api.anthropic.com", "https://api.anthropic.com/v1/messages",
            "https://api.anthropic.com/v1/models?limit=1000"
        ),
        (
            AnthropicProvider(), "https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages",
            "https://api.anthropic.com/v1/models?limit=1000"
        ),
        (AnthropicProvider(), "http://h/proxy/", "http://h/proxy/v1/messages", "http://h/proxy/v1/models?limit=1000"),
        (
            OllamaProvider(), "http://localhost:11434", "http://localhost:11434/api/chat",
            "http://localhost:11434/api/tags"
        ),
        (
            OllamaProvider(), "http://localhost:11434/v1", "http://localhost:11434/api/chat",
            "http://localhost:11434/api/tags"
        ),
        (OllamaProvider(), "http://h/ollama/api", "http://h/ollama/api/chat", "http://h/ollama/api/tags"),
    ]

    @Test(arguments: addresses.indices)
    func aPathIsJoinedToTheAddressAsPeopleWriteIt(index: Int) {
        let (provider, baseURL, chat, list) = Self.addresses[index]
        let configuration = configuration(provider, baseURL: baseURL)
        #expect(provider.makeRequest(ModelRequest(messages: [], configuration: configuration)).url == chat)
        #expect(provider.makeListRequest(configuration).url == list)
    }
}
