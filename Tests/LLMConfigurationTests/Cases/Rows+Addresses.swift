extension Row {
    /// Addresses: what a base URL is, and how OLLAMA_HOST is read.
    static let addresses: [Row] =
        ollamaHosts.map { written, url in
            Row("OLLAMA_HOST=\(written)", ["OLLAMA_HOST=\(written)"], ["base_url = \(url) <- env OLLAMA_HOST"])
        }
        + wrongOllamaHosts.map { written, shown, why in
            Row(
                "OLLAMA_HOST=\(written) is refused",
                ["OLLAMA_HOST=\(written)"],
                ["start invalid_argument: base_url \"\(shown)\" (env OLLAMA_HOST); \(why)"]
            )
        }
        + urls.map { written, url in
            Row(
                "base_url \(written)",
                ["STIGMER_LLM_BASE_URL=\(written)"],
                ["base_url = \(url) <- env STIGMER_LLM_BASE_URL"]
            )
        }
        + wrongURLs.map { written, shown, why in
            Row(
                "base_url \(written) is refused",
                ["STIGMER_LLM_BASE_URL=\(written)"],
                ["start invalid_argument: base_url \"\(shown)\" (env STIGMER_LLM_BASE_URL); \(why)"]
            )
        } + otherAddresses

    /// As Ollama's own client reads it.
    private static let ollamaHosts: [(String, String)] = [
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8080", "http://gpu-box:8080"),
        ("gpu-box:", "http://gpu-box:11434"),
        ("gpu-box/", "http://gpu-box:11434"),
        ("gpu-box:8080/ollama/", "http://gpu-box:8080/ollama"),
        (" gpu-box ", "http://gpu-box:11434"),
        ("'gpu-box'", "http://gpu-box:11434"),
        ("localhost", "http://localhost:11434"),
        ("10.0.0.5", "http://10.0.0.5:11434"),
        ("10.0.0.5:80", "http://10.0.0.5:80"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:", "http://127.0.0.1:11434"),
        (":11434", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:11434"),
        ("[::]", "http://[::1]:11434"),
        ("[::]:8080", "http://[::1]:8080"),
        ("0:0:0:0:0:0:0:0", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:11434", "http://[::1]:11434"),
        ("fd00::5", "http://[fd00::5]:11434"),
        ("[fd00::5]:99", "http://[fd00::5]:99"),
        ("http://gpu-box", "http://gpu-box"),
        ("http://gpu-box/", "http://gpu-box"),
        ("http://gpu-box:11434", "http://gpu-box:11434"),
        ("http://gpu-box:11434/", "http://gpu-box:11434"),
        ("https://ollama.example.com", "https://ollama.example.com"),
        ("https://ollama.example.com:8443/", "https://ollama.example.com:8443"),
        ("https://example.com/ollama/", "https://example.com/ollama"),
        ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://0.0.0.0", "http://127.0.0.1"),
        ("http://[::]:11434", "http://[::1]:11434"),
        ("http://:8080", "http://127.0.0.1:8080"),
    ]

    private static let wrongOllamaHosts: [(String, String, String)] = [
        ("gpu-box:ollama", "gpu-box:ollama", "port"),
        ("gpu-box:0", "gpu-box:0", "port"),
        ("gpu-box:70000", "gpu-box:70000", "port"),
        ("gpu-box:-1", "gpu-box:-1", "port"),
        ("gpu box", "gpu box", "character"),
        ("ftp://gpu-box", "ftp://gpu-box", "http or https"),
        ("http://", "http://", "no host"),
        ("/path", "/path", "no host"),
        ("[::1", "[::1", "not closed"),
        ("[::1]x", "[::1]x", "only a port"),
        ("[gpu]:1", "[gpu]:1", "IPv6"),
        ("me:SECRET@gpu-box", "…@gpu-box", "password"),
        ("gpu-box?key=SECRET", "gpu-box?…", "query"),
    ]

    /// Shown as configured, less the slashes at the end.
    private static let urls: [(String, String)] = [
        ("http://h", "http://h"),
        ("http://h/", "http://h"),
        ("http://h///", "http://h"),
        ("http://h:11434/", "http://h:11434"),
        ("https://h/v1/", "https://h/v1"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("HTTP://Host:1/Path", "HTTP://Host:1/Path"),
        ("http://[::1]:11434", "http://[::1]:11434"),
        ("http://my_host.internal:1", "http://my_host.internal:1"),
        ("http://0.0.0.0:11434", "http://0.0.0.0:11434"),
    ]

    private static let wrongURLs: [(String, String, String)] = [
        ("localhost:11434", "localhost:11434", "http:// or https://"),
        ("gpu-box", "gpu-box", "http:// or https://"),
        ("http:/h", "http:/h", "http:// or https://"),
        ("ftp://h", "ftp://h", "http or https"),
        ("file:///etc/passwd", "file:///etc/passwd", "http or https"),
        ("unix:///run/ollama.sock", "unix:///run/ollama.sock", "http or https"),
        ("://h", "://h", "http or https"),
        ("http://", "http://", "no host"),
        ("http:///v1", "http:///v1", "no host"),
        ("http://:8080", "http://:8080", "no host"),
        ("http://h:", "http://h:", "port"),
        ("http://h:99999", "http://h:99999", "port"),
        ("http://h:80a", "http://h:80a", "port"),
        ("http://a b", "http://a b", "character"),
        ("http://h/\u{e4}", "http://h/\u{e4}", "character"),
        ("http://h\\x", "http://h\\x", "character"),
        ("http://h,i", "http://h,i", "name"),
        ("http://[::1", "http://[::1", "not closed"),
        ("http://[zz]", "http://[zz]", "IPv6"),
        ("http://::1:11434", "http://::1:11434", "no host"),
        ("http://me:SECRET@h:1", "http://…@h:1", "password"),
        ("https://SECRET@h", "https://…@h", "password"),
        ("https://h/v1?key=SECRET", "https://h/v1?…", "query"),
        ("https://h/#SECRET", "https://h/#…", "fragment"),
    ]

    private static let otherAddresses: [Row] = [
        Row(
            "base_url: wrong in a flag",
            ["--llm-base-url=nope"],
            ["start invalid_argument: base_url \"nope\"; flag --llm-base-url"]
        ),
        Row(
            "base_url: wrong in the file",
            ["file base_url: nope"],
            ["start invalid_argument: base_url \"nope\"; backend.local.llm.base_url"]
        ),
        Row(
            "base_url: wrong in the provider's own variable",
            ["OLLAMA_BASE_URL=gpu-box"],
            ["start invalid_argument: base_url \"gpu-box\"; env OLLAMA_BASE_URL"]
        ),
        Row(
            "base_url: an overridden wrong one is none",
            ["--llm-base-url=http://h", "STIGMER_LLM_BASE_URL=nope"],
            ["base_url = http://h"]
        ),
        Row(
            "base_url: OLLAMA_BASE_URL is a URL, not a host",
            ["OLLAMA_BASE_URL=http://gpu-box"],
            ["base_url = http://gpu-box <- env OLLAMA_BASE_URL"]
        ),
        Row(
            "base_url: openai's, as configured without /v1",
            ["STIGMER_LLM_PROVIDER=openai", "OPENAI_BASE_URL=http://localhost:8080/"],
            ["base_url = http://localhost:8080 <- env OPENAI_BASE_URL"]
        ),
        Row(
            "base_url: anthropic's own variable",
            ["STIGMER_LLM_PROVIDER=anthropic", "ANTHROPIC_BASE_URL=http://gw:1/"],
            ["base_url = http://gw:1 <- env ANTHROPIC_BASE_URL"]
        ),
    ]
}
