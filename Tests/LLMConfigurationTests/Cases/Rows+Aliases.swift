extension Row {
    /// Friendly names.
    static let aliases: [Row] = [
        Row(
            "alias: claude-sonnet-4.5",
            ["--llm-model=claude-sonnet-4.5", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["model = claude-sonnet-4-5-20250929 <- flag --llm-model, alias of claude-sonnet-4.5"]
        ),
        Row(
            "alias: claude-opus-4",
            ["--llm-model=claude-opus-4", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["model = claude-opus-4-20250514 <- flag --llm-model, alias of claude-opus-4"]
        ),
        Row(
            "alias: claude-haiku-4",
            ["--llm-model=claude-haiku-4", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["model = claude-haiku-4-20250313 <- flag --llm-model, alias of claude-haiku-4"]
        ),
        Row(
            "alias: qwen2.5-coder",
            ["--llm-model=qwen2.5-coder"],
            ["model = qwen2.5-coder:7b <- flag --llm-model, alias of qwen2.5-coder"]
        ),
        Row(
            "alias: llama3.2",
            ["STIGMER_LLM_MODEL=llama3.2"],
            ["model = llama3.2:3b <- env STIGMER_LLM_MODEL, alias of llama3.2"]
        ),
        Row(
            "alias: deepseek-coder",
            ["file model: deepseek-coder"],
            [
                "model = deepseek-coder-v2:16b <- file ~/.stigmer/config.yaml backend.local.llm.model, alias of deepseek-coder"
            ]
        ),
        Row(
            "alias: codellama",
            ["request model_name=codellama"],
            ["model = codellama:13b <- request execution_config.model_name, alias of codellama"]
        ),
        Row(
            "alias: behind a prefix",
            ["--llm-model=ollama:llama3.2"],
            ["model = llama3.2:3b <- flag --llm-model, alias of llama3.2"]
        ),
        Row("alias: a full name is none", ["--llm-model=llama3.2:1b"], ["model = llama3.2:1b <- flag --llm-model"]),
        Row(
            "alias: only at its own provider",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://gw", "STIGMER_LLM_MODEL=claude-opus-4"],
            ["model = claude-opus-4 <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "alias: Ollama's are not openai's",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://gw", "STIGMER_LLM_MODEL=qwen2.5-coder"],
            ["model = qwen2.5-coder <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "alias: the operator adds one",
            ["file model_aliases:", "file   fast: llama3.2:1b", "STIGMER_LLM_MODEL=fast"],
            ["model = llama3.2:1b <- env STIGMER_LLM_MODEL, alias of fast"]
        ),
        Row(
            "alias: the operator overrides one",
            ["file model_aliases:", "file   qwen2.5-coder: qwen2.5-coder:14b"],
            ["model = qwen2.5-coder:14b <- default for ollama, alias of qwen2.5-coder"]
        ),
        Row(
            "alias: the operator turns one off",
            ["file model_aliases:", "file   llama3.2: llama3.2", "--llm-model=llama3.2"],
            ["model = llama3.2 <- flag --llm-model"]
        ),
        Row(
            "alias: at the top of the file",
            ["yaml model_aliases:\n  fast: llama3.2:1b\n", "STIGMER_LLM_MODEL=fast"],
            ["model = llama3.2:1b"]
        ),
        Row(
            "alias: the nested table beats the top one",
            [
                "yaml model_aliases: {fast: a, slow: c}\nbackend: {local: {llm: {model_aliases: {fast: b}}}}",
                "STIGMER_LLM_MODEL=fast",
            ],
            ["model = b"]
        ),
        Row(
            "alias: the top table still counts",
            [
                "yaml model_aliases: {fast: a, slow: c}\nbackend: {local: {llm: {model_aliases: {fast: b}}}}",
                "STIGMER_LLM_MODEL=slow",
            ],
            ["model = c"]
        ),
        Row(
            "alias: under a provider's name",
            [
                "file model_aliases: {Anthropic: {fast: claude-haiku-4-5}}", "STIGMER_LLM_MODEL=anthropic:fast",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["model = claude-haiku-4-5 <- env STIGMER_LLM_MODEL, alias of fast"]
        ),
        Row(
            "alias: under a provider's name it is that provider's alone",
            ["file model_aliases: {anthropic: {fast: claude-haiku-4-5}}", "STIGMER_LLM_MODEL=fast"],
            ["provider = ollama", "model = fast"]
        ),
        Row(
            "alias: under a provider's name beats the flat shape",
            ["file model_aliases: {fast: a, ollama: {fast: b}}", "STIGMER_LLM_MODEL=fast"],
            ["model = b"]
        ),
        Row(
            "alias: a prefix in what it stands for names its provider",
            [
                "file model_aliases: {fast: anthropic:claude-haiku-4-5}", "request model_name=anthropic:fast",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["model = claude-haiku-4-5"]
        ),
        Row(
            "alias: one of anthropic's overridden from Ollama's file",
            [
                "file provider: ollama", "file model_aliases: {claude-opus-4: claude-opus-4-1}",
                "request model_name=anthropic:claude-opus-4", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["model = claude-opus-4-1 <- request execution_config.model_name, alias of claude-opus-4"]
        ),
        Row(
            "alias: the file's provider owns the flat shape",
            [
                "file provider: openai", "file base_url: http://gw", "file model_aliases: {smart: claude-opus-4}",
                "file model: smart",
            ],
            ["provider = openai", "model = claude-opus-4"]
        ),
        Row(
            "alias: the file's flat shape does not serve another provider",
            [
                "STIGMER_LLM_PROVIDER=ollama", "STIGMER_LLM_MODEL=fast", "file provider: openai",
                "file model_aliases: {fast: gpt-4o-mini}",
            ],
            ["model = fast <- env STIGMER_LLM_MODEL"]
        ),
        Row("alias: resolved once", ["file model_aliases: {a: b, b: c}", "STIGMER_LLM_MODEL=a"], ["model = b"]),
        Row(
            "alias: a guess looks at what was written",
            ["file model_aliases: {fast: claude-haiku-4-5}", "STIGMER_LLM_MODEL=fast"],
            ["provider = ollama", "model = fast"]
        ),
        Row("alias: a blank one is unset", ["file model_aliases: {qwen2.5-coder: ''}"], ["model = qwen2.5-coder:7b"]),
        Row("alias: a null table is none", ["file model_aliases:"], ["model = qwen2.5-coder:7b"]),
        Row(
            "alias: a list is refused",
            ["file model_aliases: [a, b]"],
            ["start invalid_argument: model_aliases; a list where a mapping; line 4"]
        ),
        Row(
            "alias: a list for a name is refused",
            ["file model_aliases: {fast: [a]}"],
            ["start invalid_argument: model_aliases; a list where"]
        ),
        Row(
            "alias: under an unknown provider",
            ["file model_aliases: {gemini: {fast: flash}}"],
            ["start invalid_argument: model_aliases \"gemini\"; anthropic, ollama, openai"]
        ),
    ]
}
