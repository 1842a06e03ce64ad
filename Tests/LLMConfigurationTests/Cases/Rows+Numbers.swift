extension Row {
    /// Numbers that are some, and that are none.
    static let numbers: [Row] =
        accepted("temperature", ["0": "0", "0.0": "0", "-0": "0", "2": "2", "2.0": "2", "0.7": "0.7"])
        + accepted("temperature", [".5": "0.5", "+1": "1", "1e-1": "0.1", "7E-1": "0.7"])
        + refused(
            "temperature",
            [
                "hot", "0,7", "nan", "NaN", "inf", "-inf", "infinity", "0x1p-1", "1_0", "1 2", "1e999", "50%", "--1",
                ".",
            ],
            "not a number; give one from 0 to 2"
        )
        + refused("temperature", ["2.1", "-0.1", "100", "-1e9", "2.0000001"], "outside 0 to 2")
        + accepted("max_tokens", ["1": "1", "+5": "5", "007": "7", "2147483647": "2147483647"])
        + refused("max_tokens", ["4k", "1.5", "4096.0", "1e3", "many", "0x10", "1,000", "12 34"], "not a whole number")
        + refused("max_tokens", ["99999999999999999999"], "not a whole number")
        + refused("max_tokens", ["0", "-1"], "below 1")
        + refused("max_tokens", ["2147483648"], "above 2147483647")
        + accepted("num_ctx", ["1": "1", "131072": "131072"])
        + refused("num_ctx", ["8k", "4096.5", "big"], "not a whole number")
        + refused("num_ctx", ["0", "-4096"], "below 1")
        + elsewhere

    /// Written in the environment, and what it is read as.
    private static func accepted(_ setting: String, _ numbers: KeyValuePairs<String, String>) -> [Row] {
        let variable = "STIGMER_LLM_\(setting.uppercased())"
        return numbers.map { written, value in
            Row("\(setting) \(written)", ["\(variable)=\(written)"], ["\(setting) = \(value) <- env \(variable)"])
        }
    }

    /// Written in the environment, and why it is refused.
    private static func refused(_ setting: String, _ numbers: [String], _ why: String) -> [Row] {
        let variable = "STIGMER_LLM_\(setting.uppercased())"
        return numbers.map { written in
            Row(
                "\(setting) \(written) is refused",
                ["\(variable)=\(written)"],
                ["start invalid_argument: \(setting) \"\(written)\" (env \(variable)); \(why)"]
            )
        }
    }

    private static let elsewhere: [Row] = [
        Row(
            "temperature: wrong in a flag",
            ["--llm-temperature=warm"],
            ["start invalid_argument: temperature \"warm\"; flag --llm-temperature"]
        ),
        Row(
            "temperature: wrong in the file",
            ["file temperature: warm"],
            ["start invalid_argument: temperature \"warm\"; file ~/.stigmer/config.yaml backend.local.llm.temperature"]
        ),
        Row(
            "temperature: YAML's own nan",
            ["file temperature: .nan"],
            ["start invalid_argument: temperature \".nan\""]
        ),
        Row(
            "temperature: YAML's own infinity",
            ["file temperature: .inf"],
            ["start invalid_argument: temperature \".inf\""]
        ),
        Row("temperature: a quoted number in the file", ["file temperature: \"0.7\""], ["temperature = 0.7"]),
        Row(
            "temperature: an overridden wrong one is none",
            ["--llm-temperature=1", "STIGMER_LLM_TEMPERATURE=hot"],
            ["temperature = 1"]
        ),
        Row(
            "max_tokens: wrong in a flag",
            ["--llm-max-tokens=0"],
            ["start invalid_argument: max_tokens \"0\"; flag --llm-max-tokens"]
        ),
        Row(
            "max_tokens: wrong in the file",
            ["file max_tokens: -5"],
            ["start invalid_argument: max_tokens \"-5\"; backend.local.llm.max_tokens"]
        ),
        Row(
            "max_tokens: a truth value in the file",
            ["file max_tokens: yes"],
            ["start invalid_argument: max_tokens \"yes\""]
        ),
        Row(
            "num_ctx: wrong in a flag",
            ["--llm-num-ctx=x"],
            ["start invalid_argument: num_ctx \"x\"; flag --llm-num-ctx"]
        ),
        Row(
            "num_ctx: wrong in the file",
            ["file num_ctx: 0"],
            ["start invalid_argument: num_ctx \"0\"; backend.local.llm.num_ctx"]
        ),
        Row(
            "num_ctx: wrong where nobody uses it",
            ["STIGMER_LLM_PROVIDER=openai", "STIGMER_LLM_BASE_URL=http://h", "STIGMER_LLM_NUM_CTX=x"],
            ["num_ctx = - <- not used by openai"]
        ),
        Row(
            "a refused value stays on one line",
            ["STIGMER_LLM_TEMPERATURE=1\n2"],
            ["start invalid_argument: temperature \"1�2\""]
        ),
    ]
}
