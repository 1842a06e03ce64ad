import Failures
import Synchronization
import TestSupport
import Testing

@testable import Models

/// What Ollama needs beyond the others: a context that holds the prompt, and models that have to be pulled.
@Suite struct OllamaTests {
    private static func show(_ length: Int?) -> String {
        let info = length.map { #""qwen2.context_length":\#($0),"# } ?? ""
        return #"{"license":"x","model_info":{"general.architecture":"qwen2",\#(info)"qwen2.vision.context_length":1,"#
            + #""tokenizer.ggml.tokens":null},"capabilities":["completion"]}"#
    }

    private static let answer = ProviderCase.ollama.text("a") + ProviderCase.ollama.end

    /// An Ollama whose `/api/show` answers with `show`, or with what `status` says.
    private static func upstream(show: String, status: Int = 200) throws -> ScriptedUpstream {
        try ScriptedUpstream { exchange in
            if exchange.request.path == "/api/show" {
                try exchange.answer(status, ["Content-Type": "application/json"], show)
            } else {
                try exchange.run([ProviderCase.ollama.stream, .chunk(answer)])
            }
        }
    }

    private static func numCtx(_ upstream: ScriptedUpstream) -> [Int] {
        upstream.requests.filter { $0.path == "/api/chat" }.map { request in
            guard let match = request.bodyText.firstMatch(of: /"num_ctx":(\d+)/) else { return 0 }
            return Int(match.1) ?? 0
        }
    }

    static let fits: [(bytes: Int, maxTokens: Int?, length: Int?, numCtx: Int)] = [
        (10, nil, 32768, 4096),
        (10, 4000, 32768, 4096),
        (10, 5000, 32768, 8192),
        (9000, nil, 32768, 8192),
        (60_000, nil, 32768, 32768),
        (60_000, 20_000, 40_960, 40_960),
        (10, nil, 2048, 2048),
        // Unknown: no upper bound, and never no num_ctx, which would cut in silence.
        (60_000, nil, nil, 32768),
    ]

    @Test(arguments: fits.indices)
    func theContextIsFittedToThePrompt(index: Int) async throws {
        let (bytes, maxTokens, length, numCtx) = Self.fits[index]
        let upstream = try Self.upstream(show: Self.show(length))
        let configuration = configuration(OllamaProvider(), baseURL: upstream.url, maxTokens: maxTokens)
        let prompt = [ModelMessage(.user, String(repeating: "x", count: bytes))]
        let outcome = try await Caller().ask(configuration, prompt)
        #expect(outcome.failure == nil)
        #expect(Self.numCtx(upstream) == [numCtx])
    }

    @Test func aPromptThatCannotFitIsRefusedWithBothFigures() async throws {
        let upstream = try Self.upstream(show: Self.show(4096))
        let configuration = configuration(OllamaProvider(), baseURL: upstream.url)
        let prompt = [ModelMessage(.user, String(repeating: "x", count: 30_000))]
        let outcome = try await Caller().ask(configuration, prompt)
        #expect(outcome.failure?.code == .invalidArgument)
        #expect(outcome.failure?.message.contains("about 10024 tokens and m takes 4096") == true, "\(outcome)")
        #expect(Self.numCtx(upstream) == [])
    }

    @Test func theContextDoesNotShrinkAndTheServerIsAskedOnce() async throws {
        let upstream = try Self.upstream(show: Self.show(32768))
        let caller = try Caller()
        let configuration = configuration(OllamaProvider(), baseURL: upstream.url)
        for bytes in [10, 30_000, 10] {
            _ = await caller.ask(configuration, [ModelMessage(.user, String(repeating: "x", count: bytes))])
        }
        #expect(Self.numCtx(upstream) == [4096, 16384, 16384])
        #expect(upstream.requests.count { $0.path == "/api/show" } == 1)
    }

    @Test func aSetContextIsSentAsItIs() async throws {
        let upstream = try Self.upstream(show: Self.show(32768))
        _ = try await Caller().ask(configuration(OllamaProvider(), baseURL: upstream.url, numCtx: 1234))
        #expect(Self.numCtx(upstream) == [1234])
        #expect(upstream.requests.count == 1)
    }

    @Test(arguments: [(500, "{}"), (404, "404 page not found"), (200, "<html>"), (200, "[]")])
    func aServerThatCannotSayIsAskedAllTheSame(status: Int, body: String) async throws {
        let upstream = try Self.upstream(show: body, status: status)
        let outcome = try await Caller().ask(configuration(OllamaProvider(), baseURL: upstream.url))
        #expect(outcome.text == "a")
        #expect(Self.numCtx(upstream) == [4096])
    }

    @Test func whatIsRememberedIsBounded() {
        let contexts = OllamaContexts()
        for index in 0..<200 {
            contexts.remember(index, for: OllamaContexts.Key(baseURL: "http://h", model: "\(index)"))
        }
        let known = (0..<200).filter {
            contexts.length(of: OllamaContexts.Key(baseURL: "http://h", model: "\($0)")) != nil
        }
        #expect(known == Array(136..<200))
    }

    private static let missing = #"{"error":"model 'm' not found"}"#

    @Test func aMissingModelIsSaidWithTheCommandThatPullsIt() async throws {
        let upstream = try Self.upstream(show: Self.missing, status: 404)
        let outcome = try await Caller().ask(configuration(OllamaProvider(), baseURL: upstream.url))
        #expect(outcome.failure?.code == .notFound)
        #expect(
            outcome.failure?.message == "Ollama at \(upstream.url) has no model \"m\": pull it with \"ollama pull m\""
        )
        #expect(upstream.requests.count == 1)
    }

    /// An Ollama that has the model once it was pulled with `lines`.
    private static func pulling(_ lines: [String]) throws -> ScriptedUpstream {
        let isThere = Mutex(false)
        return try ScriptedUpstream { exchange in
            switch exchange.request.path {
            case "/api/pull":
                isThere.withLock { $0 = true }
                try exchange.run([ProviderCase.ollama.stream] + lines.map { .chunk($0 + "\n") })
            case "/api/show" where isThere.withLock { $0 }:
                try exchange.answer(200, [:], show(8192))
            case "/api/show":
                try exchange.answer(404, [:], missing)
            default:
                try exchange.run([ProviderCase.ollama.stream, .chunk(answer)])
            }
        }
    }

    @Test func aMissingModelIsPulledWithProgressWhereThatIsAllowed() async throws {
        let layer = (0...1000).map { #"{"status":"pulling abc","digest":"sha256:1","total":1000,"completed":\#($0)}"# }
        let upstream = try Self.pulling(
            [#"{"status":"pulling manifest"}"#] + layer + [#"{"status":"verifying"}"#, #"{"status":"success"}"#]
        )
        let outcome = try await Caller(pullMissingModels: true).ask(
            configuration(OllamaProvider(), baseURL: upstream.url)
        )
        #expect(outcome.failure == nil)
        #expect(outcome.text == "a")
        // A step or a whole percent each, not a line each.
        #expect(outcome.progress.count == 104)
        #expect(outcome.progress.allSatisfy { $0.what == .pulling })
        #expect(outcome.progress[1] == ModelProgress(.pulling, "pulling abc", completed: 0, total: 1000))
        #expect(upstream.requests.first { $0.path == "/api/pull" }?.bodyText == #"{"model":"m","stream":true}"#)
    }

    static let brokenPulls: [([String], String)] = [
        (
            [#"{"status":"pulling manifest"}"#, #"{"error":"pull model manifest: file does not exist"}"#],
            "cannot pull \"m\": pull model manifest: file does not exist"
        ),
        ([#"{"status":"pulling manifest"}"#], "ended the download of \"m\" before it was complete"),
        (["garbage"], "sent something that is not its API's"),
    ]

    @Test(arguments: brokenPulls.indices)
    func aPullThatFailsIsNotTriedForEver(index: Int) async throws {
        let (lines, message) = Self.brokenPulls[index]
        let upstream = try Self.pulling(lines)
        let outcome = try await Caller(pullMissingModels: true).ask(
            configuration(OllamaProvider(), baseURL: upstream.url)
        )
        #expect(outcome.failure?.message.contains(message) == true, "\(outcome)")
        #expect(upstream.requests.count { $0.path == "/api/pull" } == 1)
    }
}
