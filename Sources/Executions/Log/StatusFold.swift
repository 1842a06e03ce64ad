import Agents
import StigmerProtos

/// An execution's status as the sum of its events.
struct StatusFold {
    private(set) var execution: AgentExecution

    /// The sum of what is stored.
    init(_ stored: StoredExecution) {
        execution = stored.request
        execution.status = .with {
            $0.phase = .executionPending
            $0.messages = [
                .with {
                    $0.type = .messageHuman
                    $0.content = stored.request.spec.message
                    $0.timestamp = Surroundings.timestamp(milliseconds: stored.createdAt)
                }
            ]
        }
        for event in stored.events { apply(event) }
    }

    mutating func apply(_ event: ExecutionEvent) {
        switch event.event {
        case .started:
            execution.status.phase = .executionInProgress
            execution.status.startedAt = event.time.rfc3339
        case .messageCompleted(let completed):
            execution.status.messages.append(completed.message)
        case .toolCallStarted(let started):
            put(started.toolCall)
        case .toolCallCompleted(let completed):
            put(completed.toolCall)
        case .todosUpdated(let updated):
            execution.status.todos = updated.todos
        case .subAgentStarted(let started):
            put(started.subAgentExecution)
        case .subAgentCompleted(let completed):
            put(completed.subAgentExecution)
        case .finished(let finished):
            execution.status.phase = finished.phase
            execution.status.completedAt = event.time.rfc3339
            if finished.hasError { execution.status.error = finished.error.message }
        case .textDelta, .reasoningDelta, .messageDiscarded, .progress, nil:
            break
        }
    }

    private mutating func put(_ call: ToolCall) {
        if let index = execution.status.toolCalls.firstIndex(where: { $0.id == call.id }) {
            execution.status.toolCalls[index] = call
        } else {
            execution.status.toolCalls.append(call)
        }
    }

    private mutating func put(_ child: SubAgentExecution) {
        if let index = execution.status.subAgentExecutions.firstIndex(where: { $0.id == child.id }) {
            execution.status.subAgentExecutions[index] = child
        } else {
            execution.status.subAgentExecutions.append(child)
        }
    }

    func snapshot(unfinished: MessageInProgress) -> AgentExecution {
        var snapshot = execution
        let text = unfinished.text(.text)
        if !text.isEmpty {
            snapshot.status.messages.append(
                .with {
                    $0.type = .messageAi
                    $0.content = text
                }
            )
        }
        return snapshot
    }
}
