extension Row {
    /// Who chooses the provider, and what a choice leaves out.
    static let providerChoice: [Row] = [
        Row(
            "defaults: all of anthropic's",
            ["STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            [
                "model = claude-sonnet-4-5-20250929 <- default for anthropic, alias of claude-sonnet-4.5",
                "base_url = https://api.anthropic.com <- default for anthropic",
                "temperature = - <- default for anthropic",
                "max_tokens = 20000 <- default for anthropic", "num_ctx = - <- not used by anthropic",
                "api_key = …bbbb <- env ANTHROPIC_API_KEY",
            ]
        ),
        Row(
            "defaults: all of openai's",
            ["STIGMER_LLM_PROVIDER=openai", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            [
                "model = gpt-4o <- default for openai", "base_url = https://api.openai.com/v1 <- default for openai",
                "temperature = - <- default for openai", "max_tokens = - <- default for openai",
                "num_ctx = - <- not used by openai",
            ]
        ),
        Row(
            "provider: case and white space do not matter",
            ["STIGMER_LLM_PROVIDER= OLLAMA "],
            ["provider = ollama <- env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "provider: unknown in a flag",
            ["--llm-provider=gemini"],
            ["start invalid_argument: provider \"gemini\"; flag --llm-provider; anthropic, ollama, openai"]
        ),
        Row(
            "provider: unknown in the environment",
            ["STIGMER_LLM_PROVIDER=gemini"],
            ["start invalid_argument: provider \"gemini\"; env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "provider: unknown in the file",
            ["file provider: gemini"],
            ["start invalid_argument: provider \"gemini\"; file ~/.stigmer/config.yaml backend.local.llm.provider"]
        ),
        Row(
            "provider: unknown in a layer that loses is left out with it",
            ["--llm-provider=ollama", "file provider: gemini", "file model: gemini-2"],
            ["model = qwen2.5-coder:7b", "provider = ollama"]
        ),

        // A layer speaks for the provider that it names.
        Row(
            "left out: the design's own example",
            [
                "STIGMER_LLM_PROVIDER=ollama", "file provider: anthropic", "file model: claude-opus-4",
                "file api_key: SECRET-file-key-cccc",
            ],
            [
                "provider = ollama <- env STIGMER_LLM_PROVIDER",
                "model = qwen2.5-coder:7b <- default for ollama, alias of qwen2.5-coder",
                "api_key = - <- default for ollama", "base_url = http://localhost:11434",
            ]
        ),
        Row(
            "left out: everything that the file says for another",
            [
                "--llm-provider=ollama", "file provider: openai", "file base_url: http://f:1", "file temperature: 1",
                "file max_tokens: 5", "file num_ctx: 4096",
            ],
            [
                "base_url = http://localhost:11434", "temperature = 0 <- default for ollama",
                "max_tokens = - <- default for ollama", "num_ctx = - <- default for ollama, fitted to the prompt",
            ]
        ),
        Row(
            "left out: the environment, by a flag",
            [
                "--llm-provider=ollama", "STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_MODEL=gpt-4o",
                "STIGMER_LLM_BASE_URL=http://e:3", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa",
                "STIGMER_LLM_TEMPERATURE=1", "STIGMER_LLM_MAX_TOKENS=5", "STIGMER_LLM_NUM_CTX=4096",
            ],
            [
                "model = qwen2.5-coder:7b", "base_url = http://localhost:11434", "api_key = - <- default for ollama",
                "temperature = 0", "max_tokens = -", "num_ctx = - <- default for ollama, fitted to the prompt",
            ]
        ),
        Row(
            "left out: by a prefix in a flag's model",
            ["--llm-model=ollama:phi4", "STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://e:3"],
            [
                "provider = ollama <- flag --llm-model", "model = phi4 <- flag --llm-model",
                "base_url = http://localhost:11434",
            ]
        ),
        Row(
            "left out: a layer that names its provider by a prefix",
            ["STIGMER_LLM_PROVIDER=ollama", "file model: anthropic:claude-opus-4", "file temperature: 1"],
            ["model = qwen2.5-coder:7b", "temperature = 0 <- default for ollama"]
        ),
        Row(
            "left out: the file, though the environment between names none",
            ["--llm-provider=ollama", "STIGMER_LLM_TEMPERATURE=0.4", "file provider: openai", "file max_tokens: 5"],
            ["temperature = 0.4 <- env STIGMER_LLM_TEMPERATURE", "max_tokens = -"]
        ),
        Row(
            "left out: only layers that name another",
            [
                "--llm-provider=ollama", "STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_TEMPERATURE=1",
                "file provider: ollama", "file temperature: 0.3",
            ],
            ["temperature = 0.3 <- file ~/.stigmer/config.yaml backend.local.llm.temperature"]
        ),
        Row(
            "left out: wrong values with their layer",
            [
                "STIGMER_LLM_PROVIDER=ollama", "file provider: openai", "file temperature: hot",
                "file base_url: nonsense",
            ],
            ["temperature = 0 <- default for ollama"]
        ),
        Row(
            "kept: a lower layer that names the same",
            ["STIGMER_LLM_PROVIDER=OpenAI", "file provider: openai", "file model: m", "file base_url: http://f:1"],
            ["provider = openai <- env STIGMER_LLM_PROVIDER", "model = m", "base_url = http://f:1"]
        ),
        Row(
            "kept: a lower layer that names the same by prefix",
            ["STIGMER_LLM_PROVIDER=ollama", "file model: Ollama:phi4", "file temperature: 1"],
            ["provider = ollama <- env STIGMER_LLM_PROVIDER", "model = phi4", "temperature = 1"]
        ),
        Row(
            "kept: a lower layer that names none",
            [
                "STIGMER_LLM_PROVIDER=openai", "file model: m", "file base_url: http://f:1",
                "file api_key: SECRET-file-key-cccc",
            ],
            ["model = m", "base_url = http://f:1", "api_key = …cccc"]
        ),
        Row(
            "kept: a higher layer that names none",
            ["--llm-temperature=1", "STIGMER_LLM_MAX_TOKENS=5", "file provider: openai", "file base_url: http://f:1"],
            [
                "provider = openai", "temperature = 1 <- flag --llm-temperature",
                "max_tokens = 5 <- env STIGMER_LLM_MAX_TOKENS", "base_url = http://f:1",
            ]
        ),

        // A provider's own variables speak for it alone.
        Row(
            "own variables: another's address is not used",
            ["ANTHROPIC_BASE_URL=http://a:1", "OPENAI_BASE_URL=http://o:1"],
            ["base_url = http://localhost:11434 <- default for ollama"]
        ),
        Row(
            "own variables: another's key is not used",
            ["ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["api_key = - <- default for ollama"]
        ),
        Row(
            "own variables: another's wrong address is nobody's error",
            ["OPENAI_BASE_URL=nonsense"],
            ["provider = ollama"]
        ),
        Row(
            "own variables: they do not choose",
            ["ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = ollama <- default for local mode"]
        ),
        Row(
            "own variables: used even if the environment speaks for another",
            [
                "--llm-provider=anthropic", "STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb", "ANTHROPIC_BASE_URL=http://a:1",
            ],
            ["api_key = …bbbb <- env ANTHROPIC_API_KEY", "base_url = http://a:1 <- env ANTHROPIC_BASE_URL"]
        ),
        Row(
            "own variables: Ollama's address is not openai's",
            ["STIGMER_LLM_PROVIDER=openai", "OLLAMA_HOST=h", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["base_url = https://api.openai.com/v1 <- default for openai"]
        ),

        // Contradictions.
        Row(
            "contradiction: in flags",
            ["--llm-provider=ollama", "--llm-model=anthropic:claude-opus-4"],
            [
                "start invalid_argument: model \"anthropic:claude-opus-4\"; flag --llm-model; contradicts provider \"ollama\"; flag --llm-provider"
            ]
        ),
        Row(
            "contradiction: in the environment",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_MODEL=ollama:phi4"],
            ["start invalid_argument: contradicts; env STIGMER_LLM_MODEL; env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "contradiction: in the file",
            ["file provider: anthropic", "file model: openai:gpt-4o"],
            ["start invalid_argument: contradicts; backend.local.llm.model; backend.local.llm.provider"]
        ),
        Row(
            "contradiction: with a provider that nobody knows",
            ["STIGMER_LLM_PROVIDER=gemini", "STIGMER_LLM_MODEL=ollama:phi4"],
            ["start invalid_argument: contradicts provider \"gemini\""]
        ),
        Row(
            "contradiction: even in a layer that loses",
            ["--llm-provider=ollama", "file provider: anthropic", "file model: openai:gpt-4o"],
            ["start invalid_argument: contradicts"]
        ),
        Row(
            "contradiction: none across layers",
            ["STIGMER_LLM_PROVIDER=ollama", "file model: openai:gpt-4o"],
            ["provider = ollama", "model = qwen2.5-coder:7b"]
        ),
        Row(
            "contradiction: none if both say the same",
            ["STIGMER_LLM_PROVIDER=ollama", "STIGMER_LLM_MODEL=OLLAMA:phi4"],
            ["provider = ollama <- env STIGMER_LLM_PROVIDER", "model = phi4 <- env STIGMER_LLM_MODEL"]
        ),

        // num_ctx is Ollama's alone.
        Row(
            "num_ctx: not sent to another provider",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://e:3", "STIGMER_LLM_NUM_CTX=8192"],
            ["num_ctx = - <- not used by openai"]
        ),
    ]
}
