import LineStreams
import Testing

@testable import Models

/// Each provider's decoder against what the provider sends.
@Suite struct TranscriptTests {
    static let transcripts: [(any ModelProvider, String, [Seen])] = [
        (OllamaProvider(), Transcripts.ollama, Transcripts.ollamaEvents),
        (AnthropicProvider(), Transcripts.anthropic, Transcripts.anthropicEvents),
        (OpenAIProvider(), Transcripts.openAI, Transcripts.openAIEvents),
    ]

    @Test(arguments: 0..<3)
    func everyEventIsReadWhereverTheBodyIsCut(index: Int) {
        let (provider, body, events) = Self.transcripts[index]
        for split in 0...body.utf8.count {
            let (seen, failure) = decode(provider, body, split: split)
            #expect(seen == events, "cut at \(split)")
            #expect(failure == nil, "cut at \(split)")
        }
    }

    @Test(arguments: 0..<3)
    func lineEndsOfEveryKindAreRead(index: Int) {
        let (provider, body, events) = Self.transcripts[index]
        for end in ["\r\n", "\r"] {
            #expect(decode(provider, "\u{feff}" + body.replacing("\n", with: end)).events == events)
        }
    }

    @Test(arguments: 0..<3)
    func aBodyThatEndsEarlyIsAFailureWhereverItEnds(index: Int) throws {
        let (provider, body, _) = Self.transcripts[index]
        // Up to the line that holds the provider's own end, which must then be whole.
        let marker = ["\"done\":true", "message_stop\"}", "\"finish_reason\":\"tool_calls\""][index]
        let end = try #require(body.range(of: marker)?.upperBound)
        let last = body.utf8.distance(from: body.startIndex, to: end)
        for length in stride(from: 0, to: last, by: 7) {
            let failure = decode(provider, String(decoding: body.utf8.prefix(length), as: UTF8.self)).failure
            #expect(failure != nil, "ended after \(length)")
        }
    }

    static let endings: [(any ModelProvider, String, [Seen], String?)] = [
        // A last line without a line end is a line.
        (
            OllamaProvider(), #"{"message":{"content":"a"},"done":true}"#,
            [.text("a"), .usage(0, 0, cached: 0), .stop("stop")], nil
        ),
        (
            OllamaProvider(), #"{"message":{"content":"a"},"done":true,"done_reason":"length"}"# + "\n",
            [.text("a"), .usage(0, 0, cached: 0), .stop("length")], nil
        ),
        (
            OllamaProvider(), #"{"message":{"content":""},"done":true,"done_reason":"load"}"# + "\n", [],
            "Ollama at http://localhost:11434 loaded the model and did not answer"
        ),
        (
            OllamaProvider(), "", [],
            "Ollama at http://localhost:11434 ended its stream without \"done\": the answer is not complete"
        ),
        (
            OllamaProvider(), #"{"error":"llama runner process has terminated"}"# + "\n", [],
            "Ollama at http://localhost:11434 reports an error in its stream: llama runner process has terminated"
        ),
        (
            OllamaProvider(), "<html>\n", [],
            "Ollama at http://localhost:11434 sent something that is not its API's (unexpected '<' at byte 0): <html>"
        ),
        // [DONE] may be missing, finish_reason not.
        (
            OpenAIProvider(), "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n",
            [.text("a"), .stop("stop")], nil
        ),
        (
            OpenAIProvider(), "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n", [.text("a")],
            "OpenAI API at https://api.openai.com/v1 ended its stream without a finish_reason: the answer is not complete"
        ),
        (
            OpenAIProvider(),
            "data: {\"error\":{\"message\":\"Rate limit\",\"type\":\"x\",\"code\":\"rate_limit_exceeded\"}}\n\n", [],
            "OpenAI API at https://api.openai.com/v1 refuses more requests for now (429: Rate limit)"
        ),
        (
            OpenAIProvider(),
            "data: {\"choices\":[{\"delta\":{\"refusal\":\"No.\"},\"finish_reason\":\"content_filter\"}]}\n\n",
            [.text("No."), .stop("content_filter")], nil
        ),
        (
            OpenAIProvider(), "data: 1\n\n", [],
            "OpenAI API at https://api.openai.com/v1 sent something that is not its API's (expected an object, found a number at byte 0): 1"
        ),
        (
            AnthropicProvider(),
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            [], "Anthropic at https://api.anthropic.com is not able to answer (529: Overloaded)"
        ),
        // llama.cpp's errors have OpenAI's shape on every path.
        (
            AnthropicProvider(),
            "data: {\"error\":{\"code\":400,\"message\":\"too long\",\"type\":\"exceed_context_size_error\"}}\n\n", [],
            "Anthropic at https://api.anthropic.com refuses the request (400: too long)"
        ),
    ]

    @Test(arguments: endings.indices)
    func theEndOfAStreamIsWhatTheProviderSays(index: Int) {
        let (provider, body, events, message) = Self.endings[index]
        let (seen, failure) = decode(provider, body)
        #expect(seen == events)
        #expect(failure?.message == message)
    }

    @Test(arguments: [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("tool_use", "tool_calls"),
        ("refusal", "content_filter"), ("pause_turn", "pause_turn"),
    ])
    func anthropicsStopReasonsAreSaidInOneLanguage(theirs: String, ours: String) {
        let body = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"\(theirs)\"}}\n\n"
        #expect(decode(AnthropicProvider(), body).events.last == .stop(ours))
    }

    @Test func countsThatNoAnswerHasDoNotOverflow() {
        let most = Int.max
        let body =
            #"data: {"type":"message_start","message":{"usage":{"input_tokens":\#(most),"cache_read_input_tokens":\#(most)}}}"#
        #expect(decode(AnthropicProvider(), body + "\n\n").events == [.usage(1 << 41, 0, cached: 1 << 40)])
    }

    @Test(arguments: 0..<3)
    func anEndlessLineIsRefused(index: Int) {
        let provider = Self.transcripts[index].0
        let line = "data: " + String(repeating: "x", count: LineDecoder.defaultLimit)
        let failure = decode(provider, line).failure
        #expect(failure?.code == .internal)
        #expect(failure?.message.contains("sent a line of more than 1048576 bytes") == true)
    }

    @Test func toolCallsBeyondMeasureAreRefused() {
        let piece =
            #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\#(String(repeating: "x", count: 900_000))"}}]}}]}"#
        let failure = decode(OpenAIProvider(), String(repeating: piece + "\n\n", count: 5)).failure
        #expect(failure?.message == "OpenAI API at https://api.openai.com/v1 sent more tool calls than can be held")
    }
}
