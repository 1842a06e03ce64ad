import EventLoop
import Models
import StigmerProtos
import Tools
import WireJSON

/// `task`: hands work to a sub-agent, which has instructions, tools and a context of its own.
struct TaskTool<Observer: AgentObserver>: Tool {
    let runsInParallel = true
    private let task: AgentTask
    private let agent: AgentLoop
    private let loop: EventLoop
    private let observer: Observer

    init(task: AgentTask, agent: AgentLoop, loop: EventLoop, observer: Observer) {
        self.task = task
        self.agent = agent
        self.loop = loop
        self.observer = observer
    }

    var specification: ToolSpecification {
        let agents = task.subAgents.map { "\($0.name): \($0.description)" }.joined(separator: "\n")
        return ToolSpecification(
            name: "task",
            description:
                "Hand a piece of work to a sub-agent, which sees nothing of this conversation but the text that "
                + "you give it, and get its answer. There are:\n\(agents)",
            parameters: [
                "type": "object",
                "properties": [
                    "agent": ["type": "string", "enum": .array(task.subAgents.map { .string($0.name) })],
                    "task": ["type": "string", "description": "all that the sub-agent must know"],
                ],
                "required": ["agent", "task"],
            ]
        )
    }

    func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        guard let name = arguments["agent"]?.text, let sub = task.subAgents.first(where: { $0.name == name }) else {
            let known = task.subAgents.map(\.name).joined(separator: ", ")
            throw ToolFailure("agent must be one of \(known)")
        }
        guard let text = arguments["task"]?.text, !text.isEmpty else {
            throw ToolFailure("task is missing: say what the sub-agent is to do")
        }
        var run = SubAgentExecution.with {
            $0.id = context.callID
            $0.name = name
            $0.input = text
            $0.status = .subAgentInProgress
            $0.startedAt = agent.surroundings.timestamp
        }
        observer.record(.subAgentStarted(.with { $0.subAgentExecution = run }))
        let own = SubAgentObserver(id: context.callID, parent: observer)
        let work = AgentTask(
            instructions: sub.instructions,
            turns: [[ModelMessage(.user, text)]],
            configuration: task.configuration,
            tools: sub.tools,
            limits: task.limits
        )
        let failure: ModelFailure?
        do throws(ModelFailure) {
            try await agent.run(work, on: loop, observer: own)
            failure = nil
        } catch {
            failure = error
        }
        run.output = own.answer
        run.error = failure?.message ?? ""
        run.status = failure == nil ? .subAgentCompleted : .subAgentFailed
        run.completedAt = agent.surroundings.timestamp
        observer.record(
            .subAgentCompleted(
                .with {
                    $0.subAgentExecution = run
                    $0.usage = own.usage
                }
            )
        )
        if let failure { throw ToolFailure("the sub-agent came to no answer: \(failure.message)") }
        return own.answer.isEmpty ? "the sub-agent ended without a word" : own.answer
    }
}
