/// What each provider's API reference, or a server that was seen, sends: byte for byte.
enum Transcripts {
    static let ollama = """
        {"model":"qwen3","created_at":"2025-01-01T00:00:00.1Z","message":{"role":"assistant","content":"","thinking":"Let me"},"done":false}
        {"model":"qwen3","created_at":"2025-01-01T00:00:00.2Z","message":{"role":"assistant","content":"Hé"},"done":false,"newer":{"a":[1]}}
        {"model":"qwen3","created_at":"2025-01-01T00:00:00.3Z","message":{"role":"assistant","content":"llo \\ud83d\\ude00\\n"},"done":false}
        {"model":"qwen3","created_at":"2025-01-01T00:00:00.4Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city": "Oslo"}}}]},"done":false}
        {"model":"qwen3","created_at":"2025-01-01T00:00:00.5Z","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}

        """
    static let ollamaEvents: [Seen] = [
        .reasoning("Let me"), .text("Hé"), .text("llo 😀\n"),
        .call(id: "call_0", name: "get_weather", arguments: #"{"city": "Oslo"}"#),
        .usage(26, 282, cached: 0), .stop("tool_calls"),
    ]

    static let anthropic = """
        event: message_start
        data: {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude", "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 25, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 5, "output_tokens": 1}}}

        event: content_block_start
        data: {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}

        event: ping
        data: {"type": "ping"}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hmm"}}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "EqQB+/="}}

        event: content_block_stop
        data: {"type": "content_block_stop", "index": 0}

        event: content_block_start
        data: {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hello 😀"}}

        event: content_block_stop
        data: {"type": "content_block_stop", "index": 1}

        event: content_block_start
        data: {"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{\\"city\\":"}}

        event: content_block_delta
        data: {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": " \\"Oslo\\"}"}}

        event: content_block_stop
        data: {"type": "content_block_stop", "index": 2}

        event: content_block_start
        data: {"type": "content_block_start", "index": 3, "content_block": {"type": "redacted_thinking", "data": "Em9k"}}

        event: content_block_start
        data: {"type": "content_block_start", "index": 4, "content_block": {"type": "tool_use", "id": "toolu_2", "name": "now"}}

        event: content_block_stop
        data: {"type": "content_block_stop", "index": 4}

        event: from_the_future
        data: {"type": "from_the_future", "delta": "x"}

        event: message_delta
        data: {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 15}}

        event: message_stop
        data: {"type": "message_stop"}


        """
    static let anthropicEvents: [Seen] = [
        .usage(40, 1, cached: 10), .reasoning("Hmm"), .signature("EqQB+/="), .text("Hello 😀"),
        .call(id: "toolu_1", name: "get_weather", arguments: #"{"city": "Oslo"}"#), .redacted("Em9k"),
        .call(id: "toolu_2", name: "now", arguments: "{}"), .usage(40, 15, cached: 10), .stop("tool_calls"),
    ]

    static let openAI = """
        data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","content":null},"logprobs":null,"finish_reason":null}],"usage":null}

        : OPENROUTER PROCESSING

        data: {"id":"c1","choices":[{"index":0,"delta":{"reasoning_content":"Hmm"},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"reasoning":"…"},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"content":"Hel\\"lo"},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"get_weather","arguments":""}}]},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\":"}}]},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"now","arguments":"{}"}},{"index":0,"function":{"arguments":" \\"Oslo\\"}"}}]},"finish_reason":null}]}

        data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: {"id":"c1","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":7,"audio_tokens":0}}}

        data: [DONE]


        """
    static let openAIEvents: [Seen] = [
        .reasoning("Hmm"), .reasoning("…"), .text("Hel\"lo"),
        .call(id: "call_a", name: "get_weather", arguments: #"{"city": "Oslo"}"#),
        .call(id: "call_b", name: "now", arguments: "{}"), .stop("tool_calls"), .usage(19, 10, cached: 7),
    ]
}
