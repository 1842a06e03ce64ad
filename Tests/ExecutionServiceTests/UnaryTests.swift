import Executions
import HTTPTypes
import StigmerProtos
import SwiftProtobuf
import TestSupport
import Testing

@testable import ExecutionService

/// The procedures with one answer, on the paths for programs and on those for people.
@Suite struct UnaryTests {
    /// Calls a procedure for programs, in JSON and in binary; both must say the same.
    private func rpc<Response: Message & Equatable>(
        _ service: Service,
        _ path: String,
        _ request: some Message,
        as: Response.Type
    ) async throws -> Response {
        let binary = try await service.call(
            .post,
            path,
            ["Content-Type": "application/proto"],
            body: request.serializedBytes()
        ).whole()
        #expect(binary.status == 200 && binary.header("Content-Type") == "application/proto", "\(binary.text)")
        let json = try await service.call(
            .post,
            path,
            ["Content-Type": "application/json"],
            body: request.jsonBytes()
        ).whole()
        #expect(json.status == 200 && json.header("Content-Type") == "application/json", "\(json.text)")
        let response = try Response(serializedBytes: binary.body)
        #expect(try Response(jsonUTF8Bytes: json.body) == response)
        return response
    }

    private func people<Response: Message>(
        _ service: Service,
        _ method: HTTPRequest.Method,
        _ path: String,
        json: String = "",
        as: Response.Type
    ) async throws -> Response {
        let answer = try await service.answer(method, path, json: json)
        guard answer.status == 200 else { throw Unexpected(description: "\(answer.status) \(answer.text)") }
        return try Response(jsonUTF8Bytes: answer.body)
    }

    @Test func anExecutionOutlivesWhoCreatedIt() async throws {
        let gate = Gate()
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .wait(gate), Ollama.text("lo"), Ollama.done])
        let created = try await people(
            service,
            .post,
            "/v1/executions",
            json: #"{"spec":{"message":"Hi","session_id":"s"}}"#,
            as: AgentExecution.self
        )
        #expect(created.apiVersion == "agentic.stigmer.ai/v1" && created.kind == "AgentExecution")
        #expect(created.spec.sessionID == "s")
        #expect(created.status.phase == .executionInProgress)
        let id = created.metadata.id
        let execution = try #require(service.engine.execution(id))
        try await eventually("the first piece") { execution.log.end.bytes == 3 }
        let path = "/v1/executions/\(id)"
        let half = try await people(service, .get, path, as: AgentExecution.self)
        #expect(half.status.messages.map(\.content) == ["Hi", "Hel"])
        gate.open()
        await execution.log.awaitEnd()
        let whole = try await people(service, .get, path, as: AgentExecution.self)
        #expect(whole.status.messages.map(\.content) == ["Hi", "Hello"])
        #expect(whole.status.phase == .executionCompleted)
        let request = AgentExecutionId.with { $0.value = id }
        #expect(try await rpc(service, RPC.query + "/get", request, as: AgentExecution.self) == whole)
    }

    @Test func aProgramCreatesInJSONAndInBinary() async throws {
        let service = try await Service([Ollama.head, Ollama.done])
        let request = AgentExecution.with { $0.spec.message = "Hi" }
        for (type, body) in [
            ("application/proto", try request.serializedBytes() as [UInt8]),
            ("application/json", try request.jsonBytes()),
        ] {
            let answer = try await service.call(.post, RPC.command + "/create", ["Content-Type": type], body: body)
                .whole()
            #expect(answer.status == 200 && answer.header("Content-Type") == type)
        }
        #expect(service.engine.counts.started == 2)
    }

    @Test func cancellingAnswersWhenItIsOver() async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .hang])
        for isForPeople in [true, false] {
            let execution = try await service.create()
            try await eventually("the first piece") { execution.log.end.bytes == 3 }
            let request = AgentExecutionId.with { $0.value = execution.id }
            let cancelled =
                isForPeople
                ? try await people(service, .post, "/v1/executions/\(execution.id):cancel", as: AgentExecution.self)
                : try await rpc(service, RPC.command + "/cancel", request, as: AgentExecution.self)
            #expect(cancelled.status.phase == .executionCancelled)
            #expect(cancelled.status.messages.map(\.content) == ["Hi", "Hel"])
            let again = try await people(
                service,
                .post,
                "/v1/executions/\(execution.id):cancel",
                as: AgentExecution.self
            )
            #expect(again == cancelled)
        }
        try await service.upstream.waitUntilPeerClosed(connection: 0)
        try await service.upstream.waitUntilPeerClosed(connection: 1)
    }

    @Test func whatIsDeletedIsShownOnceMore() async throws {
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .hang])
        let first = try await service.create()
        let deleted = try await people(service, .delete, "/v1/executions/\(first.id)", as: AgentExecution.self)
        #expect(deleted.metadata.id == first.id && deleted.status.phase == .executionCancelled)
        let second = try await service.create()
        let answer = try await service.call(
            .post,
            RPC.command + "/delete",
            ["Content-Type": "application/proto"],
            body: ApiResourceId.with { $0.value = second.id }.serializedBytes()
        ).whole()
        #expect(try AgentExecution(serializedBytes: answer.body).metadata.id == second.id)
        for id in [first.id, second.id] {
            for (method, path) in [
                (HTTPRequest.Method.get, ""), (.delete, ""), (.get, "/events"), (.post, ":cancel"),
            ] {
                let answer = try await service.answer(method, "/v1/executions/\(id)\(path)")
                #expect(answer.status == 404)
                #expect(answer.text.contains(#""code":"not_found""#) && answer.text.contains(id))
            }
        }
    }

    @Test func theEffectiveConfigurationIsShown() async throws {
        let service = try await Service([])
        let own = try await people(service, .get, "/v1/config", as: EffectiveConfig.self)
        #expect(own.settings["model"]?.value.stringValue == "m")
        #expect(own.settings["model"]?.origin == "env STIGMER_LLM_MODEL")
        #expect(try await rpc(service, RPC.runner + "/GetConfig", GetConfigRequest(), as: EffectiveConfig.self) == own)
        let other = try await people(service, .get, "/v1/config?model=ollama:x%3A7b", as: EffectiveConfig.self)
        #expect(other.settings["model"]?.value.stringValue == "x:7b")
        let request = GetConfigRequest.with { $0.model = "ollama:x:7b" }
        #expect(try await rpc(service, RPC.runner + "/GetConfig", request, as: EffectiveConfig.self) == other)
        let wrong = try await service.answer(.get, "/v1/config?modle=x")
        #expect(wrong.status == 400 && wrong.text.contains("modle"))
    }

    @Test func theModelsOnOfferAreListed() async throws {
        let service = try await Service([.answer(200, [:], #"{"models":[{"name":"n:7b"},{"name":"m:latest"}]}"#)])
        let offered = try await people(service, .get, "/v1/models", as: ListModelsResponse.self)
        #expect(offered.models.map(\.id) == ["m:latest", "n:7b"])
        #expect(offered.problems.isEmpty)
        #expect(
            try await rpc(service, RPC.runner + "/ListModels", ListModelsRequest(), as: ListModelsResponse.self)
                == offered
        )
        let broken = try await Service([.answer(500, [:], "{}")])
        let problems = try await people(broken, .get, "/v1/models", as: ListModelsResponse.self).problems
        #expect(problems.map(\.provider) == ["ollama"])
        #expect(problems.allSatisfy { !$0.code.isEmpty && !$0.message.isEmpty })
    }

    @Test func theCallersTimeBoundsACall() async throws {
        let service = try await Service([.hang])
        let answer = try await service.answer(.get, "/v1/models", ["Connect-Timeout-Ms": "50"])
        #expect(answer.status == 504)
        #expect(answer.text.hasPrefix(#"{"code":"deadline_exceeded""#))
        try await service.upstream.waitUntilPeerClosed(connection: 0)
    }

    @Test func aSubscriberGetsSnapshotsUpToTheEnd() async throws {
        let gate = Gate()
        let service = try await Service([Ollama.head, Ollama.text("Hel"), .wait(gate), Ollama.text("lo"), Ollama.done])
        let execution = try await service.create()
        let call = service.call(
            .post,
            RPC.query + "/subscribe",
            ["Content-Type": "application/connect+proto"],
            body: Frames.envelope(try AgentExecutionId.with { $0.value = execution.id }.serializedBytes())
        )
        try await call.until("the half") { $0.text.contains("Hel") }
        #expect(!call.answer.text.contains("Hello"))
        gate.open()
        let (messages, end) = try Frames.connect(try await call.whole().body)
        let snapshots = try messages.map { try AgentExecution(serializedBytes: $0) }
        #expect(snapshots.last == execution.log.snapshot)
        #expect(snapshots.last?.status.phase == .executionCompleted)
        #expect(end == "{}")
        let late = try await service.answer(
            .post,
            RPC.query + "/subscribe",
            json: #"{"value":"\#(execution.id)"}"#
        )
        #expect(try AgentExecution(jsonUTF8Bytes: Array(late.body.dropLast())) == execution.log.snapshot)
    }

    static let errors: [(HTTPRequest.Method, String, String, json: String, status: Int, words: String)] = [
        (.get, "/nowhere", "", "", 404, #""code":"not_found""#),
        (.put, "/v1/execute", "", "{}", 405, "use POST"),
        (.post, "/v1/execute", "text/html", "{}", 415, "text/html"),
        (.post, "/v1/execute", "application/json; charset=latin1", "{}", 415, "UTF-8"),
        (.post, "/v1/execute", "", #"{"spec":{"mesage":"x"}}"#, 400, "unknown field spec.mesage"),
        (.post, "/v1/execute", "", #"{"spec":{"message":""}}"#, 400, "spec.message is empty"),
        (.post, "/v1/execute", "", #"{"kind":"Agent","spec":{"message":"x"}}"#, 400, #"not \"Agent\""#),
        (.post, "/v1/execute", "", #"{"apiVersion":"v2","spec":{"message":"x"}}"#, 400, #"not \"v2\""#),
        (
            .post, "/v1/execute", "", #"{"spec":{"message":"x","executionConfig":{"temperature":9}}}"#, 400,
            "temperature"
        ),
        (
            .post, "/v1/execute", "", #"{"spec":{"message":"x","executionConfig":{"temperature":"NaN"}}}"#, 400,
            "temperature"
        ),
        (.post, "/v1/execute?x=1", "", #"{"spec":{"message":"x"}}"#, 400, "unknown query parameter"),
        (.get, "/v1/executions/aex_1", "", "", 404, #"\"aex_1\""#),
        (.get, "/v1/executions/%ff", "", "", 400, "percent-encoded"),
        (.post, RPC.query + "/get", "", "{}", 400, "id is missing"),
        (.post, RPC.query + "/get", "application/x-www-form-urlencoded", "{}", 415, "application/json"),
        (.post, "/livez", "", "{}", 405, "GET"),
    ]

    @Test func everyErrorHasOneShapeAndSaysWhatWasWrong() async throws {
        let service = try await Service([])
        for row in Self.errors {
            let headers = row.2.isEmpty ? [:] : ["Content-Type": row.2]
            let answer = try await service.answer(row.0, row.1, headers, json: row.json)
            #expect(answer.status == row.status, "\(row.1): \(answer.text)")
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.text.hasPrefix(#"{"code":""#) && answer.text.hasSuffix(#""details":[]}"#))
            #expect(answer.text.contains(row.words), "\(answer.text)")
        }
        #expect(service.engine.counts.started == 0)
    }

    @Test func limitsAndDrainingAreToldToTheCaller() async throws {
        let service = try await Service(limits: ExecutionLimits(maxRunning: 1), [Ollama.head, .hang])
        let execution = try await service.create()
        let many = try await service.answer(.post, "/v1/execute", json: #"{"spec":{"message":"x"}}"#)
        #expect(many.status == 429 && many.text.contains("resource_exhausted"))
        #expect(try await service.answer(.get, "/readyz").status == 200)
        let metrics = try await service.answer(.get, "/metrics").text
        #expect(metrics.contains("agent_runner_executions_running 1\n"))
        for figure in ["connections_open", "streams_open", "sent_bytes_total", "upstream_connections_open"] {
            #expect(metrics.contains("\nagent_runner_\(figure) "), "\(figure)")
        }
        #expect(metrics.contains("\nagent_runner_streams_open 0\n"))
        #expect(metrics.split(separator: "\n").allSatisfy { $0.hasPrefix("#") || $0.split(separator: " ").count == 2 })
        await service.engine.cancel(execution, .requested)
        let loop = try #require(service.loop)
        await service.engine.drain(grace: .zero, on: loop)
        let late = try await service.answer(.post, "/v1/execute", json: #"{"spec":{"message":"x"}}"#)
        #expect(late.status == 503 && late.text.contains("shutting down"))
        #expect(try await service.answer(.get, "/readyz").status == 503)
        #expect(try await service.answer(.get, "/livez").status == 200)
    }
}
