import EventLoop
import Models
import StigmerProtos
import Tools
import WireJSON

/// Runs the calls that a model makes: each is in the log before it begins and when it has ended.
struct ToolRound<Observer: AgentObserver> {
    /// What the model is offered.
    let specifications: [ModelTool]

    private let tools: [String: any Tool]
    private let observer: Observer
    private let surroundings: Surroundings
    private let loop: EventLoop
    private var repetition = Repetition()

    init(task: AgentTask, agent: AgentLoop, loop: EventLoop, observer: Observer) {
        var all = task.tools
        if !task.subAgents.isEmpty {
            all.append(TaskTool(task: task, agent: agent, loop: loop, observer: observer))
        }
        tools = Dictionary(all.map { ($0.specification.name, $0) }) { first, _ in first }
        specifications = all.map { tool in
            let specification = tool.specification
            return ModelTool(
                name: specification.name,
                description: specification.description,
                parameters: specification.parameters.json
            )
        }
        self.observer = observer
        self.loop = loop
        surroundings = agent.surroundings
    }

    /// Runs the calls of one message: those that may run beside each other do.
    ///
    /// - Returns: what the model is told, in the order of the calls.
    /// - Throws: `ModelFailure` if the same call comes again and again, or the work is cancelled.
    mutating func run(_ calls: [ModelToolCall]) async throws(ModelFailure) -> [ModelMessage] {
        var outcomes: [ModelMessage] = []
        var rest = calls[...]
        while let first = rest.first {
            let runsAlone = tools[first.name]?.runsInParallel != true
            let group = runsAlone ? rest.prefix(1) : rest.prefix { tools[$0.name]?.runsInParallel == true }
            rest = rest.dropFirst(group.count)
            var notes: [String] = []
            for call in group { notes.append(try repetition.note(call)) }
            let ended = await runTogether(Array(group))
            outcomes += zip(ended, notes).map { call, note in
                var outcome = call.outcome
                outcome.text += note
                return outcome
            }
            guard !Task.isCancelled else { throw ModelFailure(.canceled, "cancelled while tools were at work") }
        }
        return outcomes
    }

    private func runTogether(_ calls: [ModelToolCall]) async -> [ToolCall] {
        let begun = calls.map { begin($0) }
        // Whatever happens from here on, the log says that they were begun.
        await observer.committed()
        if calls.count == 1 { return [await end(begun[0], calls[0])] }
        return await withTaskGroup(of: (Int, ToolCall).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask { (index, await end(begun[index], call)) }
            }
            var ended = begun
            for await (index, call) in group { ended[index] = call }
            return ended
        }
    }

    private func begin(_ call: ModelToolCall) -> ToolCall {
        var begun = ToolCall(call)
        begun.status = .toolCallRunning
        begun.startedAt = surroundings.timestamp
        begun.componentMetadata.componentType =
            (tools[call.name]?.specification.component ?? .tool).rawValue
        observer.record(.toolCallStarted(.with { $0.toolCall = begun }))
        return begun
    }

    private func end(_ begun: ToolCall, _ call: ModelToolCall) async -> ToolCall {
        var ended = begun
        do throws(ToolFailure) {
            ended.result = try await result(of: call).bounded
            ended.status = .toolCallCompleted
        } catch {
            ended.error = error.message.bounded
            ended.status = .toolCallFailed
        }
        ended.completedAt = surroundings.timestamp
        observer.record(.toolCallCompleted(.with { $0.toolCall = ended }))
        return ended
    }

    private func result(of call: ModelToolCall) async throws(ToolFailure) -> String {
        guard !Task.isCancelled else { throw ToolFailure("cancelled before it began") }
        guard let tool = tools[call.name] else {
            let known = tools.keys.sorted().joined(separator: ", ")
            throw ToolFailure(
                "there is no tool \(call.name.debugDescription)" + (known.isEmpty ? "" : ": there are \(known)")
            )
        }
        guard let arguments = try? JSONValue(json: call.arguments), case .object = arguments else {
            throw ToolFailure("the arguments are no JSON object: write one that fits the tool's schema")
        }
        let reports = ToolReports(call: call, loop: loop) { [observer] in observer.record(.progress("tool", $0)) }
        // Nothing may be told once the call has ended: the next message may have begun.
        defer { reports.close() }
        let context = ToolContext(callID: call.id) { text in
            loop.execute { reports.add(text) }
        }
        return try await tool.call(arguments, context)
    }
}

extension String {
    /// A result is kept up to a megabyte.
    fileprivate var bounded: String {
        let most = 1 << 20
        guard utf8.count > most else { return self }
        return String(decoding: utf8.prefix(most), as: UTF8.self) + "\n… cut: it has \(utf8.count) bytes"
    }
}

/// Notices a model that makes the same call again and again.
struct Repetition {
    private var last: (name: String, arguments: JSONValue?)?
    private var count = 0

    /// Counts a call.
    ///
    /// - Returns: what to add to what the model is told, from the third time in a row on.
    /// - Throws: `ModelFailure` at the fifth time.
    mutating func note(_ call: ModelToolCall) throws(ModelFailure) -> String {
        let arguments = try? JSONValue(json: call.arguments)
        count = last.map { $0.name == call.name && $0.arguments == arguments } == true ? count + 1 : 1
        last = (call.name, arguments)
        switch count {
        case ..<3: return ""
        case ..<5:
            return
                "\n\nThis is call \(count) in a row of \(call.name) with the same arguments: its result will not change. "
                + "Try something else, or answer."
        default:
            throw ModelFailure(
                .aborted,
                "the model called \(call.name) \(count) times in a row with the same arguments: the agent is stuck"
            )
        }
    }
}
