extension Row {
    /// Which config file is read, and what is made of it.
    static let files: [Row] = [
        Row("file: the usual one may be missing", [], ["model = qwen2.5-coder:7b"]),
        Row(
            "file: STIGMER_CONFIG beats the usual one",
            ["STIGMER_CONFIG=~/other.yaml", "disk other.yaml=backend: {local: {llm: {model: b}}}", "file model: a"],
            ["model = b <- file ~/other.yaml backend.local.llm.model"]
        ),
        Row(
            "file: --config beats STIGMER_CONFIG",
            [
                "--config=~/third.yaml", "disk third.yaml=backend: {local: {llm: {model: c}}}",
                "STIGMER_CONFIG=/nowhere.yaml",
            ],
            ["model = c <- file ~/third.yaml backend.local.llm.model"]
        ),
        Row(
            "file: a blank --config is none",
            ["--config= ", "STIGMER_CONFIG=", "file model: a"],
            ["model = a <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),
        Row(
            "file: --config that is missing",
            ["--config=/nowhere/config.yaml"],
            ["start failed_precondition: config \"/nowhere/config.yaml\" (flag --config); no such file"]
        ),
        Row(
            "file: STIGMER_CONFIG that is missing",
            ["STIGMER_CONFIG=~/gone.yaml"],
            ["start failed_precondition: config \"~/gone.yaml\" (env STIGMER_CONFIG); no such file"]
        ),
        Row("file: a directory", ["--config=/tmp"], ["start failed_precondition: config \"/tmp\"; directory"]),
        Row("file: endless", ["--config=/dev/zero"], ["start failed_precondition: config \"/dev/zero\"; larger than"]),
        Row("file: empty", ["yaml "], ["model = qwen2.5-coder:7b"]),
        Row("file: only a comment", ["yaml # nothing here yet\n"], ["model = qwen2.5-coder:7b"]),
        Row(
            "file: no mapping",
            ["yaml - a\n- b\n"],
            ["start invalid_argument: config (file ~/.stigmer/config.yaml); line 1; mapping"]
        ),
        Row(
            "file: malformed",
            ["yaml backend:\n  local:\n    llm: [unclosed\n"],
            ["start invalid_argument: config (file ~/.stigmer/config.yaml); malformed YAML; line"]
        ),
        Row(
            "file: malformed near a key",
            ["yaml backend:\n  local:\n    llm:\n      api_key: \"SECRET-file-key\n"],
            ["start invalid_argument: malformed YAML; line"]
        ),
        Row(
            "file: a tab for indentation",
            ["yaml backend:\n\tlocal: {}\n"],
            ["start invalid_argument: malformed YAML; line 2"]
        ),
        Row(
            "file: the same key twice",
            ["file model: a", "file model: b"],
            ["start invalid_argument: malformed YAML; model"]
        ),
        Row("file: two documents", ["yaml a: 1\n---\nb: 2\n"], ["start invalid_argument: malformed YAML; line"]),
        Row(
            "file: a list for the model",
            ["file model: [a, b]"],
            ["start invalid_argument: model; file ~/.stigmer/config.yaml backend.local.llm.model; line 4; a list"]
        ),
        Row(
            "file: a mapping for the key",
            ["file api_key: {value: SECRET}"],
            ["start invalid_argument: api_key; backend.local.llm.api_key; a mapping"]
        ),
        Row(
            "file: llm is no mapping",
            ["yaml backend: {local: {llm: ollama}}"],
            ["start invalid_argument: backend.local.llm; a single value where a mapping"]
        ),
        Row(
            "file: merged settings are not passed over in silence",
            ["yaml x: &x {model: a}\nbackend: {local: {llm: {<<: *x}}}"],
            ["start invalid_argument: backend.local.llm.<<; merge"]
        ),
        Row("file: llm is null", ["yaml backend: {local: {llm: }}"], ["model = qwen2.5-coder:7b"]),
        Row("file: backend of another shape is not ours", ["yaml backend: cloud"], ["model = qwen2.5-coder:7b"]),
        Row(
            "file: the CLI's other keys are left alone",
            [
                "yaml backend:\n  type: local\n  local:\n    endpoint: localhost:7234\n    mounts: [{a: 1}, {b: [2, 3]}]\n    llm:\n      model: phi4\n      keep: [1]\n12: x\n? [odd, key]\n: y\n"
            ],
            ["model = phi4 <- file ~/.stigmer/config.yaml backend.local.llm.model"]
        ),
        Row(
            "file: settings elsewhere in it are not read",
            ["yaml model: a\nllm: {model: b}\nbackend: {cloud: {llm: {model: c}}}"],
            ["model = qwen2.5-coder:7b"]
        ),
        Row(
            "file: read in cloud mode as well",
            ["MODE=cloud", "file model: claude-haiku-4", "file api_key: SECRET-file-key-cccc"],
            ["mode = cloud <- env MODE", "model = claude-haiku-4-20250313", "api_key = …cccc"]
        ),
        Row("file: comments and quotes", ["file model: 'phi4' # the small one"], ["model = phi4"]),
        Row("file: a byte order mark", ["yaml \u{FEFF}backend: {local: {llm: {model: phi4}}}"], ["model = phi4"]),
    ]
}
