import Agents
import EventLoop
import LLMConfiguration
import Models
import StigmerProtos
import Synchronization
import Tools
import WireJSON

/// A model that says what is written, one answer after the other, and remembers what it was asked.
final class ScriptedModel: LanguageModel {
    enum Line: Sendable {
        case says(String)
        case calls([ModelToolCall])
        case fails(ModelFailure)
    }

    private let state: Mutex<(lines: [Line], requests: [ModelRequest])>

    init(_ lines: Line...) { state = Mutex((lines, [])) }

    var requests: [ModelRequest] { state.withLock { $0.requests } }

    func run(_ request: ModelRequest, on loop: EventLoop, _ handle: (ModelEvent) throws -> Void) async throws {
        let line = state.withLock { state in
            state.requests.append(request)
            // The last line is said for ever.
            return state.lines.count > 1 ? state.lines.removeFirst() : state.lines[0]
        }
        switch line {
        case .says(let text): try Array(text.utf8).withUnsafeBytes { try handle(.text($0)) }
        case .calls(let calls): for call in calls { try handle(.toolCall(call)) }
        case .fails(let failure): throw failure
        }
        try handle(.usage(ModelUsage(inputTokens: 10, outputTokens: 5)))
        try handle(.stop(.stop))
    }
}

/// A tool that does what a closure does.
struct StubTool: Tool {
    let specification: ToolSpecification
    let runsInParallel: Bool
    private let body: @Sendable (JSONValue, ToolContext) async throws(ToolFailure) -> String

    init(
        _ name: String,
        inParallel: Bool = false,
        _ body: @escaping @Sendable (JSONValue, ToolContext) async throws(ToolFailure) -> String
    ) {
        specification = ToolSpecification(
            name: name,
            description: "does \(name)",
            parameters: ["type": "object"],
            component: .search
        )
        runsInParallel = inParallel
        self.body = body
    }

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        try await body(arguments, context)
    }
}

/// Writes down what an agent does.
final class Notes: AgentObserver {
    private struct State {
        var text = ""
        var events: [ExecutionEvent.Kind] = []
        var committed = 0
    }

    private let state = Mutex(State())

    var events: [ExecutionEvent.Kind] { state.withLock { $0.events } }
    /// How many events there were when the agent last waited for them.
    var committedEvents: Int { state.withLock { $0.committed } }

    func delta(_ kind: DeltaKind, _ utf8: UnsafeRawBufferPointer) {
        state.withLock { $0.text += String(decoding: utf8, as: UTF8.self) }
    }

    var messageInProgress: (text: String, reasoning: String) { state.withLock { ($0.text, "") } }

    func record(_ event: ExecutionEvent.Kind) {
        state.withLock { state in
            if case .messageCompleted = event { state.text = "" }
            state.events.append(event)
        }
    }

    func committed() async { state.withLock { $0.committed = $0.events.count } }

    /// The events in short: `says(hello) starts(c1 ls) ends(c1 ok)`.
    var story: [String] {
        events.map { event in
            switch event {
            case .messageCompleted(let completed):
                completed.message.toolCalls.isEmpty
                    ? "says(\(completed.message.content))"
                    : "calls(\(completed.message.toolCalls.map(\.id).joined(separator: " ")))"
            case .toolCallStarted(let started): "starts(\(started.toolCall.id) \(started.toolCall.name))"
            case .toolCallCompleted(let completed):
                "ends(\(completed.toolCall.id) \(completed.toolCall.error.isEmpty ? completed.toolCall.result : "failed"))"
            case .progress(let progress): "progress(\(progress.detail))"
            case .subAgentStarted(let started): "hands(\(started.subAgentExecution.name))"
            case .subAgentCompleted(let completed): "gets(\(completed.subAgentExecution.output))"
            case .todosUpdated(let updated): "plans(\(updated.todos.count))"
            default: "other"
            }
        }
    }
}

/// An agent over a simulated loop: a run is over when the call returns.
struct Stage {
    let model: ScriptedModel
    let notes = Notes()
    private let time = SimulatedTime()

    init(_ model: ScriptedModel) { self.model = model }

    static var configuration: EffectiveConfiguration {
        func setting<Value>(_ value: Value) -> Setting<Value> { Setting(value, origin: "test") }
        return EffectiveConfiguration(
            mode: setting(.local),
            provider: setting("ollama"),
            model: setting("m"),
            baseURL: setting("http://test"),
            apiKey: setting(nil),
            temperature: setting(nil),
            maxTokens: setting(nil),
            numCtx: setting(nil)
        )
    }

    /// - Returns: why there is no answer; nil if there is one.
    func run(
        _ tools: [any Tool],
        pending: [ModelToolCall] = [],
        subAgents: [Agents.SubAgent] = [],
        limits: Agents.AgentLimits = Agents.AgentLimits(),
        cancelAfter: Duration? = nil
    ) -> ModelFailure? {
        let loop = EventLoop.simulated(time)
        let agent = AgentLoop(models: model, surroundings: .system)
        let outcome = Mutex<Result<Void, ModelFailure>?>(nil)
        let task = loop.spawn { [notes] in
            let task = AgentTask(
                turns: [[ModelMessage(.user, "Hi")]],
                pendingCalls: pending,
                configuration: Self.configuration,
                tools: tools,
                subAgents: subAgents,
                limits: limits
            )
            do throws(ModelFailure) {
                try await agent.run(task, on: loop, observer: notes)
                outcome.withLock { $0 = .success(()) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
        }
        if let cancelAfter {
            loop.execute { loop.schedule(after: cancelAfter) { task.cancel() } }
        }
        _ = time.run(loop) { outcome.withLock { $0 != nil } }
        return outcome.withLock { outcome in
            if case .failure(let failure) = outcome { failure } else { nil }
        }
    }
}
