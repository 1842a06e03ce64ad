import Failures
import TestSupport
import Testing

@testable import Models

/// What every provider must do, run against each of them over a real socket.
@Suite struct ProviderCompatTests {
    @Test(arguments: ProviderCase.all)
    func anAnswerStreamsAsItComes(provider: ProviderCase) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream([
            [
                provider.stream, .chunk(provider.unknown), .chunk(provider.reasoning("Hm")), .chunk(provider.text("a")),
                .wait(gate), .chunk(provider.text(" é😀\\n")), .chunk(provider.end),
            ]
        ])
        // The gate opens when the first text has come: a token held back for a later one would never come.
        let outcome = try await Caller().ask(provider.configuration(upstream)) { if $0 == .text("a") { gate.open() } }
        #expect(outcome.failure == nil)
        let answer = outcome.events.filter { if case .usage = $0 { false } else { true } }
        #expect(answer == [.reasoning("Hm"), .text("a"), .text(" é😀\n"), .stop("stop")])
        #expect(outcome.events.contains(.usage(7, 3, cached: 0)))
        let request = try #require(upstream.requests.first)
        #expect(upstream.requests.count == 1)
        #expect(request.method == "POST")
        #expect(request.path == provider.path)
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("Accept") == provider.provider.streamType)
        #expect(request.header("Accept-Encoding") == "identity")
    }

    @Test(arguments: ProviderCase.all)
    func aConnectionIsUsedAgain(provider: ProviderCase) async throws {
        // One write, end included: how long a connection waits for a late end is another matter.
        let body = provider.text("a") + provider.end
        let upstream = try ScriptedUpstream([[.answer(200, ["Content-Type": provider.provider.streamType], body)]])
        // A shared pool may give up an idle connection for another test.
        let caller = try Caller(isAlone: true)
        for _ in 0..<3 { #expect(await caller.ask(provider.configuration(upstream)).text == "a") }
        #expect(upstream.connectionCount == 1)
    }

    @Test(arguments: ProviderCase.all)
    func aServerThatNeverEndsACompleteAnswerIsNotWaitedFor(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [provider.stream, .chunk(provider.text("a") + provider.end), .hang]
        ])
        let outcome = try await Caller().ask(provider.configuration(upstream))
        #expect(outcome.failure == nil)
        #expect(outcome.text == "a")
        try await upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test(arguments: ProviderCase.all)
    func aStreamWithoutItsEndIsAFailureAndKeepsWhatCame(provider: ProviderCase) async throws {
        for ending in [ScriptedStep.end, .close, .reset] {
            let gate = Gate()
            let upstream = try ScriptedUpstream([[provider.stream, .chunk(provider.text("a")), .wait(gate), ending]])
            let outcome = try await Caller().ask(provider.configuration(upstream)) { _ in gate.open() }
            #expect(outcome.events == [.text("a")], "\(ending)")
            #expect(outcome.failure?.code == .unavailable, "\(ending)")
            // What has been seen is never asked for again.
            #expect(upstream.requests.count == 1, "\(ending)")
        }
    }

    @Test(arguments: ProviderCase.all)
    func aStreamCutBeforeItsFirstTokenIsRepeated(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [provider.stream, .chunk(provider.unknown), .close],
            [provider.stream, .chunk(provider.error)],
            [provider.stream, .chunk(provider.text("a")), .chunk(provider.end)],
        ])
        let caller = try Caller()
        let outcome = await caller.ask(provider.configuration(upstream))
        #expect(outcome.failure == nil)
        #expect(outcome.text == "a")
        #expect(outcome.progress.map(\.what) == [.retrying, .retrying])
        #expect(caller.waited == [.milliseconds(375), .milliseconds(750)])
    }

    @Test(arguments: ProviderCase.all)
    func anErrorInsideTheStreamEndsIt(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [provider.stream, .chunk(provider.text("a")), .chunk(provider.error), .chunk(provider.end)]
        ])
        let outcome = try await Caller().ask(provider.configuration(upstream))
        #expect(outcome.events == [.text("a")])
        #expect(outcome.failure?.code == .unavailable)
        #expect(upstream.requests.count == 1)
    }

    @Test(arguments: ProviderCase.all)
    func garbageInTheStreamIsAFailureThatShowsIt(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [provider.stream, .chunk(provider.text("a")), .chunk("data: {garbage}\n\n"), .chunk(provider.end)]
        ])
        let outcome = try await Caller().ask(provider.configuration(upstream))
        #expect(outcome.events == [.text("a")])
        #expect(outcome.failure?.code == .internal)
        #expect(outcome.failure?.message.contains("{garbage}") == true)
    }

    static let statuses: [(Int, String, FailureCode, String, Int)] = [
        (400, "invalid_request_error", .invalidArgument, "refuses the request (400: no)", 1),
        (401, "authentication_error", .unauthenticated, "does not accept the key (401: no): check the key from", 1),
        (402, "billing_error", .resourceExhausted, "wants to be paid first (402: no)", 1),
        (403, "permission_error", .permissionDenied, "does not allow this (403: no): check the key from", 1),
        (404, "not_found_error", .notFound, "has no model \"m\"", 1),
        (408, "timeout_error", .deadlineExceeded, "took too long (408: no) (after 3 attempts)", 3),
        (429, "rate_limit_error", .resourceExhausted, "refuses more requests for now (429: no) (after 3 attempts)", 3),
        (500, "api_error", .unavailable, "is not able to answer (500: no) (after 3 attempts)", 3),
        (503, "unavailable_error", .unavailable, "is not able to answer (503: no) (after 3 attempts)", 3),
        (529, "overloaded_error", .unavailable, "is not able to answer (529: no) (after 3 attempts)", 3),
    ]

    @Test(arguments: ProviderCase.all, statuses.indices)
    func aStatusSaysWhatIsWrongAndWhetherToTryAgain(provider: ProviderCase, index: Int) async throws {
        let (status, kind, code, message, attempts) = Self.statuses[index]
        let upstream = try ScriptedUpstream([
            [.answer(status, ["Content-Type": "application/json"], provider.errorBody(kind, "no"))]
        ])
        let outcome = try await Caller().ask(provider.configuration(upstream, key: "sk-secret-1"))
        #expect(outcome.failure?.code == code)
        #expect(outcome.failure?.message.contains(message) == true, "\(outcome)")
        #expect(outcome.failure?.message.contains(upstream.url) == true)
        #expect(upstream.requests.count == attempts)
    }

    @Test(arguments: ProviderCase.all)
    func retryAfterIsHonoured(provider: ProviderCase) async throws {
        let busy = provider.errorBody("rate_limit_error", "slow down")
        let upstream = try ScriptedUpstream([
            [.answer(429, ["Retry-After": "7"], busy)],
            [.answer(503, ["Retry-After": "Sun, 06 Nov 1994 08:49:49 GMT"], busy)],
            [provider.stream, .chunk(provider.text("a")), .chunk(provider.end)],
        ])
        let caller = try Caller()
        let outcome = await caller.ask(provider.configuration(upstream))
        #expect(outcome.failure == nil)
        #expect(caller.waited == [.seconds(7), .seconds(12)])
    }

    @Test(arguments: ProviderCase.all)
    func aWaitThatIsTooLongIsNotWaitedFor(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [.answer(503, ["Retry-After": "120"], provider.errorBody("rate_limit_error", "slow down"))]
        ])
        let caller = try Caller()
        let outcome = await caller.ask(provider.configuration(upstream))
        #expect(outcome.failure?.code == .resourceExhausted)
        #expect(outcome.failure?.message.contains("asks to wait 2 min, longer than the 60 s allowed") == true)
        #expect(caller.waited == [])
    }

    @Test(arguments: ProviderCase.all)
    func aKeyIsSentToItsAddressOnlyAndNeverSaid(provider: ProviderCase) async throws {
        let elsewhere = try ScriptedUpstream([[.answer(200, [:], "")]])
        let upstream = try ScriptedUpstream([
            [
                .answer(
                    401,
                    [:],
                    provider.errorBody("authentication_error", "bad key sk-secret-1 or Bearer sk-secret-1")
                )
            ],
            [.answer(307, ["Location": elsewhere.url + "/v1/messages"], "")],
        ])
        let caller = try Caller()
        let refused = await caller.ask(provider.configuration(upstream, key: "sk-secret-1"))
        #expect(refused.failure?.code == .unauthenticated)
        #expect(refused.failure?.message.contains("sk-secret-1") == false)
        #expect(refused.failure?.message.contains("bad key …") == true)
        let moved = await caller.ask(provider.configuration(upstream, key: "sk-secret-1"))
        #expect(moved.failure?.code == .failedPrecondition)
        #expect(moved.failure?.message.contains("redirect (307), which is not followed") == true)
        #expect(elsewhere.requests.isEmpty)
        let header = provider.provider.profile.name == "anthropic" ? "x-api-key" : "Authorization"
        let value = try #require(upstream.requests.first?.header(header))
        #expect(value == (header == "x-api-key" ? "sk-secret-1" : "Bearer sk-secret-1"))
    }

    @Test(arguments: ProviderCase.all)
    func withoutAKeyNoneIsSent(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([[provider.stream, .chunk(provider.text("a")), .chunk(provider.end)]])
        _ = try await Caller().ask(provider.configuration(upstream))
        #expect(upstream.requests.first?.header("Authorization") == nil)
        #expect(upstream.requests.first?.header("x-api-key") == nil)
    }

    @Test(arguments: ProviderCase.all)
    func aPageInsteadOfAStreamIsSaidToBeOne(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([
            [.answer(200, ["Content-Type": "text/html; charset=utf-8"], "<html>Welcome</html>")]
        ])
        let outcome = try await Caller().ask(provider.configuration(upstream))
        #expect(outcome.failure?.code == .internal)
        #expect(outcome.failure?.message.contains("answers with text/html instead of a stream") == true)
    }

    @Test(arguments: ProviderCase.all)
    func nobodyThereIsSaidWithWhatToDo(provider: ProviderCase) async throws {
        let nobody = try DeafPort()
        let outcome = try await Caller().ask(configuration(provider.provider, baseURL: nobody.url, numCtx: 4096))
        #expect(outcome.failure?.code == .unavailable)
        let message =
            "\(provider.provider.displayName) does not answer at \(nobody.url): \(provider.provider.startHint)"
        #expect(outcome.failure?.message.hasPrefix(message) == true, "\(outcome)")
        #expect(outcome.progress.count == 2)
    }

    @Test(arguments: ProviderCase.all)
    func theFirstTokenAndThePauseBetweenTokensHaveTheirOwnClocks(provider: ProviderCase) async throws {
        let short = Duration.milliseconds(60)
        let patient = Duration.seconds(60)
        // An upstream for each: on a busy machine a short clock may run out before the request has arrived there.
        let cases: [(ModelClocks, [ScriptedStep])] = [
            (ModelClocks(firstToken: short, betweenTokens: patient), [.hang]),
            (
                ModelClocks(firstToken: short, betweenTokens: patient),
                [provider.stream, .chunk(provider.unknown), .hang]
            ),
            (
                ModelClocks(firstToken: patient, betweenTokens: short),
                [provider.stream, .chunk(provider.text("a")), .hang]
            ),
        ]
        for (clocks, script) in cases {
            let upstream = try ScriptedUpstream([script])
            let outcome = try await Caller(clocks: clocks).ask(provider.configuration(upstream))
            #expect(outcome.failure?.code == .deadlineExceeded)
            let expected =
                clocks.firstToken == short
                ? "sent no token within 60 ms (the limit for the first one)"
                : "paused for more than 60 ms (the limit between tokens)"
            #expect(outcome.failure?.message.hasSuffix(expected) == true, "\(outcome)")
            #expect(upstream.requests.count <= 1, "a clock that ran out is no reason to ask again")
        }
    }

    @Test func anOpenAIStreamThatGoesSilentAfterItsFinishReasonIsComplete() async throws {
        let finish = #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#
        let usage = #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#
        var clocks = ModelClocks(firstToken: .seconds(60), betweenTokens: .seconds(60))
        clocks.afterEnd = .milliseconds(60)
        let provider = try #require(ProviderCase.all.first { $0.provider.profile.name == "openai" })
        let text = provider.text("all of it")
        let upstream = try ScriptedUpstream([
            [provider.stream, .chunk(text), .chunk("data: \(finish)\n\ndata: \(usage)\n\n"), .hang],
            [provider.stream, .chunk(text), .chunk("data: \(finish)\n\n"), .hang],
        ])
        for _ in 0..<2 {
            let outcome = try await Caller(clocks: clocks).ask(provider.configuration(upstream))
            #expect(outcome.failure == nil, "\(outcome)")
            #expect(outcome.text == "all of it")
        }
        try await upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test(arguments: ProviderCase.all)
    func aListThatDoesNotComeDoesNotWaitForTheFirstTokensClock(provider: ProviderCase) async throws {
        let scripts: [[ScriptedStep]] = [
            [.hang], [.respond(contentType: "application/json"), .chunk("{"), .hang],
        ]
        for script in scripts {
            let upstream = try ScriptedUpstream([script])
            var clocks = ModelClocks(connect: .milliseconds(30), firstToken: .seconds(60), betweenTokens: .seconds(60))
            clocks.question = .milliseconds(30)
            let caller = try Caller(clocks: clocks)
            let failure = await #expect(throws: ModelFailure.self) {
                try await caller.models(provider.configuration(upstream))
            }
            #expect(failure?.code == .deadlineExceeded, "\(failure?.message ?? "")")
        }
    }

    @Test(arguments: ProviderCase.all)
    func aCancelledCallClosesItsConnectionWithin100Milliseconds(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([[provider.stream, .chunk(provider.text("a")), .hang]])
        var took = Duration.seconds(60)
        // A busy machine may be late once; a call that waits for something is late every time.
        for connection in 0..<5 where took >= .milliseconds(100) {
            let began = Gate()
            let caller = try Caller()
            let task = Task { await caller.ask(provider.configuration(upstream)) { _ in began.open() } }
            try await eventually("the answer begins") { began.isOpen }
            let cancelled = ContinuousClock.now
            task.cancel()
            took = min(took, try await upstream.waitUntilPeerClosed(connection: connection) - cancelled)
            let outcome = await task.value
            #expect(outcome.failure?.code == .canceled)
            #expect(outcome.events == [.text("a")])
        }
        #expect(took < .milliseconds(100))
    }

    @Test(arguments: ProviderCase.all)
    func whatTheHandlerThrowsComesOutAndClosesTheConnection(provider: ProviderCase) async throws {
        struct Enough: Error {}
        let upstream = try ScriptedUpstream([[provider.stream, .chunk(provider.text("a")), .hang]])
        let caller = try Caller()
        let request = ModelRequest(
            messages: [ModelMessage(.user, "Hi")],
            configuration: provider.configuration(upstream)
        )
        await #expect(throws: Enough.self) {
            try await caller.loop.run { try await caller.client.run(request, on: caller.loop) { _ in throw Enough() } }
        }
        try await upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test(arguments: ProviderCase.all)
    func modelsAreListedAndChecked(provider: ProviderCase) async throws {
        let upstream = try ScriptedUpstream([[.answer(200, ["Content-Type": "application/json"], provider.list)]])
        let caller = try Caller()
        let models = try await caller.models(provider.configuration(upstream, key: "sk-secret-1"))
        #expect(models.map { $0.prefix(1) } == ["m", "n"])
        #expect(upstream.requests.first?.method == "GET")
        #expect(upstream.requests.first?.path == provider.listPath)
        #expect(upstream.requests.first?.headers.contains { $0.value.hasSuffix("sk-secret-1") } == true)
        let fine = await caller.check(provider.configuration(upstream))
        #expect(fine.map(\.subject) == [.key, .server, .model])
        #expect(fine.allSatisfy { $0.failure == nil })
        let missing = await caller.check(
            configuration(provider.provider, model: "other", baseURL: upstream.url, key: "sk-secret-1")
        )
        #expect(missing.last?.failure?.code == .notFound)
        #expect(missing.last?.message.contains("has no model \"other\"") == true)
        #expect(missing.first?.message.contains("sk-secret") == false)
    }
}
