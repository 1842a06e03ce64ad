extension Row {
    /// Every pair of neighbouring layers, for every setting; blank counts as unset everywhere.
    static let precedence: [Row] = [
        // mode
        Row("mode: default", [], ["mode = local <- default"]),
        Row(
            "mode: env beats default",
            ["MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["mode = cloud <- env MODE"]
        ),
        Row("mode: flag beats env", ["--mode=local", "MODE=cloud"], ["mode = local <- flag --mode"]),
        Row("mode: a blank flag is none", ["--mode= ", "MODE=local"], ["mode = local <- env MODE"]),
        Row("mode: a blank variable is none", ["MODE="], ["mode = local <- default"]),
        Row("mode: case and white space do not matter", ["MODE= Local\n"], ["mode = local <- env MODE"]),
        Row(
            "mode: another word is an error",
            ["MODE=prod"],
            ["start invalid_argument: mode \"prod\"; env MODE; local or cloud"]
        ),
        Row(
            "mode: a wrong flag is an error",
            ["--mode=clowd"],
            ["start invalid_argument: mode \"clowd\"; flag --mode"]
        ),
        Row("mode: an overridden wrong word is none", ["--mode=local", "MODE=prod"], ["mode = local <- flag --mode"]),
        Row("mode: the file cannot set it", ["file mode: cloud"], ["mode = local <- default"]),

        // provider
        Row("provider: default for local", [], ["provider = ollama <- default for local mode"]),
        Row(
            "provider: default for cloud",
            ["MODE=cloud", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb"],
            ["provider = anthropic <- default for cloud mode"]
        ),
        Row(
            "provider: file beats default",
            ["file provider: openai", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["provider = openai <- file ~/.stigmer/config.yaml backend.local.llm.provider"]
        ),
        Row(
            "provider: env beats file",
            ["STIGMER_LLM_PROVIDER=ollama", "file provider: openai"],
            ["provider = ollama <- env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "provider: flag beats env",
            ["--llm-provider=ollama", "STIGMER_LLM_PROVIDER=openai"],
            ["provider = ollama <- flag --llm-provider"]
        ),
        Row(
            "provider: flag beats file",
            ["--llm-provider=ollama", "file provider: openai"],
            ["provider = ollama <- flag --llm-provider"]
        ),
        Row(
            "provider: a blank flag is none",
            ["--llm-provider=\t", "STIGMER_LLM_PROVIDER=ollama"],
            ["provider = ollama <- env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "provider: a blank variable is none",
            ["STIGMER_LLM_PROVIDER=  ", "file provider: ollama"],
            ["provider = ollama <- file ~/.stigmer/config.yaml backend.local.llm.provider"]
        ),
        Row(
            "provider: a blank file entry is none",
            ["file provider: \"\""],
            ["provider = ollama <- default for local mode"]
        ),
        Row(
            "provider: null in the file is none",
            ["file provider: null"],
            ["provider = ollama <- default for local mode"]
        ),
        Row(
            "provider: an empty file entry is none",
            ["file provider:"],
            ["provider = ollama <- default for local mode"]
        ),

        // model
        Row(
            "model: default, by its full name",
            [],
            ["model = qwen2.5-coder:7b <- default for ollama, alias of qwen2.5-coder"]
        ),
        Row(
            "model: file beats default",
            ["file model: phi4"],
            ["model = phi4 <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),
        Row(
            "model: env beats file",
            ["STIGMER_LLM_MODEL=phi4", "file model: phi3"],
            ["model = phi4 <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "model: flag beats env",
            ["--llm-model=phi5", "STIGMER_LLM_MODEL=phi4"],
            ["model = phi5 <- flag --llm-model"]
        ),
        Row(
            "model: request beats flag",
            ["--llm-model=phi5", "request model_name=phi6"],
            ["model = phi6 <- request execution_config.model_name"]
        ),
        Row(
            "model: a blank request has none",
            ["--llm-model=phi5", "request model_name= "],
            ["model = phi5 <- flag --llm-model"]
        ),
        Row(
            "model: an empty request has none",
            ["--llm-model=phi5", "request model_name="],
            ["model = phi5 <- flag --llm-model"]
        ),
        Row(
            "model: a blank flag is none",
            ["--llm-model=", "STIGMER_LLM_MODEL=phi4"],
            ["model = phi4 <- env STIGMER_LLM_MODEL"]
        ),
        Row(
            "model: a blank variable is none",
            ["STIGMER_LLM_MODEL=\n", "file model: phi3"],
            ["model = phi3 <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),
        Row("model: a blank file entry is none", ["file model: '  '"], ["model = qwen2.5-coder:7b"]),
        Row(
            "model: white space around it is cut",
            ["STIGMER_LLM_MODEL= phi4 \n"],
            ["model = phi4 <- env STIGMER_LLM_MODEL"]
        ),
        Row("model: a number in the file is text", ["file model: 4"], ["model = 4"]),
        Row(
            "model: null in quotes is a name",
            ["file model: \"null\""],
            ["model = null <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),

        // base_url
        Row("base_url: default", [], ["base_url = http://localhost:11434 <- default for ollama"]),
        Row(
            "base_url: file beats default",
            ["file base_url: http://f:1"],
            ["base_url = http://f:1 <- file ~/.stigmer/config.yaml backend.local.llm.base_url"]
        ),
        Row(
            "base_url: the provider's own variable beats file",
            ["OLLAMA_HOST=h", "file base_url: http://f:1"],
            ["base_url = http://h:11434 <- env OLLAMA_HOST"]
        ),
        Row(
            "base_url: OLLAMA_BASE_URL beats OLLAMA_HOST",
            ["OLLAMA_BASE_URL=http://b:2", "OLLAMA_HOST=h"],
            ["base_url = http://b:2 <- env OLLAMA_BASE_URL"]
        ),
        Row(
            "base_url: the runner's variable beats the provider's own",
            ["STIGMER_LLM_BASE_URL=http://e:3", "OLLAMA_BASE_URL=http://b:2"],
            ["base_url = http://e:3 <- env STIGMER_LLM_BASE_URL"]
        ),
        Row(
            "base_url: env beats file",
            ["STIGMER_LLM_BASE_URL=http://e:3", "file base_url: http://f:1"],
            ["base_url = http://e:3 <- env STIGMER_LLM_BASE_URL"]
        ),
        Row(
            "base_url: flag beats env",
            ["--llm-base-url=http://g:4", "STIGMER_LLM_BASE_URL=http://e:3"],
            ["base_url = http://g:4 <- flag --llm-base-url"]
        ),
        Row(
            "base_url: flag beats the provider's own variable",
            ["--llm-base-url=http://g:4", "OLLAMA_HOST=h"],
            ["base_url = http://g:4 <- flag --llm-base-url"]
        ),
        Row(
            "base_url: blank at every layer is none",
            ["--llm-base-url= ", "STIGMER_LLM_BASE_URL=", "OLLAMA_BASE_URL= ", "OLLAMA_HOST=\t", "file base_url: ''"],
            ["base_url = http://localhost:11434 <- default for ollama"]
        ),
        Row(
            "base_url: a blank own variable gives way to the next",
            ["OLLAMA_BASE_URL= ", "OLLAMA_HOST=h"],
            ["base_url = http://h:11434 <- env OLLAMA_HOST"]
        ),

        // api_key
        Row("api_key: none", [], ["api_key = - <- default for ollama"]),
        Row(
            "api_key: file beats none",
            ["file api_key: SECRET-file-key-cccc"],
            ["api_key = …cccc <- file ~/.stigmer/config.yaml backend.local.llm.api_key"]
        ),
        Row(
            "api_key: the provider's own variable beats file",
            [
                "STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
                "file api_key: SECRET-file-key-cccc",
            ],
            ["api_key = …bbbb <- env ANTHROPIC_API_KEY"]
        ),
        Row(
            "api_key: the runner's variable beats the provider's own",
            [
                "STIGMER_LLM_PROVIDER=anthropic", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["api_key = …aaaa <- env STIGMER_LLM_API_KEY"]
        ),
        Row(
            "api_key: env beats file",
            ["STIGMER_LLM_API_KEY=SECRET-env-key-aaaa", "file api_key: SECRET-file-key-cccc"],
            ["api_key = …aaaa <- env STIGMER_LLM_API_KEY"]
        ),
        Row(
            "api_key: flag beats env",
            ["--llm-api-key-file=~/key", "disk key=SECRET-flag-key-dddd\n", "STIGMER_LLM_API_KEY=SECRET-env-key-aaaa"],
            ["api_key = …dddd <- flag --llm-api-key-file"]
        ),
        Row(
            "api_key: blank at every layer is none",
            ["--llm-api-key-file= ", "STIGMER_LLM_API_KEY= ", "file api_key: \"\""],
            ["api_key = - <- default for ollama"]
        ),
        Row(
            "api_key: a blank runner's variable gives way to the provider's own",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_API_KEY=", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["api_key = …bbbb <- env OPENAI_API_KEY"]
        ),

        // temperature
        Row("temperature: default for ollama", [], ["temperature = 0 <- default for ollama"]),
        Row(
            "temperature: file beats default",
            ["file temperature: 0.3"],
            ["temperature = 0.3 <- file ~/.stigmer/config.yaml backend.local.llm.temperature"]
        ),
        Row(
            "temperature: env beats file",
            ["STIGMER_LLM_TEMPERATURE=0.4", "file temperature: 0.3"],
            ["temperature = 0.4 <- env STIGMER_LLM_TEMPERATURE"]
        ),
        Row(
            "temperature: flag beats env",
            ["--llm-temperature=0.5", "STIGMER_LLM_TEMPERATURE=0.4"],
            ["temperature = 0.5 <- flag --llm-temperature"]
        ),
        Row(
            "temperature: request beats flag",
            ["--llm-temperature=0.5", "request temperature=0.6"],
            ["temperature = 0.6 <- request execution_config.temperature"]
        ),
        Row(
            "temperature: a request's zero is a value",
            ["--llm-temperature=0.5", "request temperature=0"],
            ["temperature = 0 <- request execution_config.temperature"]
        ),
        Row(
            "temperature: blank at every layer is none",
            ["--llm-temperature= ", "STIGMER_LLM_TEMPERATURE=", "file temperature: ~"],
            ["temperature = 0 <- default for ollama"]
        ),

        // max_tokens
        Row("max_tokens: not sent to ollama", [], ["max_tokens = - <- default for ollama"]),
        Row(
            "max_tokens: file beats default",
            ["file max_tokens: 30"],
            ["max_tokens = 30 <- file ~/.stigmer/config.yaml backend.local.llm.max_tokens"]
        ),
        Row(
            "max_tokens: env beats file",
            ["STIGMER_LLM_MAX_TOKENS=40", "file max_tokens: 30"],
            ["max_tokens = 40 <- env STIGMER_LLM_MAX_TOKENS"]
        ),
        Row(
            "max_tokens: flag beats env",
            ["--llm-max-tokens=50", "STIGMER_LLM_MAX_TOKENS=40"],
            ["max_tokens = 50 <- flag --llm-max-tokens"]
        ),
        Row(
            "max_tokens: request beats flag",
            ["--llm-max-tokens=50", "request max_tokens=60"],
            ["max_tokens = 60 <- request execution_config.max_tokens"]
        ),
        Row(
            "max_tokens: blank at every layer is none",
            ["--llm-max-tokens= ", "STIGMER_LLM_MAX_TOKENS= ", "file max_tokens: ''"],
            ["max_tokens = - <- default for ollama"]
        ),

        // num_ctx
        Row("num_ctx: fitted to the prompt", [], ["num_ctx = - <- default for ollama, fitted to the prompt"]),
        Row(
            "num_ctx: file beats default",
            ["file num_ctx: 8192"],
            ["num_ctx = 8192 <- file ~/.stigmer/config.yaml backend.local.llm.num_ctx"]
        ),
        Row(
            "num_ctx: env beats file",
            ["STIGMER_LLM_NUM_CTX=16384", "file num_ctx: 8192"],
            ["num_ctx = 16384 <- env STIGMER_LLM_NUM_CTX"]
        ),
        Row(
            "num_ctx: flag beats env",
            ["--llm-num-ctx=32768", "STIGMER_LLM_NUM_CTX=16384"],
            ["num_ctx = 32768 <- flag --llm-num-ctx"]
        ),
        Row(
            "num_ctx: blank at every layer is none",
            ["--llm-num-ctx= ", "STIGMER_LLM_NUM_CTX=", "file num_ctx: "],
            ["num_ctx = - <- default for ollama, fitted to the prompt"]
        ),

        // together
        Row(
            "each setting is decided by itself",
            [
                "--llm-model=phi5", "STIGMER_LLM_TEMPERATURE=0.4", "file max_tokens: 30", "OLLAMA_HOST=h",
                "request max_tokens=9",
            ],
            [
                "model = phi5 <- flag --llm-model", "temperature = 0.4 <- env STIGMER_LLM_TEMPERATURE",
                "max_tokens = 9 <- request execution_config.max_tokens", "base_url = http://h:11434 <- env OLLAMA_HOST",
            ]
        ),
    ]
}
