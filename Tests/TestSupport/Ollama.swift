/// What Ollama says, as steps of a script: NDJSON as its API reference shows it.
public enum Ollama {
    /// The head of a stream.
    public static let head = ScriptedStep.respond(contentType: "application/x-ndjson")

    /// A piece of the answer; `text` stands in JSON as it is.
    public static func text(_ text: String) -> ScriptedStep {
        .chunk(#"{"message":{"role":"assistant","content":"\#(text)"},"done":false}"# + "\n")
    }

    /// A piece of the reasoning.
    public static func thinking(_ text: String) -> ScriptedStep {
        .chunk(#"{"message":{"role":"assistant","content":"","thinking":"\#(text)"},"done":false}"# + "\n")
    }

    /// The end, with 7 tokens in and 3 out.
    public static let done = ScriptedStep.chunk(
        #"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3}"# + "\n"
    )

    /// An error inside the stream.
    public static let error = ScriptedStep.chunk(#"{"error":"out of memory"}"# + "\n")
}
