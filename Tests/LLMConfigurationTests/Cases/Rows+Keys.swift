extension Row {
    /// Keys: where they come from, where they are needed, what is shown of them.
    static let keys: [Row] = [
        Row(
            "key: missing at anthropic's own address",
            ["STIGMER_LLM_PROVIDER=anthropic"],
            [
                "start failed_precondition: api_key; env STIGMER_LLM_PROVIDER; https://api.anthropic.com; STIGMER_LLM_API_KEY or ANTHROPIC_API_KEY"
            ]
        ),
        Row(
            "key: missing at openai's own address",
            ["--llm-provider=openai"],
            [
                "start failed_precondition: api_key; flag --llm-provider; https://api.openai.com/v1; STIGMER_LLM_API_KEY or OPENAI_API_KEY"
            ]
        ),
        Row(
            "key: missing in cloud mode",
            ["MODE=cloud"],
            ["start failed_precondition: api_key; default for cloud mode; ANTHROPIC_API_KEY"]
        ),
        Row(
            "key: missing for a guessed provider",
            ["STIGMER_LLM_MODEL=gpt-4o"],
            ["start failed_precondition: api_key; env STIGMER_LLM_MODEL; OPENAI_API_KEY"]
        ),
        Row(
            "key: another provider's does not help",
            ["MODE=cloud", "OPENAI_API_KEY=SECRET-own-key-bbbb"],
            ["start failed_precondition: ANTHROPIC_API_KEY"]
        ),
        Row(
            "key: the file's for another provider does not help",
            ["--llm-provider=openai", "file provider: anthropic", "file api_key: SECRET-file-key-cccc"],
            ["start failed_precondition: OPENAI_API_KEY"]
        ),
        Row(
            "key: not needed at another address",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://localhost:8080/v1"],
            ["api_key = - <- default for openai"]
        ),
        Row(
            "key: not needed at another address of anthropic's kind",
            ["STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_BASE_URL=http://localhost:8080"],
            ["api_key = - <- default for anthropic"]
        ),
        Row(
            "key: needed where the own address is written out",
            ["STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_BASE_URL=https://API.anthropic.com/"],
            ["start failed_precondition: ANTHROPIC_API_KEY"]
        ),
        Row(
            "key: needed at the own host with another path",
            ["STIGMER_LLM_PROVIDER=openai", "OPENAI_BASE_URL=https://api.openai.com"],
            ["start failed_precondition: OPENAI_API_KEY"]
        ),
        Row("key: not needed by a provider that nobody uses", [], ["api_key = - <- default for ollama"]),
        Row(
            "key: sent to ollama if set",
            ["STIGMER_LLM_API_KEY=SECRET-env-key-aaaa"],
            ["api_key = …aaaa <- env STIGMER_LLM_API_KEY"]
        ),
        Row(
            "key: the provider's own with a gateway's address",
            [
                "STIGMER_LLM_PROVIDER=anthropic", "STIGMER_LLM_BASE_URL=http://gw:1",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["api_key = …bbbb <- env ANTHROPIC_API_KEY", "base_url = http://gw:1 <- env STIGMER_LLM_BASE_URL"]
        ),
        Row("key: a number in the file", ["file api_key: 1234567812345678"], ["api_key = …5678"]),
        Row("key: white space around it is cut", ["STIGMER_LLM_API_KEY= SECRET-env-key-aaaa\n"], ["api_key = …aaaa"]),

        // What is shown.
        Row("key: sixteen characters show four", ["STIGMER_LLM_API_KEY=SECRET-456789abcd"], ["api_key = …abcd"]),
        Row("key: twelve characters show three", ["STIGMER_LLM_API_KEY=SECRET789abc"], ["api_key = …abc"]),
        Row("key: eight characters show two", ["STIGMER_LLM_API_KEY=SECRETab"], ["api_key = …ab"]),
        Row("key: three characters show none", ["STIGMER_LLM_API_KEY=abc"], ["api_key = … <- env STIGMER_LLM_API_KEY"]),

        // What is refused.
        Row(
            "key: a line end inside",
            ["STIGMER_LLM_API_KEY=SECRET-a\r\nX-Evil: 1"],
            ["start invalid_argument: api_key (env STIGMER_LLM_API_KEY); line ends"]
        ),
        Row(
            "key: a space inside",
            ["STIGMER_LLM_API_KEY=SECRET a"],
            ["start invalid_argument: api_key (env STIGMER_LLM_API_KEY)"]
        ),
        Row(
            "key: a control character inside",
            ["file api_key: \"SECRET\\x01a\""],
            ["start invalid_argument: api_key; backend.local.llm.api_key"]
        ),
        Row(
            "key: no ASCII",
            ["STIGMER_LLM_PROVIDER=openai", "OPENAI_API_KEY=“SECRET”"],
            ["start invalid_argument: api_key (env OPENAI_API_KEY)"]
        ),
        Row(
            "key: an overridden bad one is none",
            ["--llm-api-key-file=~/key", "disk key=SECRET-flag-key-dddd", "STIGMER_LLM_API_KEY=SECRET a"],
            ["api_key = …dddd"]
        ),

        // The key's file.
        Row(
            "key file: white space and line ends around are cut",
            ["--llm-api-key-file=~/key", "disk key=\n  SECRET-flag-key-dddd \r\n\n"],
            ["api_key = …dddd <- flag --llm-api-key-file"]
        ),
        Row(
            "key file: missing",
            ["--llm-api-key-file=/nowhere/key"],
            ["start failed_precondition: api_key (flag --llm-api-key-file); no such file; /nowhere/key"]
        ),
        Row(
            "key file: empty",
            ["--llm-api-key-file=~/key", "disk key="],
            ["start failed_precondition: api_key (flag --llm-api-key-file); no key in; ~/key"]
        ),
        Row(
            "key file: blank",
            ["--llm-api-key-file=~/key", "disk key= \n\n"],
            ["start failed_precondition: no key in; ~/key"]
        ),
        Row("key file: a directory", ["--llm-api-key-file=/tmp"], ["start failed_precondition: a directory; /tmp"]),
        Row(
            "key file: two lines",
            ["--llm-api-key-file=~/key", "disk key=SECRET-a\nSECRET-b\n"],
            ["start invalid_argument: api_key (flag --llm-api-key-file); line ends"]
        ),
        Row(
            "key file: the key itself instead of a path",
            ["--llm-api-key-file=sk-SECRET-flag-key-dddd"],
            ["start failed_precondition: no such file; …dddd"]
        ),
        Row("key file: endless", ["--llm-api-key-file=/dev/zero"], ["start failed_precondition: larger than"]),
        Row(
            "key file: serves the flag's provider",
            [
                "--llm-provider=anthropic", "--llm-api-key-file=~/key", "disk key=SECRET-flag-key-dddd",
                "ANTHROPIC_API_KEY=SECRET-own-key-bbbb",
            ],
            ["api_key = …dddd <- flag --llm-api-key-file"]
        ),

        // Keys where something else belongs.
        Row(
            "a key as the provider is not shown",
            ["STIGMER_LLM_PROVIDER=sk-SECRET-key"],
            ["start invalid_argument: provider \"…; env STIGMER_LLM_PROVIDER"]
        ),
        Row(
            "a key as the address is not shown",
            ["STIGMER_LLM_BASE_URL=sk-SECRET-0123456789"],
            ["start invalid_argument: base_url \"…6789\""]
        ),
    ]
}
