import Testing

/// One case of the cascade: what is written where, and what must follow.
///
/// `given`, one source an entry:
/// - `--llm-model=x` a flag
/// - `STIGMER_LLM_MODEL=x` a variable
/// - `file model: x` a line under `backend.local.llm` of `~/.stigmer/config.yaml`
/// - `yaml backend: …` that whole file instead
/// - `disk key.txt=x` a file in the home directory
/// - `request model_name=x` a request's execution_config
///
/// `then`, all of which must hold:
/// - `model = x <- env STIGMER_LLM_MODEL` value and origin as shown; `model = x` the value alone
/// - `start invalid_argument: a; b` the start fails with this code, and its line holds `a` and `b`
/// - `request invalid_argument: a; b` the start succeeds and the request fails
///
/// Every key in the table contains `SECRET`, which nothing that is shown may contain, in any row.
struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let given: [String]
    let then: [String]

    init(_ name: String, _ given: [String], _ then: [String]) {
        self.name = name
        self.given = given
        self.then = then
    }

    var testDescription: String { name }

    static let all: [Row] =
        precedence + providerChoice + modelNames + aliases + addresses + numbers + keys + requests + crossing + files
}
