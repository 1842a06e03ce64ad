extension Row {
    /// Which provider a model's name means, for the worker's own model.
    static let modelNames: [Row] = [
        // 1. provider:model names both.
        Row(
            "prefix: in a flag",
            ["--llm-model=openai:m", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai <- flag --llm-model", "model = m <- flag --llm-model"]
        ),
        Row(
            "prefix: in the environment",
            ["STIGMER_LLM_MODEL=anthropic:claude-sonnet-4.5", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            [
                "provider = anthropic <- env STIGMER_LLM_MODEL",
                "model = claude-sonnet-4-5-20250929 <- env STIGMER_LLM_MODEL, alias of claude-sonnet-4.5",
            ]
        ),
        Row(
            "prefix: in the file",
            ["file model: anthropic:m", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = anthropic <- file ~/.stigmer/config.yaml backend.local.llm.model", "model = m"]
        ),
        Row(
            "prefix: any case",
            ["STIGMER_LLM_MODEL=OLLaMA:llama3.2:3b"],
            ["provider = ollama <- env STIGMER_LLM_MODEL", "model = llama3.2:3b <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "prefix: white space behind it",
            ["STIGMER_LLM_MODEL=ollama: phi4"],
            ["model = phi4 <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "prefix: a tag is no provider",
            ["STIGMER_LLM_MODEL=qwen2.5-coder:7b"],
            ["provider = ollama <- default for local mode", "model = qwen2.5-coder:7b <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "prefix: an unknown one is part of the name",
            ["STIGMER_LLM_MODEL=gemini:flash"],
            ["provider = ollama", "model = gemini:flash"]
        ),
        Row("prefix: only before the first colon", ["STIGMER_LLM_MODEL=phi4:ollama:x"], ["model = phi4:ollama:x"]),
        Row(
            "prefix: only one is taken off",
            ["STIGMER_LLM_MODEL=ollama:openai:x"],
            ["provider = ollama", "model = openai:x"]
        ),
        Row(
            "prefix: a registry's path",
            ["STIGMER_LLM_MODEL=hf.co/bartowski/Llama-3.2-3B:Q4_K_M"],
            ["model = hf.co/bartowski/Llama-3.2-3B:Q4_K_M"]
        ),
        Row(
            "prefix: without a model",
            ["STIGMER_LLM_MODEL=anthropic:"],
            ["start invalid_argument: model \"anthropic:\"; env STIGMER_LLM_MODEL; anthropic:MODEL"]
        ),
        Row(
            "prefix: with a blank model",
            ["--llm-model=ollama:  "],
            ["start invalid_argument: model \"ollama:\"; flag --llm-model"]
        ),
        Row(
            "prefix: without a model in the file",
            ["file model: \"openai:\""],
            ["start invalid_argument: model \"openai:\"; backend.local.llm.model"]
        ),
        Row(
            "prefix: beats a guess",
            ["STIGMER_LLM_MODEL=ollama:gpt-oss:20b"],
            ["provider = ollama", "model = gpt-oss:20b"]
        ),
        Row(
            "prefix: a model is no provider by its name alone",
            ["STIGMER_LLM_MODEL=ollama"],
            ["provider = ollama <- default for local mode", "model = ollama"]
        ),

        // 2. A choice is never overridden by a guess.
        Row(
            "choice: a flag's beats the name",
            ["--llm-provider=ollama", "--llm-model=claude-opus-4"],
            ["provider = ollama", "model = claude-opus-4 <- flag --llm-model"]
        ),
        Row(
            "choice: the environment's beats the name",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://gw", "STIGMER_LLM_MODEL=claude-opus-4"],
            ["provider = openai <- env STIGMER_LLM_PROVIDER", "model = claude-opus-4"]
        ),
        Row(
            "choice: the file's beats a name in a flag",
            ["--llm-model=gpt-4o", "file provider: ollama"],
            [
                "provider = ollama <- file ~/.stigmer/config.yaml backend.local.llm.provider",
                "model = gpt-4o <- flag --llm-model",
            ]
        ),
        Row(
            "choice: by prefix in the file beats a name in a flag",
            ["--llm-model=gpt-4o", "file model: ollama:phi4"],
            [
                "provider = ollama <- file ~/.stigmer/config.yaml backend.local.llm.model",
                "model = gpt-4o <- flag --llm-model",
            ]
        ),
        Row(
            "choice: cloud mode is none",
            ["MODE=cloud", "STIGMER_LLM_MODEL=gpt-4o", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai <- env STIGMER_LLM_MODEL"]
        ),

        // 3. Otherwise the name may speak.
        Row(
            "guess: claude",
            ["STIGMER_LLM_MODEL=claude-opus-4", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = anthropic <- env STIGMER_LLM_MODEL", "model = claude-opus-4-20250514"]
        ),
        Row(
            "guess: claude alone",
            ["--llm-model=claude", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = anthropic <- flag --llm-model"]
        ),
        Row(
            "guess: gpt",
            ["STIGMER_LLM_MODEL=gpt-4o-mini", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "guess: chatgpt",
            ["STIGMER_LLM_MODEL=chatgpt-4o-latest", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai"]
        ),
        Row("guess: o1", ["STIGMER_LLM_MODEL=o1", "OPENAI_API_KEY=SECRET-own-key-bbbb"], ["provider = openai"]),
        Row("guess: o3", ["STIGMER_LLM_MODEL=o3-mini", "OPENAI_API_KEY=SECRET-own-key-bbbb"], ["provider = openai"]),
        Row("guess: o4", ["STIGMER_LLM_MODEL=o4-mini", "OPENAI_API_KEY=SECRET-own-key-bbbb"], ["provider = openai"]),
        Row("guess: o2 says nothing", ["STIGMER_LLM_MODEL=o2"], ["provider = ollama <- default for local mode"]),
        Row(
            "guess: any case",
            ["STIGMER_LLM_MODEL=GPT-4o", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai", "model = GPT-4o"]
        ),
        Row("guess: only at the beginning", ["STIGMER_LLM_MODEL=my-claude"], ["provider = ollama"]),
        Row(
            "guess: from the file's model",
            ["file model: gpt-4o", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),
        Row(
            "guess: from the model that wins",
            ["STIGMER_LLM_MODEL=phi4", "file model: gpt-4o"],
            ["provider = ollama <- default for local mode", "model = phi4"]
        ),
        Row(
            "guess: everything else is the mode's",
            ["MODE=cloud", "STIGMER_LLM_MODEL=llama3.2", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = anthropic <- default for cloud mode", "model = llama3.2 <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "guess: nameless layers speak for it",
            ["STIGMER_LLM_MODEL=gpt-4o", "STIGMER_LLM_BASE_URL=http://gw", "file api_key: SECRET-file-key-cccc"],
            ["provider = openai", "base_url = http://gw", "api_key = …cccc"]
        ),
        Row(
            "model: control characters are refused",
            ["STIGMER_LLM_MODEL=phi\u{1B}[2J4"],
            ["start invalid_argument: model; control characters"]
        ),
    ]
}
