extension Row {
    /// Requests that stay with the worker's own provider.
    static let requests: [Row] = [
        Row(
            "request: nothing set is the worker's own",
            ["STIGMER_LLM_MODEL=phi4"],
            ["model = phi4 <- env STIGMER_LLM_MODEL", "provider = ollama <- default for local mode"]
        ),
        Row(
            "request: its model at the worker's address",
            ["STIGMER_LLM_BASE_URL=http://gpu-box:11434", "request model_name=phi6"],
            [
                "model = phi6", "base_url = http://gpu-box:11434 <- env STIGMER_LLM_BASE_URL",
                "provider = ollama <- default for local mode",
            ]
        ),
        Row(
            "request: the worker's numbers stay",
            [
                "STIGMER_LLM_TEMPERATURE=0.4", "STIGMER_LLM_MAX_TOKENS=40", "STIGMER_LLM_NUM_CTX=8192",
                "request model_name=phi6",
            ],
            ["temperature = 0.4", "max_tokens = 40", "num_ctx = 8192"]
        ),
        Row(
            "request: a prefix that names the worker's own provider",
            ["STIGMER_LLM_BASE_URL=http://gpu-box:11434", "request model_name=Ollama:phi6"],
            [
                "provider = ollama <- request execution_config.model_name", "model = phi6",
                "base_url = http://gpu-box:11434",
            ]
        ),
        Row(
            "request: a choice is not overridden by its model's name",
            ["STIGMER_LLM_PROVIDER=ollama", "request model_name=claude-opus-4"],
            [
                "provider = ollama <- env STIGMER_LLM_PROVIDER",
                "model = claude-opus-4 <- request execution_config.model_name",
            ]
        ),
        Row(
            "request: a flag's choice is not overridden either",
            ["--llm-provider=openai", "--llm-base-url=http://gw", "request model_name=claude-opus-4"],
            ["provider = openai <- flag --llm-provider", "base_url = http://gw"]
        ),
        Row(
            "request: nor the file's",
            ["file provider: ollama", "request model_name=gpt-4o"],
            ["provider = ollama <- file ~/.stigmer/config.yaml backend.local.llm.provider", "model = gpt-4o"]
        ),
        Row(
            "request: nor a choice by prefix",
            ["STIGMER_LLM_MODEL=ollama:phi4", "request model_name=gpt-4o"],
            ["provider = ollama <- env STIGMER_LLM_MODEL", "model = gpt-4o"]
        ),
        Row(
            "request: white space around its model is cut",
            ["request model_name= phi6\n"],
            ["model = phi6 <- request execution_config.model_name"]
        ),
        Row(
            "request: the highest temperature",
            ["request temperature=2"],
            ["temperature = 2 <- request execution_config.temperature"]
        ),
        Row(
            "request: the lowest max_tokens",
            ["request max_tokens=1"],
            ["max_tokens = 1 <- request execution_config.max_tokens"]
        ),
        Row(
            "request: temperature too high",
            ["request temperature=2.5"],
            ["request invalid_argument: temperature \"2.5\"; request execution_config.temperature; 0 to 2"]
        ),
        Row(
            "request: temperature below zero",
            ["request temperature=-0.5"],
            ["request invalid_argument: temperature \"-0.5\""]
        ),
        Row(
            "request: temperature that is none",
            ["request temperature=nan"],
            ["request invalid_argument: temperature \"nan\""]
        ),
        Row(
            "request: temperature without an end",
            ["request temperature=inf"],
            ["request invalid_argument: temperature \"inf\""]
        ),
        Row(
            "request: max_tokens zero",
            ["request max_tokens=0"],
            ["request invalid_argument: max_tokens \"0\"; request execution_config.max_tokens; 1"]
        ),
        Row(
            "request: max_tokens below zero",
            ["request max_tokens=-7"],
            ["request invalid_argument: max_tokens \"-7\""]
        ),
        Row(
            "request: a prefix without a model",
            ["request model_name=anthropic:"],
            ["request invalid_argument: model \"anthropic:\"; request execution_config.model_name"]
        ),
        Row(
            "request: control characters in its model",
            ["request model_name=phi\u{0}6"],
            ["request invalid_argument: model; control characters"]
        ),
        Row(
            "request: an unknown prefix is part of the name",
            ["request model_name=gemini:flash"],
            ["provider = ollama", "model = gemini:flash"]
        ),
        Row(
            "request: it cannot name an address",
            ["request model_name=http://evil/x"],
            ["base_url = http://localhost:11434", "model = http://evil/x"]
        ),
    ]

    /// Requests that cross to another provider: that provider's own variables and defaults alone.
    static let crossing: [Row] = [
        Row(
            "crossing: the design's own example",
            [
                "STIGMER_LLM_BASE_URL=http://gpu-box:11434", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
                "request model_name=anthropic:claude-opus-4",
            ],
            [
                "provider = anthropic <- request execution_config.model_name",
                "model = claude-opus-4-20250514 <- request execution_config.model_name, alias of claude-opus-4",
                "base_url = https://api.anthropic.com <- default for anthropic",
                "api_key = …bbbb <- env ANTHROPIC_API_KEY",
            ]
        ),
        Row(
            "crossing: without that provider's key",
            ["STIGMER_LLM_BASE_URL=http://gpu-box:11434", "request model_name=anthropic:claude-opus-4"],
            ["request failed_precondition: api_key; request execution_config.model_name; set ANTHROPIC_API_KEY in"]
        ),
        Row(
            "crossing: the worker's key does not travel",
            ["STIGMER_LLM_API_KEY=SECRET-env-key-aaaa", "request model_name=openai:gpt-4o"],
            ["request failed_precondition: set OPENAI_API_KEY in"]
        ),
        Row(
            "crossing: the flag's key does not travel",
            ["--llm-api-key-file=~/key", "disk key=SECRET-flag-key-dddd", "request model_name=openai:gpt-4o"],
            ["request failed_precondition: OPENAI_API_KEY"]
        ),
        Row(
            "crossing: the file's key does not travel",
            ["file api_key: SECRET-file-key-cccc", "request model_name=openai:gpt-4o"],
            ["request failed_precondition: OPENAI_API_KEY"]
        ),
        Row(
            "crossing: nor a key that the file has for that provider but that was left out",
            [
                "STIGMER_LLM_PROVIDER=ollama", "file provider: anthropic", "file api_key: SECRET-file-key-cccc",
                "request model_name=anthropic:claude-opus-4",
            ],
            ["request failed_precondition: ANTHROPIC_API_KEY"]
        ),
        Row(
            "crossing: the worker's numbers do not travel",
            [
                "STIGMER_LLM_TEMPERATURE=1", "STIGMER_LLM_MAX_TOKENS=5", "STIGMER_LLM_NUM_CTX=8192",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "request model_name=anthropic:m",
            ],
            [
                "temperature = - <- default for anthropic", "max_tokens = 20000 <- default for anthropic",
                "num_ctx = - <- not used by anthropic",
            ]
        ),
        Row(
            "crossing: nor a flag's or the file's",
            [
                "--llm-temperature=1", "--llm-base-url=http://g:4", "file max_tokens: 5",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "request model_name=anthropic:m",
            ],
            [
                "temperature = - <- default for anthropic", "max_tokens = 20000 <- default for anthropic",
                "base_url = https://api.anthropic.com",
            ]
        ),
        Row(
            "crossing: the request's own numbers count",
            [
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "request model_name=anthropic:m", "request temperature=0.9",
                "request max_tokens=77",
            ],
            [
                "temperature = 0.9 <- request execution_config.temperature",
                "max_tokens = 77 <- request execution_config.max_tokens",
            ]
        ),
        Row(
            "crossing: to that provider's own address",
            [
                "STIGMER_LLM_BASE_URL=http://gpu-box:11434", "OPENAI_BASE_URL=http://localhost:8080/v1",
                "request model_name=openai:m",
            ],
            ["base_url = http://localhost:8080/v1 <- env OPENAI_BASE_URL", "api_key = - <- default for openai"]
        ),
        Row(
            "crossing: by a guess",
            ["ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "request model_name=claude-opus-4"],
            ["provider = anthropic <- request execution_config.model_name", "model = claude-opus-4-20250514"]
        ),
        Row(
            "crossing: by a guess without the key",
            ["request model_name=gpt-4o"],
            ["request failed_precondition: OPENAI_API_KEY"]
        ),
        Row(
            "crossing: a prefix beats the worker's choice",
            ["STIGMER_LLM_PROVIDER=ollama", "OPENAI_API_KEY=SECRET-own-key-bbbb", "request model_name=openai:gpt-4o"],
            ["provider = openai <- request execution_config.model_name", "api_key = …bbbb <- env OPENAI_API_KEY"]
        ),
        Row(
            "crossing: to ollama, whose key and address are not the worker's",
            [
                "MODE=cloud", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa", "STIGMER_LLM_BASE_URL=http://gw:1",
                "request model_name=ollama:phi4",
            ],
            [
                "base_url = http://localhost:11434 <- default for ollama", "api_key = - <- default for ollama",
                "temperature = 0 <- default for ollama",
            ]
        ),
        Row(
            "crossing: to ollama at OLLAMA_HOST",
            [
                "MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "OLLAMA_HOST=0.0.0.0:99",
                "request model_name=ollama:phi4",
            ],
            ["base_url = http://127.0.0.1:99 <- env OLLAMA_HOST"]
        ),
        Row(
            "crossing: num_ctx does not travel to ollama",
            [
                "MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "STIGMER_LLM_NUM_CTX=8192",
                "request model_name=ollama:phi4",
            ],
            ["num_ctx = - <- default for ollama, fitted to the prompt"]
        ),
        Row(
            "crossing: an alias of the other provider",
            ["MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "request model_name=ollama:llama3.2"],
            ["model = llama3.2:3b"]
        ),
        Row(
            "crossing: back to the mode's default from a guessed provider",
            ["STIGMER_LLM_MODEL=claude-opus-4", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa", "request model_name=phi4"],
            ["provider = ollama <- default for local mode", "model = phi4", "api_key = - <- default for ollama"]
        ),
        Row(
            "crossing: none where the guess is the worker's own",
            [
                "STIGMER_LLM_MODEL=claude-opus-4", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa",
                "request model_name=claude-haiku-4",
            ],
            [
                "provider = anthropic <- request execution_config.model_name",
                "api_key = …aaaa <- env STIGMER_LLM_API_KEY",
            ]
        ),
        Row(
            "crossing: the other's wrong address is the worker's fault",
            ["OPENAI_BASE_URL=nonsense", "OPENAI_API_KEY=SECRET-own-key-bbbb", "request model_name=openai:gpt-4o"],
            ["request failed_precondition: base_url \"nonsense\"; env OPENAI_BASE_URL"]
        ),
        Row(
            "crossing: a wrong number is still the request's",
            ["OPENAI_API_KEY=SECRET-own-key-bbbb", "request model_name=openai:gpt-4o", "request temperature=9"],
            ["request invalid_argument: temperature \"9.0\""]
        ),
        Row(
            "crossing: the worker's model does not travel",
            ["STIGMER_LLM_MODEL=phi4", "OPENAI_API_KEY=SECRET-own-key-bbbb", "request model_name=openai:gpt-4o"],
            ["model = gpt-4o <- request execution_config.model_name"]
        ),
    ]
}
